/* The processes in /proc, and whose they are. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "account.h"

/* proc_pid_status(5) is shorter, but for what a process of very many groups has after its uids. */
#define FILE_MAX 4096

/* The field of proc_pid_stat(5), counted from 1. */
#define STAT_STARTTIME 22

/* The number of a line of status: its field `index`, counted from 0. */
static int read_number(const char *status, const char *line, int index, uint32_t *number) {
    const char *at = strstr(status, line);
    if (at == NULL) {
        return 0;
    }
    at += strlen(line);
    for (int i = 0; i <= index; i++) {
        char *end;
        errno = 0;
        unsigned long value = strtoul(at, &end, 10);
        if (end == at || errno != 0) {
            return 0;
        }
        *number = (uint32_t)value;
        at = end;
    }
    return 1;
}

/* A first thread that has ended, with others alive, is a process still. */
static int is_dead(const char *status) {
    uint32_t threads;
    const char *state = strstr(status, "\nState:\t");
    return state != NULL && strchr("ZXx", state[8]) != NULL &&
           (!read_number(status, "\nThreads:\t", 0, &threads) || threads <= 1);
}

/* Reads a file of a process. Gives false where there is no such process any more. */
static int read_file(int pid, const char *file, char text[FILE_MAX + 1]) {
    char path[32];
    snprintf(path, sizeof path, "%d/%s", pid, file);
    int fd = openat(FD_PROC, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    ssize_t length = read(fd, text, FILE_MAX);
    close(fd);
    text[length > 0 ? length : 0] = 0;
    return length > 0;
}

int process_read(int pid, struct account_process *process) {
    char status[FILE_MAX + 1];
    if (!read_file(pid, "status", status)) {
        return 0;
    }
    *process = (struct account_process){.pid = pid};
    return read_number(status, "\nUid:\t", 0, &process->real) &&
           read_number(status, "\nUid:\t", 2, &process->saved) && !is_dead(status);
}

uint64_t process_birthday(int pid) {
    char stat[FILE_MAX + 1];
    /* "PID (name) S …": the name may hold anything, so the last parenthesis counts. */
    const char *at = read_file(pid, "stat", stat) ? strrchr(stat, ')') : NULL;
    for (int field = 2; at != NULL && field < STAT_STARTTIME; field++) {
        at = strchr(at + 1, ' ');
    }
    return at == NULL ? 0 : strtoull(at, NULL, 10);
}

int processes_each(void (*visit)(const struct account_process *process, void *context),
                   void *context) {
    int fd = openat(FD_PROC, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = fd < 0 ? NULL : fdopendir(fd);
    if (directory == NULL) {
        return -errno;
    }
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        struct account_process process;
        int pid = atoi(entry->d_name);
        if (pid > 0 && process_read(pid, &process)) {
            visit(&process, context);
        }
    }
    closedir(directory);
    return 0;
}

static void print(const struct account_process *process, void *context) {
    fwrite(process, sizeof *process, 1, context);
}

int processes_print(void) {
    int result = processes_each(print, stdout);
    return result == 0 && fflush(stdout) != 0 ? -errno : result;
}
