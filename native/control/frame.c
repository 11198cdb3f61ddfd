#include "frame.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

unsigned char *frame_place(struct frame *frame, size_t *missing) {
    if (frame->held < FRONT_FRAME_HEAD) {
        *missing = FRONT_FRAME_HEAD - frame->held;
        return frame->head + frame->held;
    }
    const size_t at = frame->held - FRONT_FRAME_HEAD;
    *missing = frame->length - at;
    return frame->bytes + at;
}

static enum frame_state begin_body(struct frame *frame, uint32_t limit) {
    const unsigned char *head = frame->head;
    frame->length = (uint32_t)head[0] | (uint32_t)head[1] << 8 | (uint32_t)head[2] << 16 |
                    (uint32_t)head[3] << 24;
    if (frame->length == 0) {
        return FRAME_EMPTY;
    }
    if (frame->length > limit) {
        return FRAME_TOO_LARGE;
    }
    frame->bytes = malloc(frame->length);
    return frame->bytes != NULL ? FRAME_PART : FRAME_NO_MEMORY;
}

enum frame_state frame_filled(struct frame *frame, size_t count, uint32_t limit) {
    const int had_head = frame->held >= FRONT_FRAME_HEAD;
    frame->held += count;
    if (frame->held < FRONT_FRAME_HEAD) {
        return FRAME_PART;
    }
    if (!had_head) {
        return begin_body(frame, limit);
    }
    return frame->held == FRONT_FRAME_HEAD + (size_t)frame->length ? FRAME_WHOLE : FRAME_PART;
}

void frame_reset(struct frame *frame) {
    for (uint32_t i = 0; i < frame->descriptor_count; i++) {
        close(frame->descriptors[i]);
    }
    free(frame->bytes);
    memset(frame, 0, sizeof *frame);
}
