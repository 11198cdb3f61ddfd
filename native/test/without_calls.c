/*
 * An older kernel: without-calls CALL,… PROGRAM ARGUMENT… runs a program for which these system
 * calls do not exist (ENOSYS), nor for what it starts.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "kernel.h"

static const struct {
    const char *name;
    unsigned number;
} calls[] = {
    {"clone3", SYS_clone3},
    {"close_range", SYS_close_range},
    {"openat2", SYS_openat2},
    {"pidfd_open", SYS_pidfd_open},
    {"pidfd_send_signal", SYS_pidfd_send_signal},
};

#define CALLS (sizeof calls / sizeof *calls)

static int is_listed(const char *list, const char *name) {
    const char *place = strstr(list, name);
    size_t length = strlen(name);
    return place != NULL && (place == list || place[-1] == ',') &&
           (place[length] == 0 || place[length] == ',');
}

/* One comparison and one answer for each call; then all others are allowed. */
static unsigned short make_filter(const char *list, struct sock_filter *filter) {
    unsigned short used = 0;
    filter[used++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                                  offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < CALLS; i++) {
        if (is_listed(list, calls[i].name)) {
            filter[used++] =
                (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i].number, 0, 1);
            filter[used++] =
                (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
        }
    }
    filter[used++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    return used;
}

int main(int argc, char **argv) {
    struct sock_filter filter[2 + 2 * CALLS];
    if (argc < 3) {
        return 2;
    }
    const struct sock_fprog program = {make_filter(argv[1], filter), filter};
    /* As root without no_new_privs, which the job would show. */
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0) {
        perror("without-calls: prctl");
        return 1;
    }
    execvp(argv[2], argv + 2);
    perror(argv[2]);
    return 127;
}
