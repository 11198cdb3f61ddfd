/*
 * What is asked of eyrie-families, and what it answers. src/kernel/structs.ts repeats the structures
 * and tables (a test compares them).
 *
 *   procd    → begin, and then any request before another is answered
 *   families → a reply to each; those of signals to families come when they are done
 *   families → a reply with id 0: a watched process has ended
 *
 * Numbers are in this machine's order: both ends are one installation.
 */
#ifndef EYRIE_FAMILIES_REQUEST_H
#define EYRIE_FAMILIES_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#define FAMILIES_OPERATIONS(O)                                                                     \
    O(BEGIN, 1)                                                                                    \
    O(SNAPSHOT, 2)                                                                                 \
    O(LOCATE, 3)                                                                                   \
    O(ASSIGN, 4)                                                                                   \
    O(MERGE, 5)                                                                                    \
    O(WATCH, 6)                                                                                    \
    O(UNWATCH, 7)                                                                                  \
    O(SIGNAL_FAMILIES, 8)                                                                          \
    O(SIGNAL_PROCESS, 9)                                                                           \
    O(PROPORTIONAL, 10)                                                                            \
    O(OWN_CGROUP, 11)                                                                              \
    O(TRACK_CGROUP, 12)                                                                            \
    O(USAGE, 13)

#define FAMILIES_OPERATION_NUMBER(name, number) FAMILIES_##name = number,
enum families_operation { FAMILIES_OPERATIONS(FAMILIES_OPERATION_NUMBER) };

/* The calls that a request can fail at. */
#define FAMILIES_CALLS(C)                                                                          \
    C(NONE, 0, "")                                                                                 \
    C(REQUEST, 1, "check the request")                                                             \
    C(PROCESS, 2, "find the process")                                                              \
    C(MEMORY, 3, "allocate memory")                                                                \
    C(SOCKET, 4, "socket")                                                                         \
    C(BIND, 5, "bind")                                                                             \
    C(LISTEN, 6, "listen to process events")                                                       \
    C(PIDFD, 7, "pidfd_open")                                                                      \
    C(KILL, 8, "kill")                                                                             \
    C(SMAPS, 9, "read smaps_rollup")                                                               \
    C(HIERARCHY, 10, "find a cgroup hierarchy")                                                    \
    C(CGROUP_MAKE, 11, "make the cgroup")                                                          \
    C(CGROUP_ENTER, 12, "write cgroup.procs")                                                      \
    C(CGROUP_FREEZE, 13, "freeze the cgroup")                                                      \
    C(FAMILY, 14, "find the family")

#define FAMILIES_CALL_NUMBER(name, number, words) FAMILIES_CALL_##name = number,
enum families_call { FAMILIES_CALLS(FAMILIES_CALL_NUMBER) };

/*
 * A request. Which of its fields mean something depends on the operation; the payload follows, and
 * zeros up to a multiple of 4:
 *
 *   BEGIN            number: bytes for events in the kernel, 0: as many as usual; flags
 *   SNAPSHOT         flags
 *   LOCATE           pid, flags
 *   ASSIGN           pid, birthday, family
 *   MERGE            family, number: into which
 *   WATCH            pid, birthday, number: what the reply with id 0 is to say
 *   UNWATCH          number
 *   SIGNAL_FAMILIES  signal, number: milliseconds; payload: family_count families, and then pids
 *                    that get no signal
 *   SIGNAL_PROCESS   pid, birthday, signal
 *   PROPORTIONAL     payload: family_count families
 *   OWN_CGROUP       pid, birthday, family
 *   TRACK_CGROUP     family, flags; payload: the name, without NUL
 *   USAGE            family
 */
struct families_request {
    uint32_t length; /* of the payload */
    uint32_t id;     /* not 0 */
    uint32_t operation;
    uint32_t flags;
    int32_t pid;
    uint32_t family;
    uint64_t birthday;
    uint32_t number;
    uint32_t signal;
    uint32_t family_count;
    uint32_t reserved;
};

/* Flags of BEGIN. */
enum { FAMILIES_NO_EVENTS = 1 };

