/* What eyrie-init knows while it runs. There is one, and one thread. */
#ifndef EYRIE_INIT_H
#define EYRIE_INIT_H

#include <sched.h>
#include <sys/types.h>

#include "launch.h"
#include "plan.h"

/* Descriptors after the job was born: all that init keeps beside FD_STATUS and FD_CONTROL. */
enum {
    FD_CHILDREN_SIGNAL = 3, /* signalfd(2) of SIGCHLD */
    FD_PROC = 4,            /* the host's /proc; only without a PID namespace */
    FD_JOB = 5,             /* pidfd of the job's main process; closed before Linux 5.3 */
};

struct init {
    struct plan plan;
    unsigned char *bytes; /* the plan, writable: a private mapping */
    uint32_t job_steps;   /* offset in the plan of the first step of the job */
    uint32_t namespaces;  /* the plan's CLONE_NEW… bits; outlives the plan */
    int slot[PLAN_SLOTS]; /* descriptors by slot */
    int proc;             /* the host's /proc */
    int fd_directory;     /* the host's /proc/self/fd */
    int cgroup;           /* the cgroup that the job is to be born in, or -1 */
    int signals;          /* signalfd of SIGCHLD, until it moves to FD_CHILDREN_SIGNAL */
    mode_t umask;         /* as the starter had it */
    pid_t pid;            /* init's own, as its children see it */
    pid_t job;            /* the job's main process; 0 once it was reaped */
    int job_status;       /* wait(2)'s status, once it was */
};

/* True where the job lives in a PID namespace of which this process is the first. */
static inline int init_is_pid_1(const struct init *init) {
    return (init->namespaces & CLONE_NEWPID) != 0;
}

static inline int init_has_user_namespace(const struct init *init) {
    return (init->namespaces & CLONE_NEWUSER) != 0;
}

#endif
