#include "client.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "procd.h"

/* A number is the turn, and the place in its lower bits. */
#define PLACE_BITS 10
#define TURN_MASK ((1u << (32 - PLACE_BITS)) - 1)
_Static_assert(FRONT_CONNECTIONS_MAX <= 1 << PLACE_BITS, "each place has a number");

/* Of those who linger: more are closed at once, whether they have read all or not. */
#define LINGERING_MAX 128

static struct client clients[FRONT_CONNECTIONS_MAX];
static uint32_t open_count;
static uint32_t lingering;
static int are_paused;

uint64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static uint32_t place_of(const struct client *client) {
    return (uint32_t)(client - clients);
}

static uint32_t number_of(const struct client *client) {
    return client->turn << PLACE_BITS | place_of(client);
}

struct client *client_find(uint32_t number) {
    struct client *client = &clients[number & ((1u << PLACE_BITS) - 1)];
    return client->state != CLIENT_NONE && number_of(client) == number ? client : NULL;
}

int clients_have_room(void) {
    return open_count < limits.connections;
}

static uint32_t count_of(uint32_t uid) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < limits.connections; i++) {
        count += clients[i].state != CLIENT_NONE && clients[i].uid == uid;
    }
    return count;
}

/* A hang-up is always told; bytes only where somebody will take them. */
static uint32_t wanted_events(const struct client *client) {
    uint32_t events = output_waiting(&client->output) > 0 ? EPOLLOUT : 0;
    if (client->state == CLIENT_LINGERS || (client->state == CLIENT_READING && !are_paused)) {
        events |= EPOLLIN;
    }
    return events;
}

static void adjust_interest(struct client *client) {
    struct epoll_event event = {.events = wanted_events(client), .data.u64 = number_of(client)};
    if (client->interest != event.events) {
        client->interest = event.events;
        epoll_ctl(epoll, EPOLL_CTL_MOD, client->socket, &event);
    }
}

static struct client *free_place(void) {
    for (uint32_t i = 0; i < limits.connections; i++) {
        if (clients[i].state == CLIENT_NONE) {
            return &clients[i];
        }
    }
    return NULL;
}

int client_open(int socket, uint32_t uid, int32_t pid, int over_tcp) {
    struct client *client = count_of(uid) < limits.per_user ? free_place() : NULL;
    if (client == NULL) {
        return -1;
    }
    client->turn = (client->turn + 1) & TURN_MASK;
    struct epoll_event event = {.events = 0, .data.u64 = number_of(client)};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event) != 0) {
        return -1;
    }
    *client = (struct client){
        .state = CLIENT_NEW, .socket = socket, .turn = client->turn, .uid = uid};
    open_count++;
    const struct front_record record = {
        .kind = FRONT_OPENED,
        .connection = number_of(client),
        .detail = over_tcp != 0,
        .uid = uid,
        .pid = pid,
    };
    procd_tell(&record, NULL);
    return 0;
}

/* Forgets a client. Whoever is cut off without procd's CLOSE is told of. */
static void client_drop(struct client *client) {
    if (client->state == CLIENT_LINGERS) {
        lingering--;
    }
    if (client->state != CLIENT_ENDING && client->state != CLIENT_LINGERS) {
        const struct front_record record = {.kind = FRONT_CLOSED, .connection = number_of(client)};
        procd_tell(&record, NULL);
    }
    close(client->socket);
    frame_reset(&client->frame);
    output_free(&client->output);
    client->state = CLIENT_NONE;
    open_count--;
}

/*
 * A socket that is closed with bytes unread breaks the connection, and the last answer may be lost:
 * what still comes is read and thrown away for a moment.
 */
static void client_linger(struct client *client) {
    char rubbish[4096];
    if (client->state == CLIENT_ENDING) {
        if (lingering >= LINGERING_MAX) {
            client_drop(client);
            return;
        }
        client->state = CLIENT_LINGERS;
        lingering++;
        shutdown(client->socket, SHUT_WR);
    }
    ssize_t got = recv(client->socket, rubbish, sizeof rubbish, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
        client_drop(client);
        return;
    }
    adjust_interest(client);
}

static void client_send(struct client *client) {
    if (output_send(&client->output, client->socket) != 0) {
        client_drop(client);
    } else if (client->state == CLIENT_ENDING && output_waiting(&client->output) == 0) {
        client_linger(client);
    } else {
        adjust_interest(client);
    }
}

