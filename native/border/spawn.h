/* The mechanics of clone and exec that eyrie_launch and eyrie_spawn_helper share. */
#ifndef EYRIE_SPAWN_H
#define EYRIE_SPAWN_H

#include <stdint.h>
#include <sys/types.h>

#include "border.h"

/* More than any launch hands on: the pipes, 64 descriptors, and the program itself. */
#define SPAWN_DESCRIPTORS_MAX 80

/* A child to be. The child shares our memory until its exec, and says here why it failed. */
struct spawn {
    uint64_t namespaces;       /* CLONE_NEW… bits */
    int cgroup;                /* born in this cgroup v2 directory, or -1 */
    int program;               /* descriptor of a static program */
    char **argv;
    int first;                 /* the child's descriptor number of descriptors[0] */
    int descriptor_count;
    int descriptors[SPAWN_DESCRIPTORS_MAX];
    int output;                /* becomes standard output, or -1 for /dev/null */
    int dies_with_parent;      /* SIGKILL when the calling thread ends; in a group of its own */
    int keeps_group;           /* not in one of its own: it reads the terminal */
    enum launch_call call;     /* what failed */
    int error;
};

/*
 * Starts the child and comes back when it has executed its program. Gives its pid and its pidfd, or
 * -errno with `call`; a child that failed has been reaped.
 */
pid_t spawn_child(struct spawn *spawn, int *pidfd);

#endif
