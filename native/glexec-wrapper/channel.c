#include "channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int send_whole(int socket, const void *from, size_t length) {
    const unsigned char *bytes = from;
    while (length > 0) {
        ssize_t put = send(socket, bytes, length, MSG_NOSIGNAL);
        if (put > 0) {
            bytes += put;
            length -= (size_t)put;
        } else if (errno != EINTR) {
            return -errno;
        }
    }
    return 0;
}

int channel_hello(int socket) {
    const uint32_t hello = CHANNEL_HELLO;
    return send_whole(socket, &hello, sizeof hello);
}

int channel_read(int socket, void *into, size_t length) {
    unsigned char *bytes = into;
    while (length > 0) {
        ssize_t got = recv(socket, bytes, length, 0);
        if (got > 0) {
            bytes += got;
            length -= (size_t)got;
        } else if (got == 0) {
            return -ECONNRESET;
        } else if (errno != EINTR) {
            return -errno;
        }
    }
    return 0;
}

/* Room for more descriptors than one, so that too many are seen and closed. */
#define DESCRIPTORS_MAX 8

/* Takes the first descriptor of a message and closes all others. Gives how many there were. */
static size_t take_descriptor(struct msghdr *message, int *fd) {
    size_t count = 0;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) {
            continue;
        }
        size_t bytes = part->cmsg_len - CMSG_LEN(0);
        for (size_t at = 0; at + sizeof(int) <= bytes; at += sizeof(int)) {
            int received;
            memcpy(&received, CMSG_DATA(part) + at, sizeof received);
            if (count++ == 0) {
                *fd = received;
            } else {
                close(received);
            }
        }
    }
    return count;
}

int channel_receive(int socket, int *fd) {
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(DESCRIPTORS_MAX * sizeof(int))];
    } control;
    char byte;
    struct iovec one = {&byte, 1};
    struct msghdr message = {.msg_iov = &one, .msg_iovlen = 1};
    ssize_t got;
    do {
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof control.bytes;
        got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return -errno;
    }
    if (got == 0) {
        return -ECONNRESET;
    }
    size_t count = take_descriptor(&message, fd);
    if (count == 1 && (message.msg_flags & MSG_CTRUNC) == 0) {
        return 0;
    }
    if (count > 0) {
        close(*fd);
    }
    return -EBADMSG;
}

int channel_tell(int socket, const char *sentence) {
    return send_whole(socket, sentence, strlen(sentence) + 1);
}
