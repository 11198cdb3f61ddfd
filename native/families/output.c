#include "output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* More memory than this is given back once it is written. */
#define KEEP 65536

static unsigned char *bytes;
static size_t size;
static size_t used;
static size_t written;
static size_t reply_at;

static void make_room(size_t length) {
    if (length <= size - used) {
        return;
    }
    size_t new_size = size > 0 ? size : 4096;
    while (new_size - used < length) {
        new_size *= 2;
    }
    unsigned char *larger = realloc(bytes, new_size);
    if (larger == NULL) {
        _exit(1);
    }
    bytes = larger;
    size = new_size;
}

void output_begin(uint32_t id) {
    struct families_reply head = {.id = id};
    reply_at = used;
    output_put(&head, sizeof head);
}

void output_put(const void *from, size_t length) {
    if (length > 0) {
        make_room(length);
        memcpy(bytes + used, from, length);
        used += length;
    }
}

void output_align(void) {
    static const unsigned char zeros[8];
    output_put(zeros, (8 - output_length() % 8) % 8);
}

size_t output_length(void) {
    return used - reply_at - sizeof(struct families_reply);
}

void output_replace(size_t at, const void *from, size_t length) {
    memcpy(bytes + reply_at + sizeof(struct families_reply) + at, from, length);
}

void output_end(void) {
    uint32_t length = (uint32_t)output_length();
    memcpy(bytes + reply_at + offsetof(struct families_reply, length), &length, sizeof length);
}

void output_result(uint32_t id, enum families_call call, int error) {
    struct families_reply reply = {.id = id, .error = (uint32_t)error, .call = call};
    output_put(&reply, sizeof reply);
}

void output_gone(uint32_t number) {
    struct families_reply reply = {.number = number};
    output_put(&reply, sizeof reply);
}

int output_flush(void) {
    while (written < used) {
        ssize_t put = send(FAMILIES_FD_REQUESTS, bytes + written, used - written,
                           MSG_NOSIGNAL | MSG_DONTWAIT);
        if (put > 0) {
            written += (size_t)put;
        } else if (errno == EAGAIN) {
            return 1;
        } else if (errno != EINTR) {
            return 0;
        }
    }
    used = written = 0;
    if (size > KEEP) {
        free(bytes);
        bytes = NULL;
        size = 0;
    }
    return 1;
}

int output_is_waiting(void) {
    return written < used;
}
