/*
 * What the library and eyrie-init agree on: the descriptors that init is started with, and the
 * records that travel through its pipes. src/kernel/structs.ts repeats the records (a test compares
 * them).
 *
 *   starter                          eyrie-init                         job's process
 *      │ go pipe: go_record ────────────► │ carries out the setup steps      │
 *      │ ◄──── launch pipe: LAUNCH_BORN ──┤──fork────────────────────────────►│ job steps
 *      │ ◄──── launch pipe: LAUNCH_FAILED ┤ or ──────────────────────────────┤
 *      │ ◄──── launch pipe: end of file ──┼── the exec closed the last end ───┤ exec
 *      │ control pipe: commands ────────► │ signals ─────────────────────────►│
 *      │ ◄──── status pipe: exit_record ──┤ ◄────────────────────── wait ─────┘
 *      │ control pipe: end of file ─────► │ kills what is left, exits
 */
#ifndef EYRIE_LAUNCH_H
#define EYRIE_LAUNCH_H

#include <stdint.h>

/* Descriptors of eyrie-init when it begins. 0, 1 and 2 are /dev/null. */
enum {
    FD_PLAN = 3,    /* a sealed memfd */
    FD_GO = 4,      /* read end: go_record says go, end of file says that the starter is gone */
    FD_LAUNCH = 5,  /* write end: launch_record */
    FD_STATUS = 6,  /* write end: exit_record */
    FD_CONTROL = 7, /* read end, non-blocking: control_record */
    FD_HANDED = 8,  /* the first of the descriptors for the plan's inherit steps */
    /*
     * Behind the last of those: a cgroup v2 directory that the job is to be born in, if any, and the
     * `tasks` files of the cgroups of version 1 that init enters at once, and the job with it.
     */
};

/* Says go. */
struct go_record {
    uint32_t group; /* one more supplementary group for the job, which procd knows it by; or PLAN_NONE */
};

/* The most descriptors for a plan's inherit steps. */
#define HANDED_MAX 64

/*
 * Where init is started by somebody else, the descriptors from FD_PLAN on come to its standard input, a
 * socket, as the control data of this message. Its argument is `apart` then.
 */
#define LAUNCH_PARCEL 0x4c504845 /* EHPL */

struct launch_parcel {
    uint32_t magic;
    uint32_t count; /* of descriptors */
};

/* Kinds of launch_record. */
enum { LAUNCH_BORN = 1, LAUNCH_FAILED = 2, LAUNCH_APART = 3 };

/* Phases of launch_record. In PHASE_OF_INIT, `index` is one of the INIT_… stages below. */
enum { PHASE_OF_INIT = 0, PHASE_OF_SETUP = 1, PHASE_OF_JOB = 2 };

/* What init itself can fail at, beside the plan's steps. */
#define INIT_STAGES(S)                                                                             \
    S(PLAN, 0, "read the plan")                                                                    \
    S(PROC, 1, "open /proc")                                                                       \
    S(SIGNALS, 2, "set up signals")                                                                \
    S(FORK, 3, "fork the job's process")                                                           \
    S(CAPABILITIES, 4, "drop capabilities")                                                        \
    S(CGROUPS, 5, "enter the cgroups")                                                             \
    S(ACCOUNT, 6, "find itself to be the account that the sandbox is of")                          \
    S(NAMESPACES, 7, "make the namespaces")                                                        \
    S(MAPS, 8, "map its ids")

#define INIT_STAGE_NUMBER(name, number, words) INIT_##name = number,
enum init_stage { INIT_STAGES(INIT_STAGE_NUMBER) };

/* Shorter than PIPE_BUF: written whole or not at all. */
struct launch_record {
    uint32_t kind;
    uint32_t phase;
    uint32_t index; /* of the step in its phase */
    int32_t number; /* LAUNCH_BORN: host pid of the job's process, 0 if unknown; LAUNCH_FAILED: errno;
                       LAUNCH_APART: host pid of init, which another process has started */
};

/* Kinds of control_record. */
enum { CONTROL_SIGNAL_JOB = 1, CONTROL_SIGNAL_FAMILY = 2 };

struct control_record {
    uint32_t kind;
    uint32_t signal;
};

/* The end of a job: wait(2)'s status, and getrusage(2) of all that init reaped. */
struct exit_record {
    int32_t status;
    uint32_t reserved;
    uint64_t user_us;         /* microseconds */
    uint64_t system_us;       /* microseconds */
    uint64_t max_resident_kb; /* KiB */
    uint64_t blocks_in;       /* of 512 bytes */
    uint64_t blocks_out;
};

#endif
