/* Random numbers for fuzzing that a seed repeats. */
#ifndef EYRIE_TEST_RANDOM_H
#define EYRIE_TEST_RANDOM_H

#include <stdint.h>

/* The seed, and then the state; never 0. */
static uint64_t random_state;

/* A number from 0 to below - 1, by xorshift64*: the same ones on every machine. */
static inline uint32_t random_number(uint32_t below) {
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (uint32_t)((random_state * 0x2545f4914f6cdd1dull) >> 32) % below;
}

#endif
