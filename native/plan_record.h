/* The decoding of single records, for plan.c. */
#ifndef EYRIE_PLAN_RECORD_H
#define EYRIE_PLAN_RECORD_H

#include <stdint.h>

#include "plan.h"

/* Bytes of a record before its fields. */
#define RECORD_HEAD 8u

/* One row of the table of steps. */
struct plan_row {
    unsigned char phase;
    unsigned char kind[PLAN_FIELDS_MAX + 1]; /* ended by KIND_END */
};

/* By operation; an operation that does not exist has no phase. */
extern const struct plan_row plan_rows[STEP_LIMIT];

/* Reads forward through one record; `failed` sticks. */
struct cursor {
    const unsigned char *bytes;
    uint32_t at;
    uint32_t end;
    int failed;
};

/* Takes `length` bytes; NULL where there are less. */
const void *cursor_take(struct cursor *cursor, uint32_t length);

/* Takes bytes that must be zero. */
void cursor_take_zeroes(struct cursor *cursor, uint32_t length);

/* Decodes the record at the cursor and leaves the cursor at its end. Gives 0 or -EINVAL. */
int cursor_take_record(struct cursor *cursor, struct plan_step *step);

#endif
