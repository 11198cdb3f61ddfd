/* The job's standard streams. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "descriptors.h"
#include "identity.h"
#include "steps.h"
#include "walk.h"

/* The step must not wait (a FIFO), nor give the job a controlling terminal. */
#define ALWAYS (O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

static const int open_flags[OPEN_MODES] = {
    [OPEN_READ] = O_RDONLY | ALWAYS,
    [OPEN_TRUNCATE] = O_WRONLY | O_CREAT | O_TRUNC | ALWAYS,
    [OPEN_APPEND] = O_WRONLY | O_CREAT | O_APPEND | ALWAYS,
};

/*
 * The path may be /proc/self/fd/N, which is a descriptor of ours. In a user namespace the job's uid
 * owns our pipes, so it would get them: could hold the launch up, tell the starter an end of its
 * own making, or keep us from noticing that the starter is gone.
 */
static int is_of_launch(const struct stat *opened) {
    struct stat own;
    for (int fd = FD_PLAN; fd < FD_HANDED; fd++) {
        if (fstat(fd, &own) == 0 && own.st_dev == opened->st_dev && own.st_ino == opened->st_ino) {
            return 1;
        }
    }
    return 0;
}

/* What is written to /proc changes processes, and /proc/self is init, not the job. */
static int is_in_proc(int fd) {
    struct statfs where;
    return fstatfs(fd, &where) == 0 && where.f_type == PROC_SUPER_MAGIC;
}

/* EMEDIUMTYPE: open(2) never gives it, so the starter knows that the type was refused here. */
static int type_is_right(int fd, unsigned mode) {
    struct stat status;
    if (fstat(fd, &status) != 0) {
        return -errno;
    }
    if (is_of_launch(&status) || (mode != OPEN_READ && is_in_proc(fd))) {
        return -EMEDIUMTYPE;
    }
    switch (status.st_mode & S_IFMT) {
    case S_IFREG:
    case S_IFIFO: /* with nobody at its other end it gives ENXIO */
        return 0;
    case S_IFDIR:
        return -EISDIR;
    case S_IFCHR:
        return status.st_rdev == makedev(1, 3) || isatty(fd) ? 0 : -EMEDIUMTYPE;
    default:
        return -EMEDIUMTYPE;
    }
}

/*
 * A FIFO that nothing writes to would give a job the end of its input at once: -ENXIO, as open(2)
 * has it for one that nothing reads from. tee(2) tells without taking anything out of it.
 */
static int has_writer(int fd) {
    struct stat status;
    int other[2];
    if (fstat(fd, &status) != 0) {
        return -errno;
    }
    if (!S_ISFIFO(status.st_mode)) {
        return 0;
    }
    if (pipe2(other, O_CLOEXEC) != 0) {
        return -errno;
    }
    ssize_t bytes = tee(fd, other[1], 1, SPLICE_F_NONBLOCK);
    int result = bytes > 0 || (bytes < 0 && errno == EAGAIN) ? 0 : bytes == 0 ? -ENXIO : -errno;
    close(other[0]);
    close(other[1]);
    return result;
}

static int clear_nonblock(int fd) {
    int flags = fcntl(fd, F_GETFL);
    return flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) != 0 ? -errno : 0;
}

/* Opens with the ids that the process has at the moment. */
static int open_stream(int base, const union plan_field *field) {
    int flags = open_flags[field[OPEN_MODE].number];
    unsigned permissions = field[OPEN_PERMISSIONS].number;
    if (!field[OPEN_FOLLOW].number) {
        return walk_open(base, field[OPEN_PATH].text, flags, permissions);
    }
    int fd = openat(base, field[OPEN_PATH].text, flags, permissions);
    return fd < 0 ? -errno : fd;
}

int step_open(struct init *init, const union plan_field *field) {
    struct identity own;
    int result = identity_borrow(&init->plan, &own);
    if (result != 0) {
        return result;
    }
    int fd = open_stream(base_of(init, &field[OPEN_BASE]), field);
    result = identity_return(&own);
    if (fd < 0 || result != 0) {
        return result != 0 ? result : fd;
    }
    result = type_is_right(fd, field[OPEN_MODE].number);
    if (result == 0 && field[OPEN_MODE].number == OPEN_READ) {
        result = has_writer(fd);
    }
    if (result == 0) {
        result = clear_nonblock(fd);
    }
    if (result != 0) {
        close(fd);
        return result;
    }
    return fill_slot(init, &field[OPEN_SLOT], fd);
}

int step_dup(struct init *init, const union plan_field *field) {
    int fd = init->slot[field[DUP_SLOT].number];
    struct stat status;
    if (fstat(fd, &status) != 0) {
        return -errno;
    }
    /* An inherited one: with fchdir(2) it would lead the job out of its root. */
    if (S_ISDIR(status.st_mode)) {
        return -EISDIR;
    }
    return dup2(fd, (int)field[DUP_FD].number) < 0 ? -errno : 0;
}

int step_close_from(struct init *init, const union plan_field *field) {
    (void)init;
    unsigned first = field->number;
    if (first <= FD_LAUNCH) {
        close_descriptors(first, FD_LAUNCH - 1);
        first = FD_LAUNCH + 1;
    }
    close_descriptors(first, ~0u);
    return 0;
}
