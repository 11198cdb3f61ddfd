/* A frame that is being read: its length in four bytes, little-endian, and so many bytes. Pure. */
#ifndef EYRIE_CONTROL_FRAME_H
#define EYRIE_CONTROL_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "front.h"

struct frame {
    unsigned char head[FRONT_FRAME_HEAD];
    size_t held;          /* of head and bytes together */
    uint32_t length;      /* once the head is whole */
    unsigned char *bytes; /* length of them; NULL before */
    int descriptors[FRONT_DESCRIPTORS_MAX];
    uint32_t descriptor_count;
};

enum frame_state { FRAME_PART, FRAME_WHOLE, FRAME_TOO_LARGE, FRAME_EMPTY, FRAME_NO_MEMORY };

/* Where the next bytes go, and how many are missing there: never more than belong to this frame. */
unsigned char *frame_place(struct frame *frame, size_t *missing);

/* Takes note of bytes that were put there. `limit` is the length that a frame may have. */
enum frame_state frame_filled(struct frame *frame, size_t count, uint32_t limit);

/* Makes it ready for the next; closes descriptors and frees what it holds. */
void frame_reset(struct frame *frame);

#endif
