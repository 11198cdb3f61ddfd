#include "listener.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"

/* Where descriptors are short, accept(2) is not asked again at once. */
#define PAUSE_MS 100

/* A hand-over takes no time: they come one after the other. */
#define HANDOVER_MS 2000

static int handovers = -1;
static int handover = -1; /* the one that is under way */
static uint64_t handover_deadline;
static uint64_t paused_until;
static int is_listening;

/* Without a client of the protocol yet: what he is told must be ready. */
static const char refusal[] = "{\"id\":null,\"ok\":false,\"error\":\"busy\",\"text\":\"this user has too many "
                              "connections to the daemon\"}";

static void refuse(int socket) {
    unsigned char bytes[FRONT_FRAME_HEAD + sizeof refusal - 1] = {sizeof refusal - 1};
    memcpy(bytes + FRONT_FRAME_HEAD, refusal, sizeof refusal - 1);
    send(socket, bytes, sizeof bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
}
_Static_assert(sizeof refusal - 1 < 256, "its length fits into the first byte");

static int watch(int socket, uint32_t events, uint64_t from) {
    struct epoll_event event = {.events = events, .data.u64 = from};
    if (epoll_ctl(epoll, EPOLL_CTL_MOD, socket, &event) != 0 && errno == ENOENT) {
        return epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event);
    }
    return 0;
}

/* The one of systemd may be one whose accept(2) waits. */
static int begin(int listener, uint64_t from) {
    const int flags = fcntl(listener, F_GETFL);
    if (flags < 0 || fcntl(listener, F_SETFL, flags | O_NONBLOCK) != 0) {
        return -1;
    }
    return watch(listener, EPOLLIN, from);
}

int listener_begin(int other) {
    handovers = other;
    is_listening = 1;
    if (handovers >= 0 && begin(handovers, FROM_HANDOVERS) != 0) {
        return -1;
    }
    return begin(FRONT_FD_LISTENER, FROM_LISTENER);
}

/* Next connection of a listening socket, with who is at its other end; -1: none. */
static int next(int listener, struct ucred *peer) {
    socklen_t length = sizeof *peer;
    const int socket = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (socket < 0) {
        if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
            paused_until = now_ms() + PAUSE_MS;
        }
        return -1;
    }
    /* Who connected; what has become of that process since does not matter. */
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, peer, &length) != 0) {
        close(socket);
        return -1;
    }
    return socket;
}

void listener_heed(void) {
    struct ucred peer;
    for (int socket; clients_have_room() && (socket = next(FRONT_FD_LISTENER, &peer)) >= 0;) {
        if (client_open(socket, peer.uid, peer.pid, 0) != 0) {
            refuse(socket);
            close(socket);
        }
    }
}

void handovers_heed(void) {
    struct ucred peer;
    if (handover >= 0) {
        return;
    }
    const int socket = next(handovers, &peer);
    if (socket < 0) {
        return;
    }
    if (peer.uid != 0 || watch(socket, EPOLLIN, FROM_HANDOVER) != 0) {
        close(socket);
        return;
    }
    handover = socket;
    handover_deadline = now_ms() + HANDOVER_MS;
    watch(handovers, 0, FROM_HANDOVERS);
}

/* The descriptor of a message; -1: none. */
static int taken(struct msghdr *message) {
    int fd = -1;
    struct cmsghdr *c = CMSG_FIRSTHDR(message);
    if (c != NULL && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
        c->cmsg_len == CMSG_LEN(sizeof fd)) {
        memcpy(&fd, CMSG_DATA(c), sizeof fd);
    }
    return fd;
}

/* A connected stream socket, as inetd has it. */
static int is_connection(int fd) {
    int type = 0;
    struct sockaddr_storage address;
    socklen_t length = sizeof type;
    socklen_t address_length = sizeof address;
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_STREAM &&
           getpeername(fd, (struct sockaddr *)&address, &address_length) == 0;
}

/* Gives 0 where nothing has come yet. */
static int take_handover(void) {
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct front_handover given;
    struct iovec data = {.iov_base = &given, .iov_len = sizeof given};
    struct msghdr message = {
        .msg_iov = &data,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof control.bytes,
    };
    const ssize_t got = recvmsg(handover, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return 0;
    }
    const int fd = got > 0 ? taken(&message) : -1;
    if (fd < 0) {
        return 1;
    }
    if (got != sizeof given || !is_connection(fd)) {
        close(fd);
    } else if (client_open(fd, given.uid, 0, 1) != 0) {
        refuse(fd);
        close(fd);
    } else {
        send(handover, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    return 1;
}

static void handover_end(void) {
    close(handover);
    handover = -1;
    watch(handovers, EPOLLIN, FROM_HANDOVERS);
}

void handover_heed(void) {
    if (handover >= 0 && (!clients_have_room() || take_handover())) {
        handover_end();
    }
}

int listener_adjust(void) {
    const uint64_t now = now_ms();
    const int can = clients_have_room() && paused_until <= now;
    if (can != is_listening) {
        is_listening = can;
        watch(FRONT_FD_LISTENER, can ? EPOLLIN : 0, FROM_LISTENER);
    }
    if (handover >= 0 && handover_deadline <= now) {
        handover_end();
    }
    return paused_until > now || handover >= 0 ? PAUSE_MS : -1;
}
