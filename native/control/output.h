/* Bytes that wait until the other end of a socket reads them. */
#ifndef EYRIE_CONTROL_OUTPUT_H
#define EYRIE_CONTROL_OUTPUT_H

#include <stddef.h>

struct output {
    unsigned char *bytes;
    size_t size;
    size_t used;
    size_t written;
};

/* Adds bytes. Gives 0, or -1 where there is no memory for them. */
int output_add(struct output *output, const void *from, size_t length);

/* Sends what the socket takes now. Gives 0, or -1 where its other end is gone. */
int output_send(struct output *output, int socket);

size_t output_waiting(const struct output *output);

void output_free(struct output *output);

#endif
