/*
 * eyrie-control: the front of condor_procd's control endpoint. It takes no arguments; front.h has what
 * it and procd say to each other. It knows who connects and where a frame ends, and nothing else: what
 * a frame says is procd's to read. It ends when procd closes the socket, and at the first sign that it
 * is not procd who speaks.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include "descriptors.h"
#include "listener.h"
#include "privilege.h"
#include "procd.h"

/* What waits for procd: more is not read from clients meanwhile. */
#define WAITING_MAX (4u << 20)

struct front_limits limits;
int epoll;
static int has_begun;

/* The listening socket that procd has sent ahead; -1: none. */
static int receive_listener(void) {
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    char word[8];
    struct iovec data = {.iov_base = word, .iov_len = sizeof word};
    struct msghdr message = {
        .msg_iov = &data,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof control.bytes,
    };
    int fd = -1;
    if (recvmsg(FRONT_FD_DESCRIPTORS, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0) {
        return -1;
    }
    const struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    if (c != NULL && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
        memcpy(&fd, CMSG_DATA(c), sizeof fd);
    }
    return fd;
}

static int begin(const struct front_record *record, const unsigned char *payload) {
    const int handovers = record->detail != 0 ? receive_listener() : -1;
    memcpy(&limits, payload, sizeof limits);
    if (has_begun || limits.connections > FRONT_CONNECTIONS_MAX ||
        limits.frame_bytes > FRONT_FRAME_MAX || (record->detail != 0 && handovers < 0)) {
        return -1;
    }
    has_begun = 1;
    return listener_begin(handovers);
}

static int obey(const struct front_record *record, const unsigned char *payload) {
    if (record->kind == FRONT_BEGIN) {
        return begin(record, payload);
    }
    struct client *client = has_begun ? client_find(record->connection) : NULL;
    if (client != NULL) { /* or he has hung up just now */
        client_told(client, record, payload);
    }
    return 0;
}

/* Gives -1 where the program is to end. */
static int heed(const struct epoll_event *event) {
    struct client *client;
    switch (event->data.u64) {
    case FROM_PROCD:
        return (event->events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 ? procd_read(obey) : 0;
    case FROM_LISTENER:
        listener_heed();
        return 0;
    case FROM_HANDOVERS:
        handovers_heed();
        return 0;
    case FROM_HANDOVER:
        handover_heed();
        return 0;
    default:
        client = client_find((uint32_t)event->data.u64);
        if (client != NULL) { /* or he has gone in the same turn */
            client_heed(client, event->events);
        }
        return 0;
    }
}

static int shorter(int one, int other) {
    return one < 0 || (other >= 0 && other < one) ? other : one;
}

/* Waits, and does what is to be done. Gives -1 where the program is to end. */
static int turn(void) {
    struct epoll_event events[64];
    int wait = clients_check_time();
    wait = has_begun ? shorter(wait, listener_adjust()) : wait;
    if (procd_flush() != 0) {
        return -1;
    }
    const size_t waiting = procd_waiting();
    clients_pause(waiting > WAITING_MAX);
    struct epoll_event interest = {.events = EPOLLIN | (waiting > 0 ? EPOLLOUT : 0),
                                   .data.u64 = FROM_PROCD};
    epoll_ctl(epoll, EPOLL_CTL_MOD, FRONT_FD_PROCD, &interest);
    const int count = epoll_wait(epoll, events, sizeof events / sizeof *events, wait);
    for (int i = 0; i < count; i++) {
        if (heed(&events[i]) != 0) {
            return -1;
        }
    }
    return count >= 0 || errno == EINTR ? 0 : -1;
}

int main(void) {
    prctl(PR_SET_NAME, "eyrie-control", 0, 0, 0);
    signal(SIGPIPE, SIG_IGN);
    /* Each client takes one, and some descriptors of his. */
    raise_descriptor_limit();
    if (privilege_give_up() != 0) {
        return 1;
    }
    epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = FROM_PROCD};
    if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, FRONT_FD_PROCD, &event) != 0) {
        return 1;
    }
    while (turn() == 0) {
    }
    return 0;
}