/* Flags of SNAPSHOT and LOCATE: what to find out about new processes. */
enum { FAMILIES_WANT_ANCESTORS = 1, FAMILIES_WANT_GROUPS = 2, FAMILIES_WANT_CGROUPS = 4 };

/* Flags of TRACK_CGROUP: where it is not there it is not made, and nobody is moved into it. */
enum { FAMILIES_AS_IT_IS = 1 };

/*
 * Payload: for BEGIN struct families_means, SNAPSHOT struct families_snapshot and processes, LOCATE
 * a process, SIGNAL_FAMILIES struct families_outcome, PROPORTIONAL uint64_t KiB, OWN_CGROUP a path,
 * USAGE struct families_usage, if there is any.
 */
struct families_reply {
    uint32_t length; /* of the payload */
    uint32_t id;     /* 0: a watched process has ended */
    uint32_t error;  /* errno, or 0 */
    uint32_t call;   /* the enum families_call that failed */
    uint32_t number; /* of the watched process */
    uint32_t reserved;
};

/* How processes are followed. */
struct families_means {
    uint32_t events;
    uint32_t events_call;  /* why not: enum families_call */
    uint32_t events_error; /* and errno */
    uint32_t accounting;
    uint32_t forkers;
    uint32_t cgroups; /* enum: FAMILIES_CGROUP_… */
    uint32_t ticks;   /* a second */
    uint32_t reserved;
};

enum { FAMILIES_CGROUP_NONE = 0, FAMILIES_CGROUP_V2 = 1, FAMILIES_CGROUP_FREEZER = 2 };

/* The head of a snapshot. */
struct families_snapshot {
    uint32_t complete;
    uint32_t overflow;
    uint32_t process_count;
    uint32_t reserved;
};

/* A process; `extra` bytes follow, a multiple of 8: see struct families_details. */
struct families_process {
    int32_t pid;
    int32_t ppid;
    uint32_t family;
    uint32_t flags;
    uint32_t uid;
    uint32_t extra;
    uint64_t birthday;
    uint64_t user; /* ticks, as the next three */
    uint64_t system;
    uint64_t child_user;
    uint64_t child_system;
    uint64_t image; /* KiB */
    uint64_t resident;
};

enum {
    FAMILIES_IS_ZOMBIE = 1,
    FAMILIES_IS_FRESH = 2,
    FAMILIES_HAS_ENDED = 4,
};

/*
 * What was asked about a new process: this, group_count numbers, then texts, each ended by NUL:
 * ancestor_count entries of its environment, and cgroup_count paths; zeros up to a multiple of 8.
 */
struct families_details {
    uint32_t group_count;
    uint32_t ancestor_count;
    uint32_t cgroup_count;
    uint32_t text_bytes;
};

struct families_outcome {
    uint32_t signalled;
    uint32_t left;
};

/* What a cgroup counted; all ones: nobody counts it. */
struct families_usage {
    uint64_t user; /* microseconds */
    uint64_t system;
    uint64_t block_reads;
    uint64_t block_writes;
    uint64_t block_read_bytes;
    uint64_t block_write_bytes;
    uint64_t memory; /* bytes */
};

#define FAMILIES_UNKNOWN UINT64_MAX

/* More families than these nobody can register: a family has a process, and pids end at 2^22. */
#define FAMILIES_LISTED_MAX 65536

/* Of a request's payload. */
#define FAMILIES_PAYLOAD_MAX ((FAMILIES_LISTED_MAX + 64) * 4)

/* Longer names of cgroups no file system takes: PATH_MAX. */
#define FAMILIES_NAME_MAX 4095

/* A request that was read. Lists point into the payload, which must stay. */
struct families_command {
    struct families_request request;
    const uint32_t *families;
    const int32_t *except;
    uint32_t except_count;
    char name[FAMILIES_NAME_MAX + 1]; /* of TRACK_CGROUP */
};

/*
 * Checks a request and its payload, which is aligned to 4: numbers are in their range, the payload has
 * what the operation needs and nothing else, and a cgroup's name leads down. Gives 0 or -EINVAL.
 */
int families_read_request(const struct families_request *request, const unsigned char *payload,
                          struct families_command *command);

#endif
