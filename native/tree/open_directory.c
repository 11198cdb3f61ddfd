#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "kernel.h"
#include "tree.h"

/* Opens a directory that is no link and no mount point. Gives a descriptor or -errno. */
static int open_below(const struct tree *tree, int directory, const char *name) {
    const struct kernel_open_how how = {
        .flags = OPEN_DIRECTORY,
        .resolve = KERNEL_RESOLVE_NO_SYMLINKS | KERNEL_RESOLVE_NO_XDEV | KERNEL_RESOLVE_BENEATH,
    };
    int fd = kernel_openat2(directory, name, &how);
    if (fd < 0 && (errno == ENOSYS || errno == EPERM)) {
        /* Before Linux 5.6 a mount of the same file system (a bind mount) is not noticed. */
        struct stat status;
        fd = openat(directory, name, OPEN_DIRECTORY);
        if (fd >= 0 && fstat(fd, &status) == 0 &&
            status.st_dev != tree->device) {
            close(fd);
            return -EXDEV;
        }
    }
    return fd >= 0 ? fd : -errno;
}

/*
 * Lets us into a directory whose mode keeps its own owner out. By descriptor, for the name might be
 * a link by now, and chmod(2) follows links.
 */
static int open_up(int directory, const char *name) {
    char path[64];
    struct stat status;
    int fd = openat(directory, name, O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return -errno;
    }
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int result = fstat(fd, &status) != 0 || chmod(path, (status.st_mode & 07777) | 0700) != 0
                     ? -errno
                     : 0;
    close(fd);
    return result;
}

int tree_open(struct tree *tree, int directory, const char *name) {
    int fd = open_below(tree, directory, name);
    if (fd == -EACCES && tree->work->may_change_modes && open_up(directory, name) == 0) {
        fd = open_below(tree, directory, name);
    }
    return fd;
}
