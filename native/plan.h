/*
 * The LaunchPlan as bytes: the table that src/kernel/plan-table.ts repeats (a test compares them)
 * and the parser that both the library and eyrie-init use.
 *
 *   header          struct plan_header
 *   groups          group_count × uint32, strictly ascending
 *   setup records   setup_count × record
 *   job records     job_count × record, the last one is exec
 *
 * A record is { uint32 op, uint32 length, fields… }: length counts the whole record and is a
 * multiple of 8, as is the place where it begins. Integers are little-endian (elsewhere the magic
 * is wrong, and every plan refused). Fields follow each other as the step's row says, each aligned
 * to 4:
 *
 *   number          uint32
 *   LIMIT           uint64 as two uint32, low half first
 *   text            uint32 length, the bytes, a NUL, zeroes up to a multiple of 4
 *   CPUS            uint32 count, count × uint32: a bit mask, CPU 0 is bit 0 of the first
 *   STRINGS         uint32 count, uint32 zero (and 4 more where that is needed to align to 8),
 *                   (count + 1) × 8 zero bytes, count × text. The zero bytes are room for the
 *                   pointers of argv or envp, so that exec needs no memory of its own.
 */
#ifndef EYRIE_PLAN_H
#define EYRIE_PLAN_H

#include <stddef.h>
#include <stdint.h>

#define PLAN_MAGIC 0x49525945 /* "EYRI" */
#define PLAN_VERSION 1
#define PLAN_LIMIT 8388608
#define PLAN_NONE 0xffffffff
#define PLAN_SLOTS 64
#define PLAN_FIELDS_MAX 7

struct plan_header {
    uint32_t magic;
    uint32_t version;
    uint32_t length;           /* of the whole plan */
    uint32_t namespaces;       /* PLAN_NAMESPACES bits */
    uint32_t uid;              /* the job's identity */
    uint32_t gid;
    uint32_t group_count;      /* PLAN_NONE: leave the supplementary groups alone */
    uint32_t descriptor_count; /* handed to the launch, for inherit */
    uint32_t setup_count;
    uint32_t job_count;
};

/* Namespaces, with clone(2)'s numbers. */
#define PLAN_NAMESPACES(N)                                                                         \
    N(MOUNT, 0x00020000)                                                                           \
    N(CGROUP, 0x02000000)                                                                          \
    N(UTS, 0x04000000)                                                                             \
    N(IPC, 0x08000000)                                                                             \
    N(USER, 0x10000000)                                                                            \
    N(PID, 0x20000000)                                                                             \
    N(NET, 0x40000000)

/* Mount flags, with mount(2)'s numbers. */
#define PLAN_MOUNT_FLAGS(F)                                                                        \
    F(RO, 0x1)                                                                                     \
    F(NOSUID, 0x2)                                                                                 \
    F(NODEV, 0x4)                                                                                  \
    F(NOEXEC, 0x8)                                                                                 \
    F(NOSYMFOLLOW, 0x100)                                                                          \
    F(NOATIME, 0x400)                                                                              \
    F(NODIRATIME, 0x800)                                                                           \
    F(RELATIME, 0x200000)                                                                          \
    F(STRICTATIME, 0x1000000)

/* Resources, with setrlimit(2)'s numbers. */
#define PLAN_RESOURCES(R)                                                                          \
    R(CPU, 0)                                                                                      \
    R(FSIZE, 1)                                                                                    \
    R(DATA, 2)                                                                                     \
    R(STACK, 3)                                                                                    \
    R(CORE, 4)                                                                                     \
    R(RSS, 5)                                                                                      \
    R(NPROC, 6)                                                                                    \
    R(NOFILE, 7)                                                                                   \
    R(MEMLOCK, 8)                                                                                  \
    R(AS, 9)                                                                                       \
    R(SIGPENDING, 11)                                                                              \
    R(MSGQUEUE, 12)                                                                                \
    R(NICE, 13)                                                                                    \
    R(RTPRIO, 14)                                                                                  \
    R(RTTIME, 15)

