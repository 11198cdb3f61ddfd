/* Decimal numbers in the kernel's files. */
#ifndef EYRIE_FAMILIES_NUMBER_H
#define EYRIE_FAMILIES_NUMBER_H

#include <stdint.h>

/*
 * Reads a number; one below zero counts as 0. Gives where the next one may begin: after the spaces,
 * tabs or the newline that follow.
 */
static inline const char *number_read(const char *text, uint64_t *number) {
    const int is_negative = *text == '-';
    uint64_t value = 0;
    for (text += is_negative; *text >= '0' && *text <= '9'; text++) {
        value = value * 10 + (uint64_t)(*text - '0');
    }
    while (*text == ' ' || *text == '\t' || *text == '\n') {
        text++;
    }
    *number = is_negative ? 0 : value;
    return text;
}

/* The pid that a name in /proc is, or 0. */
static inline int number_of_name(const char *name) {
    int number = 0;
    for (; *name != 0; name++) {
        if (*name < '0' || *name > '9' || number > 99999999) {
            return 0;
        }
        number = number * 10 + (*name - '0');
    }
    return number;
}

#endif
