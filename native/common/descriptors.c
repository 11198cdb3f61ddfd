#include "descriptors.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "kernel.h"

/* The record of getdents64(2). */
struct entry {
    uint64_t inode;
    int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[];
};

/* The number that a name is, or -1. */
static long number_of(const char *name) {
    long number = 0;
    for (; *name != 0; name++) {
        if (*name < '0' || *name > '9') {
            return -1;
        }
        number = number * 10 + (*name - '0');
    }
    return number;
}

/* Closes those in [first, last] that one read of the directory names. Gives the bytes read. */
static long close_listed(int directory, unsigned first, unsigned last) {
    char names[4096] __attribute__((aligned(8)));
    long bytes = syscall(SYS_getdents64, directory, names, sizeof names);
    for (long at = 0; at < bytes;) {
        struct entry *entry = (struct entry *)(void *)(names + at);
        long fd = number_of(entry->name);
        if (fd >= first && fd <= last && fd != directory) {
            close((int)fd);
        }
        at += entry->length;
    }
    return bytes;
}

/* Without /proc: every number below the limit, which bounds all but inherited ones. */
static void close_each(unsigned first, unsigned last) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur <= last) {
        last = (unsigned)limit.rlim_cur;
    }
    for (unsigned fd = first; fd <= last; fd++) {
        close((int)fd);
    }
}

void close_descriptors(unsigned first, unsigned last) {
    if (first > last || syscall(SYS_close_range, first, last, 0) == 0) {
        return;
    }
    int directory = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) {
        close_each(first, last);
        return;
    }
    while (close_listed(directory, first, last) > 0) {
    }
    close(directory);
}

void raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}