/* Values of the kinds OPEN_MODE, STREAM and PROPAGATION. */
enum { OPEN_READ, OPEN_TRUNCATE, OPEN_APPEND, OPEN_MODES };
enum { STREAM_STDIN, STREAM_STDOUT, STREAM_STDERR, STREAMS };
enum { PROPAGATION_SLAVE, PROPAGATION_PRIVATE, PROPAGATIONS };

/* Kinds of fields; what each accepts is in plan.c. */
enum plan_kind {
    KIND_END,
    KIND_FILLS,       /* number: a slot; what it held is closed */
    KIND_SLOT,        /* number: a slot that an earlier step filled */
    KIND_BASE,        /* number: such a slot, or PLAN_NONE */
    KIND_DESCRIPTOR,  /* number: index below descriptor_count */
    KIND_STANDARD_FD, /* number: 0, 1 or 2 */
    KIND_FD,          /* number: 3 to 1023 */
    KIND_OPEN_MODE,   /* number: OPEN_READ … */
    KIND_STREAM,      /* number: STREAM_STDIN … */
    KIND_PROPAGATION, /* number: PROPAGATION_SLAVE … */
    KIND_FLAG,        /* number: 0 or 1 */
    KIND_MODE,        /* number: permission bits, at most 07777 */
    KIND_MASK,        /* number: at most 0777 */
    KIND_OWNER,       /* number: an id, or PLAN_NONE */
    KIND_MOUNT_FLAGS, /* number: PLAN_MOUNT_FLAGS bits */
    KIND_RESOURCE,    /* number: one of PLAN_RESOURCES */
    KIND_INCREMENT,   /* number: 0 to 19 */
    KIND_LIMIT,       /* LIMIT: all ones is RLIM_INFINITY */
    KIND_PATH,        /* text: absolute; relative where the step has a base */
    KIND_FALLBACK,    /* text: absolute, or empty for none */
    KIND_TEXT,        /* text: any */
    KIND_CPUS,
    KIND_STRINGS,
};

/* Who may carry a step out. */
enum plan_phase { PHASE_SETUP = 1, PHASE_JOB = 2 };

/* The steps: name, number, phase, kinds of the fields. src/job/plan.ts says what each means. */
#define PLAN_STEPS(S)                                                                              \
    S(PIN, 1, SETUP, FILLS, BASE, FLAG, PATH)                                                      \
    S(INHERIT, 2, SETUP, FILLS, DESCRIPTOR)                                                        \
    S(OPEN, 3, SETUP, FILLS, BASE, OPEN_MODE, FLAG, MODE, STREAM, PATH)                            \
    S(DUP, 4, JOB, SLOT, STANDARD_FD)                                                              \
    S(CLOSE_FROM, 5, JOB, FD)                                                                      \
    S(PROPAGATION, 6, SETUP, PROPAGATION, PATH)                                                    \
    S(TMPFS, 7, SETUP, MOUNT_FLAGS, PATH, TEXT)                                                    \
    S(PROC, 8, SETUP, MOUNT_FLAGS, PATH, TEXT)                                                     \
    S(BIND, 9, SETUP, SLOT, PATH)                                                                  \
    S(REMOUNT, 10, SETUP, MOUNT_FLAGS, PATH)                                                       \
    S(MKDIR, 11, SETUP, MODE, FLAG, OWNER, OWNER, PATH)                                            \
    S(TOUCH, 12, SETUP, MODE, PATH)                                                                \
    S(SYMLINK, 13, SETUP, TEXT, PATH)                                                              \
    S(SETSID, 14, JOB, END)                                                                        \
    S(SESSION_KEYRING, 15, JOB, END)                                                               \
    S(CHROOT, 16, JOB, PATH)                                                                       \
    S(CHDIR, 17, JOB, PATH, FALLBACK)                                                              \
    S(RLIMIT, 18, JOB, RESOURCE, LIMIT, LIMIT)                                                     \
    S(NICE, 19, JOB, INCREMENT)                                                                    \
    S(UMASK, 20, JOB, MASK)                                                                        \
    S(AFFINITY, 21, JOB, CPUS)                                                                     \
    S(DROP_BOUNDING_SET, 22, JOB, END)                                                             \
    S(IDS, 23, JOB, END)                                                                           \
    S(DROP_CAPABILITIES, 24, JOB, END)                                                             \
    S(NO_NEW_PRIVS, 25, JOB, END)                                                                  \
    S(PARENT_DEATH_SIGNAL, 26, JOB, END)                                                           \
    S(DEFAULT_SIGNALS, 27, JOB, END)                                                               \
    S(EXEC, 28, JOB, PATH, STRINGS, STRINGS)                                                       \
    S(CGROUP_NAMESPACE, 29, JOB, END)                                                              \
    S(CGROUP_FILES, 30, JOB, MOUNT_FLAGS, PATH, TEXT)

