/*
 * The parser of plans. It is the border between what JavaScript wrote and what runs as root, so
 * it believes nothing: every length is compared before it is used, and one wrong byte refuses
 * the whole plan.
 */
#include "plan.h"

#include <errno.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "plan_record.h"

#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256
#endif

#define BIT(name, value) | (uint32_t)(value)
#define ALL_NAMESPACES (0u PLAN_NAMESPACES(BIT))
#define ALL_MOUNT_FLAGS (0u PLAN_MOUNT_FLAGS(BIT))
#define RESOURCE_BIT(name, value) | (1u << (value))
#define ALL_RESOURCES (0u PLAN_RESOURCES(RESOURCE_BIT))

_Static_assert(ALL_NAMESPACES == (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                                  CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET),
               "namespace bits are clone(2)'s");
_Static_assert(ALL_MOUNT_FLAGS == (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOSYMFOLLOW |
                                   MS_NOATIME | MS_NODIRATIME | MS_RELATIME | MS_STRICTATIME),
               "mount flags are mount(2)'s");
#define RESOURCE_IS_KERNELS(name, value)                                                           \
    _Static_assert(RLIMIT_##name == (value), "resources are setrlimit(2)'s");
PLAN_RESOURCES(RESOURCE_IS_KERNELS)
_Static_assert(sizeof(struct plan_header) % 8 == 0, "records begin at a multiple of 8");
_Static_assert(sizeof(char *) <= 8, "a pointer fits its room");

/* What a check knows of the steps that it has passed. */
struct progress {
    const struct plan_header *header;
    uint64_t filled; /* a bit for each slot */
    uint64_t seen;   /* a bit for each op of the job's steps */
};

static int slot_is_filled(const struct progress *progress, uint32_t slot) {
    return slot < PLAN_SLOTS && (progress->filled >> slot & 1) != 0;
}

/* A path begins with "/"; below a base it does not, and is not empty. */
static int path_is_right(const char *path, int has_base) {
    return has_base ? path[0] != '/' && path[0] != 0 : path[0] == '/';
}

static int number_is_right(struct progress *progress, unsigned kind, uint32_t number) {
    switch (kind) {
    case KIND_FILLS:
        if (number >= PLAN_SLOTS) {
            return 0;
        }
        progress->filled |= 1ull << number;
        return 1;
    case KIND_SLOT:
        return slot_is_filled(progress, number);
    case KIND_BASE:
        return number == PLAN_NONE || slot_is_filled(progress, number);
    case KIND_DESCRIPTOR:
        return number < progress->header->descriptor_count;
    case KIND_STANDARD_FD:
        return number <= 2;
    case KIND_FD:
        return number >= 3 && number <= 1023;
    case KIND_OPEN_MODE:
        return number < OPEN_MODES;
    case KIND_STREAM:
        return number < STREAMS;
    case KIND_PROPAGATION:
        return number < PROPAGATIONS;
    case KIND_FLAG:
        return number <= 1;
    case KIND_MODE:
        return number <= 07777;
    case KIND_MASK:
        return number <= 0777;
    case KIND_MOUNT_FLAGS:
        return (number & ~ALL_MOUNT_FLAGS) == 0;
    case KIND_RESOURCE:
        return number < 32 && (ALL_RESOURCES >> number & 1) != 0;
    case KIND_INCREMENT:
        return number <= 19;
    default: /* KIND_OWNER: any id */
        return 1;
    }
}

/* The step's base where it has one: a base is checked before the slot that the step fills. */
static int has_base(const struct plan_step *step) {
    return (step->op == STEP_PIN && step->field[PIN_BASE].number != PLAN_NONE) ||
           (step->op == STEP_OPEN && step->field[OPEN_BASE].number != PLAN_NONE);
}

static int field_is_right(struct progress *progress, const struct plan_step *step, unsigned i) {
    unsigned kind = plan_rows[step->op].kind[i];
    const union plan_field *field = &step->field[i];
    switch (kind) {
    case KIND_PATH:
        return path_is_right(field->text, has_base(step));
    case KIND_FALLBACK:
        return field->text[0] == 0 || field->text[0] == '/';
    case KIND_STRINGS: /* argv has at least its own name */
        return i != EXEC_ARGV || field->strings.count > 0;
    case KIND_LIMIT:
    case KIND_TEXT:
    case KIND_CPUS:
        return 1;
    default:
        return number_is_right(progress, kind, field->number);
    }
}

/*
 * Steps of a plan without namespaces: it leaves the host's tree alone, for it would be everybody's
 * mounts that it changes.
 */
static const uint64_t without_namespaces =
    1ull << STEP_PIN | 1ull << STEP_INHERIT | 1ull << STEP_OPEN | 1ull << STEP_DUP |
    1ull << STEP_CLOSE_FROM | 1ull << STEP_SETSID | 1ull << STEP_SESSION_KEYRING |
    1ull << STEP_CHDIR | 1ull << STEP_RLIMIT | 1ull << STEP_NICE | 1ull << STEP_UMASK |
    1ull << STEP_AFFINITY | 1ull << STEP_IDS | 1ull << STEP_DROP_CAPABILITIES |
    1ull << STEP_NO_NEW_PRIVS | 1ull << STEP_PARENT_DEATH_SIGNAL | 1ull << STEP_DEFAULT_SIGNALS |
    1ull << STEP_EXEC;

static int step_is_right(struct progress *progress, const struct plan_step *step, int phase) {
    if (plan_rows[step->op].phase != phase) {
        return 0;
    }
    if (progress->header->namespaces == 0 && (without_namespaces >> step->op & 1) == 0) {
        return 0;
    }
    uint64_t filled_before = progress->filled;
    for (unsigned i = 0; plan_rows[step->op].kind[i] != KIND_END; i++) {
        if (!field_is_right(progress, step, i)) {
            return 0;
        }
        if (plan_rows[step->op].kind[i] == KIND_BASE && step->field[i].number != PLAN_NONE &&
            (filled_before >> step->field[i].number & 1) == 0) {
            return 0; /* a step that is its own base */
        }
    }
    if (step->op == STEP_RLIMIT &&
        step->field[RLIMIT_SOFT].limit > step->field[RLIMIT_HARD].limit) {
        return 0;
    }
    return step->op != STEP_MKDIR || (step->field[MKDIR_UID].number == PLAN_NONE) ==
                                         (step->field[MKDIR_GID].number == PLAN_NONE);
}

static int header_is_right(const struct plan_header *header, size_t length) {
    return header->magic == PLAN_MAGIC && header->version == PLAN_VERSION &&
           header->length == length && (header->namespaces & ~ALL_NAMESPACES) == 0 &&
           (header->namespaces == 0 || (header->namespaces & CLONE_NEWNS) != 0) &&
           /* Never root, in a user namespace neither: there it could undo the mounts. */
           header->uid != 0 && header->gid != 0 && header->uid != PLAN_NONE &&
           header->gid != PLAN_NONE && header->descriptor_count <= PLAN_SLOTS &&
           header->setup_count <= length / RECORD_HEAD &&
           header->job_count <= length / RECORD_HEAD && header->job_count > 0;
}

/* The supplementary groups: strictly ascending, so that reading them back compares equal. */
static int take_groups(struct cursor *cursor, struct plan *plan) {
    uint32_t count = plan->header->group_count;
    plan->groups = (const uint32_t *)(const void *)(cursor->bytes + cursor->at);
    if (count == PLAN_NONE) {
        return 0;
    }
    if (count > PLAN_LIMIT / 4 || cursor_take(cursor, count * 4) == NULL) {
        return -EINVAL;
    }
    for (uint32_t i = 1; i < count; i++) {
        if (plan->groups[i - 1] >= plan->groups[i]) {
            return -EINVAL;
        }
    }
    cursor_take_zeroes(cursor, cursor->at % 8);
    return cursor->failed ? -EINVAL : 0;
}

/* Checks `count` records of one phase. */
static int check_records(struct cursor *cursor, struct progress *progress, uint32_t count,
                         int phase, uint32_t *offset) {
    struct plan_step step;
    for (uint32_t i = 0; i < count; i++) {
        *offset = cursor->at;
        if (cursor_take_record(cursor, &step) != 0 || !step_is_right(progress, &step, phase)) {
            return -EINVAL;
        }
        int is_last_of_job = phase == PHASE_JOB && i + 1 == count;
        if ((step.op == STEP_EXEC) != is_last_of_job) {
            return -EINVAL;
        }
        if (step.op == STEP_IDS && (progress->seen >> STEP_IDS & 1) != 0) {
            return -EINVAL;
        }
        progress->seen |= 1ull << step.op;
    }
    *offset = cursor->at;
    return 0;
}

/*
 * A job never runs with our own ids, nor in a user namespace with our capabilities, whatever the
 * planner forgot.
 */
static int sheds_privilege(const struct progress *progress) {
    int ids = (progress->seen >> STEP_IDS & 1) != 0;
    int capabilities = (progress->seen >> STEP_DROP_CAPABILITIES & 1) != 0;
    return ids && (capabilities || (progress->header->namespaces & CLONE_NEWUSER) == 0);
}

int plan_check(const void *bytes, size_t length, struct plan *plan, uint32_t *offset) {
    *offset = 0;
    const struct plan_header *header = bytes;
    if ((uintptr_t)bytes % 8 != 0 || length < sizeof *header || length > PLAN_LIMIT ||
        !header_is_right(header, length)) {
        return -EINVAL;
    }
    *plan = (struct plan){.bytes = bytes, .header = header};
    struct cursor cursor = {.bytes = bytes, .at = sizeof *header, .end = (uint32_t)length};
    *offset = cursor.at;
    if (take_groups(&cursor, plan) != 0) {
        return -EINVAL;
    }
    plan->first = cursor.at;
    struct progress progress = {.header = header};
    if (check_records(&cursor, &progress, header->setup_count, PHASE_SETUP, offset) != 0 ||
        check_records(&cursor, &progress, header->job_count, PHASE_JOB, offset) != 0) {
        return -EINVAL;
    }
    return cursor.at == cursor.end && sheds_privilege(&progress) ? 0 : -EINVAL;
}

void plan_next(const struct plan *plan, uint32_t *offset, struct plan_step *step) {
    struct cursor cursor = {.bytes = plan->bytes, .at = *offset, .end = plan->header->length};
    cursor_take_record(&cursor, step);
    *offset = cursor.at;
}
