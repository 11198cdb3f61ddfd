/* Requests that change the sandbox. No link is followed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "walk.h"

/* Of directories that are made on the way. */
#define PARENT_MODE 0700
/* Whoever puts things in a file's place as fast as they are removed is not waited for endlessly. */
#define ATTEMPTS 8

/* Makes the directories above the last component. */
static int make_parents(const char *path, struct failure *failure) {
    char parent[PATH_MAX];
    for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        const char *name;
        size_t length = (size_t)(slash - path);
        memcpy(parent, path, length);
        parent[length] = 0;
        int directory = walk_parent(FILES_FD_SANDBOX, parent, &name);
        if (directory < 0) {
            return noted(failure, FILES_CALL_OPEN, directory);
        }
        int result = mkdirat(directory, name, PARENT_MODE) == 0 || errno == EEXIST ? 0 : -errno;
        close(directory);
        if (result != 0) {
            return noted(failure, FILES_CALL_MKDIR, result);
        }
    }
    return 0;
}

int files_open_parent(const char *path, const char **name, struct failure *failure) {
    int directory = walk_parent(FILES_FD_SANDBOX, path, name);
    if (directory == -ENOENT) {
        if (make_parents(path, failure) != 0) {
            return -1;
        }
        directory = walk_parent(FILES_FD_SANDBOX, path, name);
    }
    return noted(failure, FILES_CALL_OPEN, directory) < 0 ? -1 : directory;
}

/* Removes a file, a link, or an empty directory; nothing there is as good. */
static int remove_entry(int directory, const char *name, struct failure *failure) {
    if (unlinkat(directory, name, 0) == 0 || errno == ENOENT) {
        return 0;
    }
    if (errno != EISDIR) {
        return noted(failure, FILES_CALL_UNLINK, -errno);
    }
    if (unlinkat(directory, name, AT_REMOVEDIR) == 0 || errno == ENOENT) {
        return 0;
    }
    return noted(failure, FILES_CALL_RMDIR, -errno);
}

static int is_directory(int directory, const char *name) {
    struct stat status;
    return fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode);
}

static int make_directory(int parent, const char *name, mode_t mode, struct failure *failure) {
    for (int i = 0; i < ATTEMPTS; i++) {
        if (mkdirat(parent, name, mode) == 0) {
            return 0;
        }
        if (errno != EEXIST) {
            break;
        }
        if (is_directory(parent, name)) {
            return 0;
        }
        if (remove_entry(parent, name, failure) != 0) {
            return -1;
        }
        errno = EEXIST;
    }
    return noted(failure, FILES_CALL_MKDIR, -errno);
}

int files_mkdir(const char *path, mode_t mode, struct failure *failure) {
    const char *name;
    int parent = files_open_parent(path, &name, failure);
    if (parent < 0) {
        return -1;
    }
    int result = make_directory(parent, name, mode, failure);
    close(parent);
    return result;
}

static int create(int parent, const char *name, mode_t mode, struct failure *failure) {
    for (int i = 0; i < ATTEMPTS; i++) {
        int fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd >= 0) {
            if (mode != 0600 && fchmod(fd, mode) != 0) {
                noted(failure, FILES_CALL_CHMOD, -errno);
                close(fd);
                return -1;
            }
            return fd;
        }
        if (errno != EEXIST) {
            break;
        }
        if (remove_entry(parent, name, failure) != 0) {
            return -1;
        }
        errno = EEXIST;
    }
    return noted(failure, FILES_CALL_OPEN, -errno);
}

int files_create(const char *path, mode_t mode, struct failure *failure) {
    const char *name;
    int parent = files_open_parent(path, &name, failure);
    if (parent < 0) {
        return -1;
    }
    int fd = create(parent, name, mode, failure);
    close(parent);
    return fd < 0 ? -1 : fd;
}

static int write_whole(int fd, const unsigned char *bytes, size_t length) {
    while (length > 0) {
        ssize_t put = write(fd, bytes, length);
        if (put < 0 && errno != EINTR) {
            return -errno;
        }
        if (put > 0) {
            bytes += put;
            length -= (size_t)put;
        }
    }
    return 0;
}

int files_write(const char *path, mode_t mode, const unsigned char *contents, size_t length,
                struct failure *failure) {
    int fd = files_create(path, mode, failure);
    if (fd < 0) {
        return -1;
    }
    int result = write_whole(fd, contents, length);
    if (close(fd) != 0 && result == 0) {
        result = -errno; /* of a write that went before: NFS, quotas */
    }
    return noted(failure, FILES_CALL_WRITE, result);
}

/* By descriptor: the name might be a link by now, and chmod(2) follows links. */
int files_chmod(const char *path, mode_t mode, struct failure *failure) {
    char name[64];
    struct stat status;
    int fd = noted(failure, FILES_CALL_OPEN, walk_open(FILES_FD_SANDBOX, path, O_PATH, 0));
    if (fd < 0) {
        return -1;
    }
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    int result = fstat(fd, &status) != 0 ? -errno : 0;
    if (result == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) {
        result = -EINVAL;
    }
    if (result == 0 && chmod(name, mode) != 0) {
        result = -errno;
    }
    close(fd);
    return noted(failure, FILES_CALL_CHMOD, result);
}

/* Neither name is followed where it is a link; a file or link of the new name is replaced. */
int files_rename(const char *path, const char *new_name, struct failure *failure) {
    const char *name;
    int parent = noted(failure, FILES_CALL_OPEN, walk_parent(FILES_FD_SANDBOX, path, &name));
    if (parent < 0) {
        return -1;
    }
    int result = renameat(parent, name, parent, new_name) == 0 ? 0 : -errno;
    close(parent);
    return noted(failure, FILES_CALL_RENAME, result);
}
