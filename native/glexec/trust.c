#include "glexec/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

/* What is known on the way down. */
struct walk {
    const char *path;
    const struct trust *trust;
    char *why;
    int at;            /* the component reached, with O_PATH */
    bool must_be_root; /* the parent is a sticky directory of everybody's */
};

static int fail(const struct walk *walk, size_t length, const char *what) {
    snprintf(walk->why, TRUST_WHY_SIZE, "%.*s %s", (int)(length == 0 ? 1 : length), walk->path, what);
    return -1;
}

/* An access list can let others write although the group bits are the trusted group's. */
static bool has_access_list(int fd) {
    char name[32];
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    return getxattr(name, "system.posix_acl_access", NULL, 0) >= 0;
}

/* Judges what `fd` is; `length` is how much of the path leads there. */
static int judge(struct walk *walk, int fd, size_t length, bool last) {
    struct stat status;
    const struct trust *trust = walk->trust;
    if (fstat(fd, &status) != 0) {
        return fail(walk, length, strerror(errno));
    }
    if (S_ISLNK(status.st_mode)) {
        return fail(walk, length, "is a symbolic link, write the path it leads to");
    }
    bool is_root = status.st_uid == 0;
    if (!is_root && (walk->must_be_root || trust->user == 0 || status.st_uid != trust->user)) {
        return fail(walk, length, "is owned by somebody who is not trusted");
    }
    bool sticky = S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0 && !last &&
                  !trust->pedantic;
    walk->must_be_root = sticky && (status.st_mode & (S_IWOTH | S_IWGRP)) != 0;
    if (sticky) {
        return 0;
    }
    if ((status.st_mode & S_IWOTH) != 0) {
        return fail(walk, length, "can be written by everybody");
    }
    if ((status.st_mode & S_IWGRP) != 0 &&
        (!trust->has_group || status.st_gid != trust->group || has_access_list(fd))) {
        return fail(walk, length, "can be written by a group that is not trusted");
    }
    return 0;
}

/* "/a/b": absolute, no empty component, no dots, no slash at the end. */
static bool is_canonical(const char *path) {
    if (path[0] != '/' || path[1] == 0 || strlen(path) >= PATH_MAX) {
        return false;
    }
    while (*path == '/') {
        size_t length = strcspn(++path, "/");
        if (length == 0 || length > NAME_MAX || (length == 1 && path[0] == '.') ||
            (length == 2 && path[0] == '.' && path[1] == '.')) {
            return false;
        }
        path += length;
    }
    return true;
}

/* One component down. Gives the descriptor or -1. */
static int step(struct walk *walk, size_t *offset, int flags, mode_t mode) {
    char name[NAME_MAX + 1];
    const char *begin = walk->path + *offset + 1;
    size_t length = strcspn(begin, "/");
    bool last = begin[length] == 0;
    memcpy(name, begin, length);
    name[length] = 0;
    *offset += 1 + length;
    /* First what it is, and only then, for reading or writing: a fifo or a device could hang. */
    int fd = openat(walk->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && !(last && errno == ENOENT && (flags & O_CREAT) != 0)) {
        return fail(walk, *offset, strerror(errno));
    }
    if (fd >= 0 && judge(walk, fd, *offset, last) != 0) {
        close(fd);
        return -1;
    }
    if (!last) {
        return fd;
    }
    if (fd >= 0) {
        close(fd);
    }
    fd = openat(walk->at, name, flags | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0) {
        return fail(walk, *offset, strerror(errno));
    }
    if (judge(walk, fd, *offset, last) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

int trusted_open(const char *path, int flags, mode_t mode, const struct trust *trust,
                 char why[TRUST_WHY_SIZE]) {
    struct walk walk = {.path = path, .trust = trust, .why = why};
    if (!is_canonical(path)) {
        return fail(&walk, strlen(path), "is no absolute and canonical path");
    }
    walk.at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (walk.at < 0 || judge(&walk, walk.at, 1, false) != 0) {
        return -1;
    }
    for (size_t offset = 0; path[offset] != 0;) {
        int next = step(&walk, &offset, flags, mode);
        close(walk.at);
        if (next < 0) {
            return -1;
        }
        walk.at = next;
    }
    return walk.at;
}

char *trusted_read(const char *path, size_t limit, const struct trust *trust, size_t *length,
                   char why[TRUST_WHY_SIZE]) {
    int fd = trusted_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, trust, why);
    if (fd < 0) {
        return NULL;
    }
    struct stat status;
    char *text = malloc(limit + 2);
    *length = 0;
    const char *wrong = text == NULL ? "does not fit into memory" : NULL;
    if (wrong == NULL && (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))) {
        wrong = "is not a regular file";
    }
    for (ssize_t bytes = 1; wrong == NULL && bytes > 0 && *length <= limit;) {
        bytes = read(fd, text + *length, limit + 1 - *length);
        *length += bytes > 0 ? (size_t)bytes : 0;
        wrong = bytes < 0 ? strerror(errno) : NULL;
    }
    close(fd);
    if (wrong == NULL && *length > limit) {
        wrong = "is too long";
    }
    if (wrong == NULL && memchr(text, 0, *length) != NULL) {
        wrong = "has a NUL in it";
    }
    if (wrong != NULL) {
        snprintf(why, TRUST_WHY_SIZE, "%s %s", path, wrong);
        free(text);
        return NULL;
    }
    text[*length] = 0;
    return text;
}
