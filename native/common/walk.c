#include "walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "kernel.h"

/* RESOLVE_BENEATH gives EAGAIN when anything is renamed while it looks at "..": try again. */
#define ATTEMPTS 32

_Static_assert(WALK_FROM_ROOT == AT_FDCWD, "a walk from the root ignores its base");

/* Copies the component at `path` and gives the place after it and its slashes. */
static const char *next_component(const char *path, char name[NAME_MAX + 1]) {
    size_t length = strcspn(path, "/");
    if (length > NAME_MAX) {
        return NULL;
    }
    memcpy(name, path, length);
    name[length] = 0;
    path += length;
    return path + strspn(path, "/");
}

static int is_link(int directory, const char *name) {
    struct stat status;
    return fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode);
}

/* One step down to a directory. ENOTDIR for a link becomes ELOOP, as openat2(2) says it. */
static int step_down(int directory, const char *name) {
    int fd = openat(directory, name, O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        return fd;
    }
    int error = errno;
    return error == ENOTDIR && is_link(directory, name) ? -ELOOP : -error;
}

/* The last step. O_PATH|O_NOFOLLOW would open a link itself: refuse that as well. */
static int last_step(int directory, const char *name, int flags, unsigned mode) {
    int fd = openat(directory, name, flags | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0) {
        return -errno;
    }
    struct stat status;
    if ((flags & O_PATH) != 0 && fstat(fd, &status) == 0 && S_ISLNK(status.st_mode)) {
        close(fd);
        return -ELOOP;
    }
    return fd;
}

/* The walk for kernels before 5.6: one openat(2) for each component. */
static int walk_by_component(int base, const char *path, int flags, unsigned mode) {
    const char *begin = base == WALK_FROM_ROOT ? "/" : ".";
    int directory = openat(base, begin, O_PATH | O_DIRECTORY | O_CLOEXEC);
    path += strspn(path, "/");
    while (directory >= 0) {
        char name[NAME_MAX + 1];
        const char *rest = next_component(path, name);
        if (rest == NULL) {
            close(directory);
            return -ENAMETOOLONG;
        }
        if (base != WALK_FROM_ROOT && strcmp(name, "..") == 0) {
            close(directory);
            return -EXDEV;
        }
        int next = *rest == 0 ? last_step(directory, *name == 0 ? "." : name, flags, mode)
                              : step_down(directory, name);
        close(directory);
        if (*rest == 0 || next < 0) {
            return next;
        }
        directory = next;
        path = rest;
    }
    return -errno;
}

int walk_open(int base, const char *path, int flags, unsigned mode) {
    struct kernel_open_how how = {
        .flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
        .mode = (flags & O_CREAT) != 0 ? mode : 0,
        .resolve = KERNEL_RESOLVE_NO_SYMLINKS | KERNEL_RESOLVE_NO_MAGICLINKS |
                   (base == WALK_FROM_ROOT ? 0 : KERNEL_RESOLVE_BENEATH),
    };
    for (int i = 0; i < ATTEMPTS; i++) {
        int fd = kernel_openat2(base, path, &how);
        if (fd >= 0) {
            return fd;
        }
        if (errno == ENOSYS || errno == EPERM) {
            /* EPERM: the seccomp filters of older container engines answer so. */
            return walk_by_component(base, path, flags, mode);
        }
        if (errno != EAGAIN && errno != EINTR) {
            return -errno;
        }
    }
    return -EAGAIN;
}

int walk_parent(int base, const char *path, const char **name) {
    char parent[PATH_MAX];
    const char *slash = strrchr(path, '/');
    const char *last = slash == NULL ? path : slash + 1;
    if (*last == 0 || strcmp(last, ".") == 0 || strcmp(last, "..") == 0) {
        return -EINVAL;
    }
    *name = last;
    size_t length = (size_t)(last - path);
    if (length >= sizeof parent) {
        return -ENAMETOOLONG;
    }
    memcpy(parent, path, length);
    parent[length] = 0;
    return walk_open(base, length == 0 ? "." : parent, O_PATH | O_DIRECTORY, 0);
}
