#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "number.h"

/* What a line of stat takes at most: 52 numbers of 20 digits, and a name of 64 bytes. */
#define STAT_MAX 1280

/* Fields of proc_pid_stat(5), counted from 1. */
enum {
    STAT_PPID = 4,
    STAT_SESSION = 6,
    STAT_UTIME = 14,
    STAT_STIME = 15,
    STAT_CUTIME = 16,
    STAT_CSTIME = 17,
    STAT_THREADS = 20,
    STAT_STARTTIME = 22,
    STAT_VSIZE = 23,
    STAT_RSS = 24,
};

long process_read_file(int pid, const char *file, char *into, size_t size) {
    char path[48];
    size_t length = 0;
    snprintf(path, sizeof path, "%d/%s", pid, file);
    int fd = openat(FAMILIES_FD_PROC, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return -errno;
    }
    ssize_t got;
    while (length < size && (got = read(fd, into + length, size - length)) != 0) {
        if (got < 0) {
            int error = errno;
            close(fd);
            return -error;
        }
        length += (size_t)got;
    }
    close(fd);
    into[length] = 0;
    return (long)length;
}

/* No such process, or one that is hidden from us: only the kernel's own answer tells. */
static int missing(int pid, int error) {
    if (error != ENOENT && error != ESRCH) {
        return -error;
    }
    return kill(pid, 0) != 0 && errno == EPERM ? -EACCES : -ESRCH;
}

int process_read(int pid, struct process_stat *stat) {
    char text[STAT_MAX];
    uint64_t fields[STAT_RSS + 1] = {0};
    static long page_kib;
    long length = process_read_file(pid, "stat", text, sizeof text - 1);
    if (length < 0) {
        return missing(pid, (int)-length);
    }
    /* "PID (name) S …": the name may hold anything, so the last parenthesis counts. */
    const char *at = strrchr(text, ')');
    if (at == NULL || strlen(at) < 5) {
        return -ESRCH; /* it ended while it was read */
    }
    stat->pid = pid;
    stat->state = at[2];
    at += 4;
    for (int field = STAT_PPID; field <= STAT_RSS; field++) {
        at = number_read(at, &fields[field]);
    }
    page_kib = page_kib != 0 ? page_kib : sysconf(_SC_PAGESIZE) / 1024;
    stat->ppid = (int)fields[STAT_PPID];
    stat->session = (int)fields[STAT_SESSION];
    stat->threads = fields[STAT_THREADS];
    stat->birthday = fields[STAT_STARTTIME];
    stat->user = fields[STAT_UTIME];
    stat->system = fields[STAT_STIME];
    stat->child_user = fields[STAT_CUTIME];
    stat->child_system = fields[STAT_CSTIME];
    stat->image = fields[STAT_VSIZE] / 1024;
    stat->resident = fields[STAT_RSS] * (uint64_t)page_kib;
    return 0;
}

int process_is_dead(const struct process_stat *stat) {
    return (stat->state == 'Z' && stat->threads <= 1) || stat->state == 'X';
}

int process_is_stopped(const struct process_stat *stat) {
    return stat->state == 'T' || stat->state == 't';
}

uint32_t process_owner(int pid) {
    char name[16];
    struct stat facts;
    snprintf(name, sizeof name, "%d", pid);
    return fstatat(FAMILIES_FD_PROC, name, &facts, 0) == 0 ? facts.st_uid : 0;
}
