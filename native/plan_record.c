#include "plan_record.h"

#include <errno.h>
#include <string.h>

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

const struct plan_row plan_rows[STEP_LIMIT] = {PLAN_STEPS(ROW)};

const void *cursor_take(struct cursor *cursor, uint32_t length) {
    if (cursor->failed || length > cursor->end - cursor->at) {
        cursor->failed = 1;
        return NULL;
    }
    const void *place = cursor->bytes + cursor->at;
    cursor->at += length;
    return place;
}

static uint32_t take_number(struct cursor *cursor) {
    const uint32_t *place = cursor_take(cursor, 4);
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

void cursor_take_zeroes(struct cursor *cursor, uint32_t length) {
    const unsigned char *place = cursor_take(cursor, length);
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
    const char *text = cursor_take(cursor, length);
    cursor_take_zeroes(cursor, 4 - length % 4);
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
    field->cpus.words = cursor_take(cursor, count * 4);
}

static void take_strings(struct cursor *cursor, union plan_field *field) {
    uint32_t count = take_number(cursor);
    cursor_take_zeroes(cursor, 4);
    cursor_take_zeroes(cursor, cursor->at % 8);
    if (count > PLAN_LIMIT / 16) {
        cursor->failed = 1;
        return;
    }
    field->strings.count = count;
    field->strings.pointers = cursor->at;
    cursor_take_zeroes(cursor, (count + 1) * 8);
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

int cursor_take_record(struct cursor *cursor, struct plan_step *step) {
    uint32_t begin = cursor->at;
    uint32_t plan_end = cursor->end;
    uint32_t op = take_number(cursor);
    uint32_t length = take_number(cursor);
    if (cursor->failed || op >= STEP_LIMIT || plan_rows[op].phase == 0 || length < RECORD_HEAD ||
        length % 8 != 0 || length > plan_end - begin) {
        return -EINVAL;
    }
    step->op = op;
    cursor->end = begin + length;
    for (unsigned i = 0; plan_rows[op].kind[i] != KIND_END; i++) {
        take_field(cursor, plan_rows[op].kind[i], &step->field[i]);
    }
    if (cursor->failed || cursor->end - cursor->at >= 8) {
        return -EINVAL;
    }
    cursor_take_zeroes(cursor, cursor->end - cursor->at);
    cursor->end = plan_end;
    return cursor->failed ? -EINVAL : 0;
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
