/* The arguments of a program as JavaScript gives them: one text, a NUL after each. */
#ifndef EYRIE_ARGUMENTS_H
#define EYRIE_ARGUMENTS_H

#include <stddef.h>
#include <stdint.h>

#define ARGUMENTS_MAX 64

struct arguments {
    char *text;
    size_t size;    /* of the room that the text is in */
    uint32_t bytes; /* of the text */
    uint32_t count;
};

/* Points argv into the text. Gives false where the text is not `count` strings. */
int split_arguments(const struct arguments *arguments, char *argv[ARGUMENTS_MAX + 1]);

#endif
