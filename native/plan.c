/*
 * The parser of plans. It is the border between what JavaScript wrote and what runs as root, so
 * it believes nothing: every length is compared before it is used, and one wrong byte refuses
 * the whole plan.
 */
#include "plan.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>

#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256
#endif

#define RECORD_HEAD 8u
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

/* One row of the table of steps. */
struct row {
    unsigned char phase;
    unsigned char kind[PLAN_FIELDS_MAX + 1]; /* ended by KIND_END */
};

#define KINDS_1(a) KIND_##a
#define KINDS_2(a, b) KIND_##a, KIND_##b
#define KINDS_3(a, ...) KIND_##a, KINDS_2(__VA_ARGS__)
#define KINDS_4(a, ...) KIND_##a, KINDS_3(__VA_ARGS__)
#define KINDS_5(a, ...) KIND_##a, KINDS_4(__VA_ARGS__)
#define KINDS_6(a, ...) KIND_##a, KINDS_5(__VA_ARGS__)
#define KINDS_7(a, ...) KIND_##a, KINDS_6(__VA_ARGS__)
#define PICK(a, b, c, d, e, f, g, chosen, ...) chosen
#define KINDS(...)                                                                                 \
    PICK(__VA_ARGS__, KINDS_7, KINDS_6, KINDS_5, KINDS_4, KINDS_3, KINDS_2, KINDS_1, )(__VA_ARGS__)
#define ROW(name, number, phase_, ...) [number] = {PHASE_##phase_, {KINDS(__VA_ARGS__)}},

static const struct row rows[STEP_LIMIT] = {PLAN_STEPS(ROW)};

/* Reads forward through one record; `failed` sticks. */
struct cursor {
    const unsigned char *bytes;
    uint32_t at;
    uint32_t end;
    int failed;
};

static const void *take(struct cursor *cursor, uint32_t length) {
    if (cursor->failed || length > cursor->end - cursor->at) {
        cursor->failed = 1;
        return NULL;
    }
    const void *place = cursor->bytes + cursor->at;
    cursor->at += length;
    return place;
}

static uint32_t take_number(struct cursor *cursor) {
    const uint32_t *place = take(cursor, 4);
    return place != NULL ? *place : 0;
}

static int all_zero(const unsigned char *bytes, uint32_t length) {
    for (uint32_t i = 0; i < length; i++) {
        if (bytes[i] != 0) {
            return 0;
        }
    }
    return 1;
}

static void take_zeroes(struct cursor *cursor, uint32_t length) {
    const unsigned char *place = take(cursor, length);
    if (place != NULL && !all_zero(place, length)) {
        cursor->failed = 1;
    }
}

/* A text with its NUL and nothing but zeroes up to the next multiple of 4. */
static const char *take_text(struct cursor *cursor) {
    uint32_t length = take_number(cursor);
    if (length >= PLAN_LIMIT) {
        cursor->failed = 1;
        return "";
    }
    const char *text = take(cursor, length);
    take_zeroes(cursor, 4 - length % 4);
    if (cursor->failed || memchr(text, 0, length) != NULL) {
        cursor->failed = 1;
        return "";
    }
    return text;
}

static void take_cpus(struct cursor *cursor, union plan_field *field) {
    uint32_t count = take_number(cursor);
    if (count == 0 || count > PLAN_LIMIT / 4) {
        cursor->failed = 1;
        return;
    }
    field->cpus.count = count;
    field->cpus.words = take(cursor, count * 4);
}

static void take_strings(struct cursor *cursor, union plan_field *field) {
    uint32_t count = take_number(cursor);
    take_zeroes(cursor, 4);
    take_zeroes(cursor, cursor->at % 8);
    if (count > PLAN_LIMIT / 16) {
        cursor->failed = 1;
        return;
    }
    field->strings.count = count;
    field->strings.pointers = cursor->at;
    take_zeroes(cursor, (count + 1) * 8);
    field->strings.first = cursor->at;
    for (uint32_t i = 0; i < count && !cursor->failed; i++) {
        take_text(cursor);
    }
}

/* Decodes one field; gives a number for the kinds that are one. */
static void take_field(struct cursor *cursor, unsigned kind, union plan_field *field) {
    switch (kind) {
    case KIND_LIMIT: {
        uint64_t low = take_number(cursor);
        field->limit = low | (uint64_t)take_number(cursor) << 32;
        break;
    }
    case KIND_PATH:
    case KIND_FALLBACK:
    case KIND_TEXT:
        field->text = take_text(cursor);
        break;
    case KIND_CPUS:
        take_cpus(cursor, field);
        break;
    case KIND_STRINGS:
        take_strings(cursor, field);
        break;
    default:
        field->number = take_number(cursor);
    }
}