void client_told(struct client *client, const struct front_record *record,
                 const unsigned char *payload) {
    if (client->state == CLIENT_ENDING || client->state == CLIENT_LINGERS) {
        return;
    }
    switch (record->kind) {
    case FRONT_ADMIT:
    case FRONT_READY:
        if (client->state == CLIENT_NEW || client->state == CLIENT_WAITING) {
            client->state = CLIENT_READING;
            adjust_interest(client);
        }
        return;
    case FRONT_SEND:
        if (output_waiting(&client->output) + record->length > limits.output_bytes ||
            output_add(&client->output, payload, record->length) != 0) {
            client_drop(client);
            return;
        }
        client_send(client);
        return;
    case FRONT_CLOSE:
        client->state = CLIENT_ENDING;
        client->deadline = now_ms() + limits.linger_ms;
        client_send(client);
        return;
    default:
        return;
    }
}

static void client_fault(struct client *client, enum front_fault fault) {
    const struct front_record record = {
        .kind = FRONT_FAULT, .connection = number_of(client), .detail = fault};
    frame_reset(&client->frame);
    client->state = CLIENT_FAULTY;
    client->deadline = 0;
    procd_tell(&record, NULL);
    adjust_interest(client);
}

/* All of it is there: it goes to procd, and no further one is read until procd says so. */
static void give_frame(struct client *client) {
    struct frame *frame = &client->frame;
    client->state = CLIENT_WAITING;
    client->deadline = 0;
    if (procd_pass(number_of(client), frame->descriptors, frame->descriptor_count) != 0) {
        client_fault(client, FRONT_FAULT_DESCRIPTORS);
        return;
    }
    const struct front_record record = {
        .kind = FRONT_FRAME,
        .length = frame->length,
        .connection = number_of(client),
        .detail = frame->descriptor_count,
    };
    procd_tell(&record, frame->bytes);
    frame_reset(frame);
    adjust_interest(client);
}

/* Takes the descriptors of a message. Gives -1 where there are too many, or not at a frame's start. */
static int take_descriptors(struct frame *frame, struct msghdr *message) {
    int result = (message->msg_flags & MSG_CTRUNC) != 0 ? -1 : 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) {
            continue;
        }
        const size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            if (frame->held == 0 && frame->descriptor_count < FRONT_DESCRIPTORS_MAX) {
                frame->descriptors[frame->descriptor_count++] = fd;
            } else {
                close(fd);
                result = -1;
            }
        }
    }
    return result;
}

static void client_read(struct client *client) {
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(FRONT_DESCRIPTORS_MAX * sizeof(int))];
    } control;
    struct iovec data;
    data.iov_base = frame_place(&client->frame, &data.iov_len);
    struct msghdr message = {
        .msg_iov = &data,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof control.bytes,
    };
    const ssize_t got = recvmsg(client->socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got <= 0) {
        if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
            client_drop(client);
        }
        return;
    }
    if (take_descriptors(&client->frame, &message) != 0) {
        client_fault(client, FRONT_FAULT_DESCRIPTORS);
        return;
    }
    if (client->frame.held == 0) {
        client->deadline = now_ms() + limits.frame_ms;
    }
    switch (frame_filled(&client->frame, (size_t)got, limits.frame_bytes)) {
    case FRAME_PART:
        return;
    case FRAME_WHOLE:
        give_frame(client);
        return;
    case FRAME_TOO_LARGE:
        client_fault(client, FRONT_FAULT_TOO_LARGE);
        return;
    case FRAME_EMPTY:
        client_fault(client, FRONT_FAULT_EMPTY);
        return;
    case FRAME_NO_MEMORY:
        client_drop(client);
        return;
    }
}

void client_heed(struct client *client, uint32_t events) {
    /* Both ways are shut: nothing that he still may have sent can be answered. */
    if ((events & (EPOLLHUP | EPOLLERR)) != 0) {
        client_drop(client);
        return;
    }
    if ((events & EPOLLOUT) != 0) {
        client_send(client); /* which may be the end of him: then his state is none */
    }
    if ((events & EPOLLIN) != 0 && client->state == CLIENT_READING) {
        client_read(client);
    } else if ((events & EPOLLIN) != 0 && client->state == CLIENT_LINGERS) {
        client_linger(client);
    }
}

int clients_check_time(void) {
    const uint64_t now = now_ms();
    uint64_t next = UINT64_MAX;
    for (uint32_t i = 0; i < FRONT_CONNECTIONS_MAX; i++) {
        struct client *client = &clients[i];
        if (client->state == CLIENT_NONE || client->deadline == 0) {
            continue;
        }
        if (client->deadline > now) {
            next = client->deadline < next ? client->deadline : next;
        } else if (client->state == CLIENT_READING) {
            client_fault(client, FRONT_FAULT_SLOW);
        } else {
            client_drop(client);
        }
    }
    return next == UINT64_MAX ? -1 : (int)(next - now);
}

void clients_pause(int paused) {
    if (paused == are_paused) {
        return;
    }
    are_paused = paused;
    for (uint32_t i = 0; i < FRONT_CONNECTIONS_MAX; i++) {
        if (clients[i].state == CLIENT_READING) {
            adjust_interest(&clients[i]);
        }
    }
}
