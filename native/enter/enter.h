/*
 * eyrie-enter: runs a command inside a job, for a person at a terminal.
 *
 *   eyrie ──► relay ────────► guard ─────────► entrant ──► the command
 *             the person's    session of its   joins the    child of the guard, in the job's
 *             terminal, and   own, no          job, makes   namespaces; takes the job's ids
 *             nothing else    terminal; waits  the command, before the first path of the job
 *                             for the command  ends
 *
 * The relay alone has the person's terminal, and nothing of the job's. Its other side is a
 * pseudo-terminal, or pipes where the person has no terminal: what the command inside can reach is
 * that and no more. The guard is apart from the relay because the end of a PID namespace waits for
 * somebody to reap the command: a person whose terminal takes nothing must not hold a job up.
 *
 * All of them are not dumpable, so that no process of the job's user can look into them.
 */
#ifndef EYRIE_ENTER_H
#define EYRIE_ENTER_H

#include "init.h"

/* Descriptors that it is started with, beside FD_PLAN and FD_LAUNCH (launch.h); 0, 1, 2: /dev/null. */
enum {
    FD_TARGET = 4, /* /proc/PID of the job's eyrie-init; in the guard /proc itself, as FD_PROC */
    FD_OUTSIDE = 6, /* the person's standard input, output and error: 6, 7, 8 */
    FD_CGROUPS = 9, /* the cgroup.procs files of the job's cgroups */
};

/* What can fail beside the plan's steps: the index of a launch_record with PHASE_OF_INIT. */
#define ENTER_STAGES(S)                                                                            \
    S(PLAN, 0, "read the plan")                                                                    \
    S(TARGET, 1, "look at the job's eyrie-init")                                                   \
    S(GONE, 2, "find the job's eyrie-init again")                                                  \
    S(TERMINAL, 3, "open a pseudo-terminal")                                                       \
    S(PIPES, 4, "open pipes")                                                                      \
    S(FORK, 5, "fork")                                                                             \
    S(CGROUP, 6, "join the job's cgroup")                                                          \
    S(USER, 7, "take the ids of the job's starter")                                                \
    S(USER_NAMESPACE, 8, "enter the job's user namespace")                                         \
    S(CGROUP_NAMESPACE, 9, "enter the job's cgroup namespace")                                     \
    S(IPC_NAMESPACE, 10, "enter the job's IPC namespace")                                          \
    S(UTS_NAMESPACE, 11, "enter the job's UTS namespace")                                          \
    S(NET_NAMESPACE, 12, "enter the job's network namespace")                                      \
    S(PID_NAMESPACE, 13, "enter the job's PID namespace")                                          \
    S(TIME_NAMESPACE, 14, "enter the job's time namespace")                                        \
    S(MOUNT_NAMESPACE, 15, "enter the job's mount namespace")                                      \
    S(STREAMS, 16, "set up standard streams")                                                      \
    S(ARGUMENTS, 17, "read the arguments")

#define ENTER_STAGE_NUMBER(name, number, words) ENTER_##name = number,
enum enter_stage { ENTER_STAGES(ENTER_STAGE_NUMBER) };

/* The kind of launch_record that ends a report: `number` is wait(2)'s status of the command. */
enum { ENTER_ENDED = 3 };

/* Its `index`: what ended the command, where it did not end by itself. */
enum { ENDED_BY_ITSELF, ENDED_WITH_JOB };

struct entry {
    struct init init;     /* the plan, for the steps of eyrie-init */
    pid_t target;         /* the job's eyrie-init */
    int target_end;       /* its pidfd */
    int has_terminal;     /* a pseudo-terminal, or pipes */
    int cgroup_count;
    const char *user;     /* "-", or the ids of the job's starter: see user.c */
    int inside[3];        /* what becomes the command's standard streams */
    int outside[3];       /* our ends: of a pseudo-terminal the first is all three */
};

/* Fails at a stage: reports it and gives -1. */
int enter_failed(enum enter_stage stage, int error);

/* streams.c: opens `inside` and `outside`. Gives 0 or -1 after a report. */
int open_streams(struct entry *entry);
void close_inside(const struct entry *entry);

/* terminal.c: the person's terminal passes all keys on from here, until it is given back. */
void terminal_take(const struct entry *entry);
void terminal_give_back(void);
/* Makes the pseudo-terminal as large as the person's. */
void terminal_resize(const struct entry *entry);
/* Whether the keys in there end it all: Ctrl-] three times within a second. */
int terminal_is_escape(const char *bytes, size_t length);

/* relay.c: passes bytes on until the guard has ended. */
void relay(struct entry *entry, pid_t guard, int signals);

/* guard.c */
_Noreturn void guard(struct entry *entry, pid_t relay);

/* join.c: the entrant. Writes the pid of the command to `born`. */
_Noreturn void join_job(struct entry *entry, int born);

/* resemble.c: takes on limits, priority, CPUs and oom_score_adj of the job's eyrie-init. */
void resemble(const struct entry *entry);

/* user.c: becomes the user whose starter it is. Gives 0 or -errno. */
int become_user(const char *text);

/* command.c: the command, from its birth to its exec. */
_Noreturn void run_command(struct entry *entry);

#endif
