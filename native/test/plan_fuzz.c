/*
 * Feeds plans to the parser, for tests under sanitizers.
 *
 *   plan-fuzz check FILE…             prints a line for each: "ok", or "refused OFFSET"
 *   plan-fuzz mutate COUNT SEED FILE… makes COUNT broken copies of each; the same ones for the same
 *                                     SEED. Prints how many were refused and how many accepted.
 *
 * Whatever is accepted is also decoded to its last byte, so that a length which the check believed
 * wrongly is found. Each plan lies in memory of exactly its size.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan.h"
#include "test/random.h"

struct bytes {
    unsigned char *start;
    size_t length;
};

/* What was read of accepted plans: kept, so that the compiler does not leave the reading out. */
size_t bytes_used;

static void fail(const char *what) {
    fprintf(stderr, "plan-fuzz: %s\n", what);
    exit(1);
}

static struct bytes read_file(const char *path) {
    FILE *file = fopen(path, "rb");
    struct bytes bytes = {malloc(PLAN_LIMIT), 0};
    if (file == NULL || bytes.start == NULL) {
        fail("cannot read a file");
    }
    bytes.length = fread(bytes.start, 1, PLAN_LIMIT, file);
    fclose(file);
    return bytes;
}

/* A copy in memory of its own, with nothing readable behind it. */
static struct bytes copy_of(struct bytes bytes) {
    struct bytes copy = {malloc(bytes.length > 0 ? bytes.length : 1), bytes.length};
    if (copy.start == NULL) {
        fail("no memory");
    }
    memcpy(copy.start, bytes.start, bytes.length);
    return copy;
}

static size_t strings_length(unsigned char *start, const union plan_field *field) {
    size_t total = 0;
    char **vector = plan_strings(start, field);
    for (uint32_t i = 0; i < field->strings.count; i++) {
        total += strlen(vector[i]);
    }
    if (vector[field->strings.count] != NULL) {
        fail("a vector is not ended by NULL");
    }
    return total;
}

/* Reads all that a step points to. */
static size_t use(unsigned char *start, const struct plan_step *step) {
    switch (step->op) {
    case STEP_PIN:
        return strlen(step->field[PIN_PATH].text);
    case STEP_OPEN:
        return strlen(step->field[OPEN_PATH].text);
    case STEP_TMPFS:
    case STEP_PROC:
        return strlen(step->field[FILESYSTEM_TARGET].text) +
               strlen(step->field[FILESYSTEM_OPTIONS].text);
    case STEP_MKDIR:
        return strlen(step->field[MKDIR_PATH].text);
    case STEP_SYMLINK:
        return strlen(step->field[SYMLINK_TARGET].text) + strlen(step->field[SYMLINK_PATH].text);
    case STEP_CHDIR:
        return strlen(step->field[CHDIR_PATH].text) + strlen(step->field[CHDIR_FALLBACK].text);
    case STEP_AFFINITY:
        return step->field[0].cpus.words[step->field[0].cpus.count - 1];
    case STEP_EXEC:
        return strlen(step->field[EXEC_PATH].text) +
               strings_length(start, &step->field[EXEC_ARGV]) +
               strings_length(start, &step->field[EXEC_ENVP]);
    default:
        return 0;
    }
}

/* Decodes an accepted plan as eyrie-init does. */
static void obey(struct bytes bytes, const struct plan *plan) {
    uint32_t offset = plan->first;
    for (uint32_t i = 0; i < plan->header->setup_count + plan->header->job_count; i++) {
        struct plan_step step;
        plan_next(plan, &offset, &step);
        bytes_used += use(bytes.start, &step);
    }
    if (offset != bytes.length) {
        fail("an accepted plan was not decoded to its end");
    }
    if (plan->header->uid == 0 || plan->header->gid == 0) {
        fail("a plan for root was accepted");
    }
}

/* Gives 0 and obeys, or -EINVAL and the offset. */
static int try(struct bytes bytes, uint32_t *offset) {
    struct plan plan;
    int result = plan_check(bytes.start, bytes.length, &plan, offset);
    if (result == 0) {
        obey(bytes, &plan);
    }
    return result;
}

static void set_number(struct bytes bytes, size_t at, uint32_t number) {
    if (at + 4 <= bytes.length) {
        memcpy(bytes.start + at, &number, 4);
    }
}

/* Numbers at which lengths and counts go wrong. */
static uint32_t evil_number(size_t length) {
    const uint32_t numbers[] = {0, 1, 2, 3, 7, 8, 63, 64, 255, 0x7fffffff, 0x80000000, 0xfffffff8,
                                0xfffffffc, 0xffffffff, PLAN_LIMIT, (uint32_t)length,
                                (uint32_t)length - 8, (uint32_t)length + 8};
    return numbers[random_number(sizeof numbers / sizeof *numbers)];
}

/* One change, at a random place. Length changes stay inside the memory of the original. */
static void change(struct bytes *bytes) {
    if (bytes->length < 8) {
        return;
    }
    size_t at = random_number((uint32_t)bytes->length);
    switch (random_number(6)) {
    case 0:
        bytes->start[at] ^= (unsigned char)(1u << random_number(8));
        break;
    case 1:
        bytes->start[at] = (unsigned char)random_number(256);
        break;
    case 2:
    case 3:
        set_number(*bytes, at & ~(size_t)3, evil_number(bytes->length));
        break;
    case 4: /* cut off, and say so in the header */
        bytes->length = at & ~(size_t)7;
        set_number(*bytes, offsetof(struct plan_header, length), (uint32_t)bytes->length);
        break;
    default: { /* move a piece over another */
        size_t from = random_number((uint32_t)bytes->length) & ~7u;
        size_t to = at & ~(size_t)7;
        size_t room = bytes->length - (from > to ? from : to);
        memmove(bytes->start + to, bytes->start + from, room < 64 ? room : 64);
    }
    }
}

static void mutate(struct bytes original, unsigned long count) {
    unsigned long accepted = 0;
    uint32_t offset;
    if (try(copy_of(original), &offset) != 0) {
        fail("a seed was refused");
    }
    for (unsigned long i = 0; i < count; i++) {
        struct bytes changed = copy_of(original);
        for (uint32_t changes = 1 + random_number(3); changes > 0; changes--) {
            change(&changed);
        }
        struct bytes exact = copy_of(changed);
        accepted += try(exact, &offset) == 0;
        free(exact.start);
        free(changed.start);
    }
    printf("refused %lu accepted %lu\n", count - accepted, accepted);
}

static void check(struct bytes bytes) {
    uint32_t offset;
    if (try(copy_of(bytes), &offset) == 0) {
        puts("ok");
    } else {
        printf("refused %u\n", offset);
    }
}

int main(int argc, char **argv) {
    if (argc >= 3 && strcmp(argv[1], "check") == 0) {
        for (int i = 2; i < argc; i++) {
            check(copy_of(read_file(argv[i])));
        }
        return 0;
    }
    if (argc >= 5 && strcmp(argv[1], "mutate") == 0) {
        random_state = 2 * strtoull(argv[3], NULL, 10) + 1;
        for (int i = 4; i < argc; i++) {
            mutate(read_file(argv[i]), strtoul(argv[2], NULL, 10));
        }
        return 0;
    }
    return 2;
}
