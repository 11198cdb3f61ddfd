/* Clock ticks: the unit of times in /proc. */
#ifndef EYRIE_FAMILIES_TICKS_H
#define EYRIE_FAMILIES_TICKS_H

#include <stdint.h>

/* A second has these: sysconf(3) _SC_CLK_TCK. */
uint64_t ticks_a_second(void);

uint64_t ticks_of_microseconds(uint64_t microseconds);
uint64_t microseconds_of_ticks(uint64_t ticks);

/* Now, since boot, as the birthdays of processes. */
uint64_t ticks_now(void);

/* The same for a time of CLOCK_MONOTONIC, nanoseconds. */
uint64_t ticks_of_monotonic(uint64_t nanoseconds);

/* CLOCK_MONOTONIC now, nanoseconds. */
uint64_t monotonic_now(void);

#endif
