/*
 * Feeds bytes to what eyrie-control cuts frames with, for a test under sanitizers.
 *
 *   control-fuzz COUNT SEED   makes COUNT streams of frames, right ones and broken ones; the same ones
 *                             for the same SEED. Prints how many frames were whole, and how many streams
 *                             were refused.
 *
 * A stream comes in pieces of random sizes. Each frame that is whole is compared with what was sent.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/frame.h"
#include "control/procd.h"
#include "test/random.h"

#define LIMIT 300u
#define STREAM_MAX 4096

static unsigned char stream[STREAM_MAX];
static size_t stream_length;
static unsigned long whole;
static unsigned long refused;

static void fail(const char *what) {
    fprintf(stderr, "control-fuzz: %s\n", what);
    exit(1);
}

/* Frames one after the other, and sometimes one whose length is none. */
static void make_stream(void) {
    const uint32_t evil[] = {0, LIMIT + 1, 0x00040000, 0x7fffffff, 0x80000000, 0xffffffff};
    stream_length = 0;
    for (uint32_t count = random_number(8); count > 0; count--) {
        uint32_t length = 1 + random_number(random_number(3) == 0 ? LIMIT : 8);
        if (random_number(8) == 0) {
            length = evil[random_number(6)];
        }
        for (int i = 0; i < FRONT_FRAME_HEAD; i++) {
            stream[stream_length++] = (unsigned char)(length >> 8 * i);
        }
        for (uint32_t i = 0; i < length && i < LIMIT; i++) {
            stream[stream_length++] = (unsigned char)random_number(256);
        }
    }
    if (random_number(4) == 0 && stream_length > 0) {
        stream_length -= random_number((uint32_t)stream_length);
    }
}

/* A frame that is whole must be what lies in the stream before `end`. */
static void check(const struct frame *frame, size_t end) {
    if (frame->length == 0 || frame->length > LIMIT || frame->length + FRONT_FRAME_HEAD > end) {
        fail("a frame has a length that was not sent");
    }
    if (memcmp(frame->bytes, stream + end - frame->length, frame->length) != 0) {
        fail("a frame has bytes that were not sent");
    }
    whole++;
}

static void cut_stream(void) {
    struct frame frame = {.held = 0};
    enum frame_state state = FRAME_PART;
    size_t at = 0;
    while (at < stream_length && (state == FRAME_PART || state == FRAME_WHOLE)) {
        size_t missing;
        unsigned char *place = frame_place(&frame, &missing);
        size_t piece = 1 + random_number(random_number(2) == 0 ? 4 : 400);
        piece = piece < missing ? piece : missing;
        piece = piece < stream_length - at ? piece : stream_length - at;
        if (piece == 0) {
            fail("nothing is missing of a frame that is not whole");
        }
        memcpy(place, stream + at, piece);
        at += piece;
        state = frame_filled(&frame, piece, LIMIT);
        if (state == FRAME_WHOLE) {
            check(&frame, at);
            frame_reset(&frame);
        }
    }
    refused += state == FRAME_TOO_LARGE || state == FRAME_EMPTY;
    frame_reset(&frame);
}

/* No record of any kind may have a payload that it has no room for. */
static void check_records(void) {
    struct front_record record = {.kind = random_number(12), .length = random_number(4) == 0
                                                                           ? random_number(1u << 31)
                                                                           : random_number(64)};
    if (procd_check(&record) == 0 && record.length > FRONT_FRAME_HEAD + FRONT_FRAME_MAX) {
        fail("a record that is too long was accepted");
    }
}

int main(int argc, char **argv) {
    if (argc != 3) {
        return 2;
    }
    random_state = 2 * strtoull(argv[2], NULL, 10) + 1;
    for (unsigned long count = strtoul(argv[1], NULL, 10); count > 0; count--) {
        make_stream();
        cut_stream();
        check_records();
    }
    printf("whole %lu refused %lu\n", whole, refused);
    return 0;
}
