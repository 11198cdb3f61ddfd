#include "process_stat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "init.h"

/* Fields of proc_pid_stat(5), counted from the state. */
#define FIELD_THREADS 17
#define FIELD_EXIT_CODE 49

static int number_of(const char *text) {
    int number = 0;
    for (; *text >= '0' && *text <= '9'; text++) {
        number = number * 10 + (*text - '0');
    }
    return number;
}

/* Where the field of a number begins in fields with blanks between them; "" where there is none. */
static const char *field_of(const char *fields, int number) {
    for (; number > 0 && *fields != 0; fields++) {
        if (*fields == ' ') {
            number--;
        }
    }
    return fields;
}

/* Reads "PID (name) S PPID PGRP …": the name may hold anything, so the last parenthesis counts. */
int process_read(const char *name, struct process *process) {
    char path[32];
    char text[1024]; /* 52 numbers of up to 20 digits, of which few are that long */
    size_t length = strlen(name);
    if (length > 10) {
        return 0;
    }
    memcpy(path, name, length);
    memcpy(path + length, "/stat", 6);
    int fd = openat(FD_PROC, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    ssize_t bytes = read(fd, text, sizeof text - 1);
    close(fd);
    if (bytes <= 0) {
        return 0;
    }
    text[bytes] = 0;
    const char *end = strrchr(text, ')');
    if (end == NULL || strlen(end) < 5) {
        return 0;
    }
    const char *group = strchr(end + 4, ' ');
    *process = (struct process){
        .pid = number_of(name),
        .parent = number_of(end + 4),
        .group = group != NULL ? number_of(group + 1) : 0,
        .threads = number_of(field_of(end + 2, FIELD_THREADS)),
        .status = number_of(field_of(end + 2, FIELD_EXIT_CODE)),
        .state = end[2],
    };
    return 1;
}

int process_is_dead(const struct process *process) {
    return (process->state == 'Z' && process->threads <= 1) || process->state == 'X';
}

/*
 * Who may not trace a process reads 0 as its status. The same right is asked for by its `exe`, which a
 * dead process has not: there its lack shows.
 */
static int may_know(const char *name) {
    char path[32];
    char target[1];
    snprintf(path, sizeof path, "%s/exe", name);
    return readlinkat(FD_PROC, path, target, sizeof target) < 0 && errno == ENOENT;
}

int process_status_of_dead(int pid, int *status) {
    char name[16];
    struct process process;
    snprintf(name, sizeof name, "%d", pid);
    if (!may_know(name) || !process_read(name, &process) || !process_is_dead(&process)) {
        return 0;
    }
    *status = process.status;
    return 1;
}
