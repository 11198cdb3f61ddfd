/* Answers on their way. */
#ifndef EYRIE_FAMILIES_OUTPUT_H
#define EYRIE_FAMILIES_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

#include "request.h"

/* The stream socket: native/border/agent.c gives it. */
enum { FAMILIES_FD_REQUESTS = 4 };

/* Begins a reply; what is put follows it as its payload, until output_end(). */
void output_begin(uint32_t id);

/* Adds bytes to the payload. The program ends where there is no memory. */
void output_put(const void *bytes, size_t length);

/* Adds zeros up to a multiple of 8. */
void output_align(void);

/* Bytes of payload so far, and replacing some of them. */
size_t output_length(void);
void output_replace(size_t at, const void *bytes, size_t length);

/* Ends a reply. */
void output_end(void);

/* A whole reply: a failure, with errno, or none. */
void output_result(uint32_t id, enum families_call call, int error);

/* A whole reply: the watched process of that number has ended. */
void output_gone(uint32_t number);

/* Writes what the socket takes. Gives false where nobody is there to read it. */
int output_flush(void);

/* Whether something is still to be written. */
int output_is_waiting(void);

#endif
