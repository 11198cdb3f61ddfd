/* eyrie_receive, eyrie_local_port and eyrie_is_local_peer: see border.h. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "border.h"

/* Room for more than is wanted: what does not fit the kernel closes, and says MSG_CTRUNC. */
#define DESCRIPTORS_MAX 8

/* Takes the descriptors out of a message's control data; gives the first, closes all others. */
static int take_descriptors(struct msghdr *message) {
    int first = -1;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) {
            continue;
        }
        size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            if (first < 0) {
                first = fd;
            } else {
                close(fd);
            }
        }
    }
    return first;
}

int eyrie_receive(int socket, void *buffer, uint32_t size, struct receive_result *result) {
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(DESCRIPTORS_MAX * sizeof(int))];
    } control;
    struct iovec data = {.iov_base = buffer, .iov_len = size};
    struct msghdr message = {
        .msg_iov = &data,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof control.bytes,
    };
    result->descriptor = -1;
    ssize_t length;
    do {
        length = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (length < 0 && errno == EINTR);
    if (length < 0) {
        return -errno;
    }
    result->descriptor = take_descriptors(&message);
    return (int)length;
}

int eyrie_local_port(int socket) {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address;
    socklen_t length = sizeof address;
    if (getsockname(socket, &address.any, &length) != 0) {
        return -errno;
    }
    switch (address.any.sa_family) {
    case AF_INET:
        return ntohs(address.v4.sin_port);
    case AF_INET6:
        return ntohs(address.v6.sin6_port);
    default:
        return -EAFNOSUPPORT;
    }
}

static int is_loopback(const struct sockaddr_in6 *address) {
    const uint8_t *bytes = address->sin6_addr.s6_addr;
    return IN6_IS_ADDR_LOOPBACK(&address->sin6_addr) ||
           (IN6_IS_ADDR_V4MAPPED(&address->sin6_addr) && bytes[12] == 127);
}

int eyrie_is_local_peer(int socket) {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address;
    int type = 0;
    socklen_t type_length = sizeof type;
    socklen_t length = sizeof address;
    if (getpeername(socket, &address.any, &length) != 0 ||
        getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &type_length) != 0) {
        return -errno;
    }
    if (type != SOCK_STREAM) {
        return -ESOCKTNOSUPPORT;
    }
    switch (address.any.sa_family) {
    case AF_INET:
        return ntohl(address.v4.sin_addr.s_addr) >> 24 == 127;
    case AF_INET6:
        return is_loopback(&address.v6);
    default:
        return -EAFNOSUPPORT;
    }
}
