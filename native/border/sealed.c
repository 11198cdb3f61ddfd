#include "sealed.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel.h"

/* Kernels before 6.3 know neither flag, later ones warn where both are missing. */
static int make(const char *name, unsigned executable) {
    const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    int fd = memfd_create(name, flags | executable);
    if (fd < 0 && errno == EINVAL) {
        fd = memfd_create(name, flags);
    }
    return fd < 0 ? -errno : fd;
}

/* Seals what was written, or closes it where that failed. */
static int seal(int fd, int result) {
    if (result == 0 &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
        result = -errno;
    }
    if (result != 0) {
        close(fd);
        return result;
    }
    return fd;
}

static int write_whole(int fd, const unsigned char *bytes, size_t length) {
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);
        if (written < 0) {
            return -errno;
        }
        bytes += written;
        length -= (size_t)written;
    }
    return 0;
}

static int copy_whole(int fd, int from) {
    struct stat status;
    off_t at = 0;
    if (fstat(from, &status) != 0) {
        return -errno;
    }
    while (at < status.st_size) {
        if (sendfile(fd, from, &at, (size_t)(status.st_size - at)) <= 0) {
            return errno == 0 ? -EIO : -errno;
        }
    }
    return 0;
}

int sealed_bytes(const char *name, const void *bytes, size_t length) {
    int fd = make(name, MFD_NOEXEC_SEAL);
    return fd < 0 ? fd : seal(fd, write_whole(fd, bytes, length));
}

int sealed_program(const char *name, int program) {
    int fd = make(name, MFD_EXEC);
    return fd < 0 ? fd : seal(fd, copy_whole(fd, program));
}