/* Decodes the record at the cursor and leaves the cursor at its end. Gives 0 or -EINVAL. */
static int take_record(struct cursor *cursor, struct plan_step *step) {
    uint32_t begin = cursor->at;
    uint32_t plan_end = cursor->end;
    uint32_t op = take_number(cursor);
    uint32_t length = take_number(cursor);
    if (cursor->failed || op >= STEP_LIMIT || rows[op].phase == 0 || length < RECORD_HEAD ||
        length % 8 != 0 || length > plan_end - begin) {
        return -EINVAL;
    }
    step->op = op;
    cursor->end = begin + length;
    for (unsigned i = 0; rows[op].kind[i] != KIND_END; i++) {
        take_field(cursor, rows[op].kind[i], &step->field[i]);
    }
    if (cursor->failed || cursor->end - cursor->at >= 8) {
        return -EINVAL;
    }
    take_zeroes(cursor, cursor->end - cursor->at);
    cursor->end = plan_end;
    return cursor->failed ? -EINVAL : 0;
}

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
    unsigned kind = rows[step->op].kind[i];
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

static int step_is_right(struct progress *progress, const struct plan_step *step, int phase) {
    if (rows[step->op].phase != phase) {
        return 0;
    }
    uint64_t filled_before = progress->filled;
    for (unsigned i = 0; rows[step->op].kind[i] != KIND_END; i++) {
        if (!field_is_right(progress, step, i)) {
            return 0;
        }
        if (rows[step->op].kind[i] == KIND_BASE && step->field[i].number != PLAN_NONE &&
            (filled_before >> step->field[i].number & 1) == 0) {
            return 0; /* a step that is its own base */
        }
    }
    if (step->op == STEP_RLIMIT && step->field[RLIMIT_SOFT].limit > step->field[RLIMIT_HARD].limit) {
        return 0;
    }
    return step->op != STEP_MKDIR || (step->field[MKDIR_UID].number == PLAN_NONE) ==
                                         (step->field[MKDIR_GID].number == PLAN_NONE);
}

static int header_is_right(const struct plan_header *header, size_t length) {
    return header->magic == PLAN_MAGIC && header->version == PLAN_VERSION &&
           header->length == length && (header->namespaces & ~ALL_NAMESPACES) == 0 &&
           (header->namespaces & CLONE_NEWNS) != 0 &&
           /* Never root, in a user namespace neither: there it could undo the mounts. */
           header->uid != 0 && header->gid != 0 && header->uid != PLAN_NONE &&
           header->gid != PLAN_NONE && header->descriptor_count <= PLAN_SLOTS &&
           header->setup_count <= length / RECORD_HEAD && header->job_count <= length / RECORD_HEAD &&
           header->job_count > 0;
}

/* The supplementary groups: strictly ascending, so that reading them back compares equal. */
static int take_groups(struct cursor *cursor, struct plan *plan) {
    uint32_t count = plan->header->group_count;
    plan->groups = (const uint32_t *)(const void *)(cursor->bytes + cursor->at);
    if (count == PLAN_NONE) {
        return 0;
    }
    if (count > PLAN_LIMIT / 4 || take(cursor, count * 4) == NULL) {
        return -EINVAL;
    }
    for (uint32_t i = 1; i < count; i++) {
        if (plan->groups[i - 1] >= plan->groups[i]) {
            return -EINVAL;
        }
    }
    take_zeroes(cursor, cursor->at % 8);
    return cursor->failed ? -EINVAL : 0;
}

/* Checks `count` records of one phase. */
static int check_records(struct cursor *cursor, struct progress *progress, uint32_t count, int phase,
                         uint32_t *offset) {
    struct plan_step step;
    for (uint32_t i = 0; i < count; i++) {
        *offset = cursor->at;
        if (take_record(cursor, &step) != 0 || !step_is_right(progress, &step, phase)) {
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
    take_record(&cursor, step);
    *offset = cursor.at;
}

char **plan_strings(unsigned char *bytes, const union plan_field *field) {
    char **vector = (char **)(void *)(bytes + field->strings.pointers);
    unsigned char *text = bytes + field->strings.first;
    for (uint32_t i = 0; i < field->strings.count; i++) {
        uint32_t length = *(uint32_t *)(void *)text;
        vector[i] = (char *)text + 4;
        text += 4 + (length / 4 + 1) * 4;
    }
    return vector;
}