#define PLAN_STEP_NUMBER(name, number, ...) STEP_##name = number,
enum plan_op { PLAN_STEPS(PLAN_STEP_NUMBER) STEP_LIMIT };

/* Places of the fields in struct plan_step, by the rows above. */
enum { PIN_SLOT, PIN_BASE, PIN_AS_JOB, PIN_PATH };
enum { INHERIT_SLOT, INHERIT_INDEX };
enum { OPEN_SLOT, OPEN_BASE, OPEN_MODE, OPEN_FOLLOW, OPEN_PERMISSIONS, OPEN_STREAM, OPEN_PATH };
enum { DUP_SLOT, DUP_FD };
enum { PROPAGATION_KIND, PROPAGATION_PATH };
enum { FILESYSTEM_FLAGS, FILESYSTEM_TARGET, FILESYSTEM_OPTIONS };
enum { BIND_SOURCE, BIND_TARGET };
enum { REMOUNT_FLAGS, REMOUNT_TARGET };
enum { MKDIR_MODE, MKDIR_PARENTS, MKDIR_UID, MKDIR_GID, MKDIR_PATH };
enum { TOUCH_MODE, TOUCH_PATH };
enum { SYMLINK_TARGET, SYMLINK_PATH };
enum { CHDIR_PATH, CHDIR_FALLBACK };
enum { RLIMIT_RESOURCE, RLIMIT_SOFT, RLIMIT_HARD };
enum { EXEC_PATH, EXEC_ARGV, EXEC_ENVP };

/* One decoded field: the member that its kind says. Pointers point into the plan. */
union plan_field {
    uint32_t number;
    uint64_t limit;
    const char *text; /* with its NUL */
    struct {
        const uint32_t *words;
        uint32_t count;
    } cpus;
    struct {
        uint32_t count;
        uint32_t pointers; /* offset in the plan of the room for pointers */
        uint32_t first;    /* offset in the plan of the first text */
    } strings;
};

/* One decoded step. */
struct plan_step {
    uint32_t op;
    union plan_field field[PLAN_FIELDS_MAX];
};

/* A plan that plan_check accepted. */
struct plan {
    const unsigned char *bytes;
    const struct plan_header *header;
    const uint32_t *groups;
    uint32_t first; /* offset of the first record */
};

/*
 * Checks a whole plan: bounds, operations, flags, slots, order. Gives 0 and fills `plan`, or
 * -EINVAL and the offset of what is wrong. `bytes` must be aligned to 8 and stay as it is for as
 * long as the plan is used. Makes no system call and takes no memory.
 */
int plan_check(const void *bytes, size_t length, struct plan *plan, uint32_t *offset);

/* Decodes the record at *offset of a checked plan and moves *offset to the next one. */
void plan_next(const struct plan *plan, uint32_t *offset, struct plan_step *step);

/*
 * Fills the room of a STRINGS field with pointers and gives the vector, ended by NULL. `bytes` is
 * the writable copy of the plan.
 */
char **plan_strings(unsigned char *bytes, const union plan_field *field);

#endif
