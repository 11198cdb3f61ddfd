#include "proportional.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "number.h"
#include "snapshot.h"

/* Reading memory maps takes long: events are taken after so many. */
#define TAKE_EVENTS 64

/* smaps of a process with very many mappings is not read further. */
#define SMAPS_MAX (64u << 20)

/* Adds the "Pss:" lines; those of a portion that ends within a line wait for the next. */
static uint64_t sum_lines(int fd) {
    char text[8193];
    size_t kept = 0;
    size_t all = 0;
    uint64_t sum = 0;
    ssize_t got;
    while (all < SMAPS_MAX && (got = read(fd, text + kept, sizeof text - 1 - kept)) > 0) {
        all += (size_t)got;
        text[kept + (size_t)got] = 0;
        char *line = text;
        for (char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
            if (strncmp(line, "Pss:", 4) == 0) {
                uint64_t kib;
                number_read(line + 4 + strspn(line + 4, " \t"), &kib);
                sum += kib;
            }
        }
        kept = strlen(line);
        kept = kept < sizeof text - 1 ? kept : 0;
        memmove(text, line, kept);
    }
    return sum;
}

/* One process. smaps_rollup is there since Linux 4.14. Gives 0 or -errno. */
static int read_one(int pid, uint64_t *kib) {
    char path[32];
    snprintf(path, sizeof path, "%d/smaps_rollup", pid);
    int fd = openat(FAMILIES_FD_PROC, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
        snprintf(path, sizeof path, "%d/smaps", pid);
        fd = openat(FAMILIES_FD_PROC, path, O_RDONLY | O_CLOEXEC);
    }
    if (fd < 0) {
        return -errno;
    }
    *kib = sum_lines(fd);
    close(fd);
    return 0;
}

/* The members' pids, for the table may change meanwhile. Gives how many; NULL where no memory. */
static int *list_members(const uint32_t *families, uint32_t family_count, uint32_t *count) {
    int *pids = malloc((table_count() + 1) * sizeof *pids);
    *count = 0;
    for (uint32_t i = 0; pids != NULL && i < family_count; i++) {
        const struct family *family = family_find(families[i]);
        for (const struct process *one = family != NULL ? family->first : NULL;
             one != NULL && *count < table_count(); one = one->next) {
            pids[(*count)++] = one->pid;
        }
    }
    return pids;
}

int proportional_sum(const uint32_t *families, uint32_t family_count, uint64_t *kib) {
    uint32_t count;
    uint32_t read = 0;
    int result = 0;
    table_take_events();
    int *pids = list_members(families, family_count, &count);
    if (pids == NULL) {
        return -ENOMEM;
    }
    *kib = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t one = 0;
        int failed = table_find(pids[i]) != NULL ? read_one(pids[i], &one) : -ESRCH;
        result = failed != 0 && failed != -ENOENT && failed != -ESRCH ? failed : result;
        read += failed == 0;
        *kib += one;
        if (i % TAKE_EVENTS == 0) {
            table_take_events();
        }
    }
    free(pids);
    return read == 0 ? result : 0;
}
