/* eyrie_listen, eyrie_connect, eyrie_send: see border.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "border.h"

/* As many wait to be accepted. */
#define BACKLOG 512

/* An address has room for 107 bytes of path only: the directory is named by its descriptor. */
static int address_of(int directory, const char *name, struct sockaddr_un *address) {
    address->sun_family = AF_UNIX;
    int length = snprintf(address->sun_path, sizeof address->sun_path, "/proc/self/fd/%d/%s",
                          directory, name);
    return length > 0 && (size_t)length < sizeof address->sun_path ? 0 : -ENAMETOOLONG;
}

static int bind_and_listen(int fd, const struct sockaddr_un *address, uint32_t mode) {
    if (bind(fd, (const struct sockaddr *)address, sizeof *address) != 0 ||
        chmod(address->sun_path, mode) != 0 || listen(fd, BACKLOG) != 0) {
        return -errno;
    }
    return 0;
}

int eyrie_listen(int directory, const char *name, uint32_t mode) {
    struct sockaddr_un address;
    char temporary[32];
    snprintf(temporary, sizeof temporary, ".%d.socket", (int)getpid());
    int result = address_of(directory, temporary, &address);
    if (result != 0) {
        return result;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return -errno;
    }
    unlinkat(directory, temporary, 0);
    result = bind_and_listen(fd, &address, mode);
    /* Under its own name it is there with its mode, and listened to, from the first moment. */
    if (result == 0 && renameat(directory, temporary, directory, name) != 0) {
        result = -errno;
    }
    if (result != 0) {
        unlinkat(directory, temporary, 0);
        close(fd);
        return result;
    }
    return fd;
}

int eyrie_is_listening(int fd) {
    int domain = 0, type = 0, listens = 0;
    socklen_t length = sizeof(int);
    if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) != 0 ||
        getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) != 0 ||
        getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) != 0) {
        return -errno;
    }
    return domain == AF_UNIX && type == SOCK_STREAM && listens;
}

int eyrie_connect(int directory, const char *name) {
    struct sockaddr_un address;
    int result = address_of(directory, name, &address);
    if (result != 0) {
        return result;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return -errno;
    }
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        result = -errno;
        close(fd);
        return result;
    }
    return fd;
}

int eyrie_peer_uid(int socket, uint32_t *uid) {
    struct ucred peer;
    socklen_t length = sizeof peer;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) {
        return -errno;
    }
    *uid = peer.uid;
    return 0;
}

int eyrie_send(int socket, const void *bytes, uint32_t size, const int32_t *descriptors,
               uint32_t count) {
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(SEND_DESCRIPTORS_MAX * sizeof(int))];
    } control = {0};
    struct iovec data = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = size};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
    if (count > SEND_DESCRIPTORS_MAX) {
        return -EINVAL;
    }
    if (count > 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(count * sizeof(int));
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(count * sizeof(int));
        memcpy(CMSG_DATA(header), descriptors, count * sizeof(int));
    }
    ssize_t sent;
    do {
        sent = sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : (int)sent;
}
