#include "output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

size_t output_waiting(const struct output *output) {
    return output->used - output->written;
}

int output_add(struct output *output, const void *from, size_t length) {
    if (output->written > 0) {
        output->used -= output->written;
        memmove(output->bytes, output->bytes + output->written, output->used);
        output->written = 0;
    }
    if (output->size - output->used < length) {
        size_t size = output->used + length + output->used / 2;
        unsigned char *larger = realloc(output->bytes, size);
        if (larger == NULL) {
            return -1;
        }
        output->bytes = larger;
        output->size = size;
    }
    if (length > 0) {
        memcpy(output->bytes + output->used, from, length);
        output->used += length;
    }
    return 0;
}

int output_send(struct output *output, int socket) {
    while (output_waiting(output) > 0) {
        ssize_t put = send(socket, output->bytes + output->written, output_waiting(output),
                           MSG_NOSIGNAL | MSG_DONTWAIT);
        if (put > 0) {
            output->written += (size_t)put;
        } else if (errno == EAGAIN) {
            return 0;
        } else if (errno != EINTR) {
            return -1;
        }
    }
    output_free(output); /* most connections are silent most of the time */
    return 0;
}

void output_free(struct output *output) {
    free(output->bytes);
    memset(output, 0, sizeof *output);
}
