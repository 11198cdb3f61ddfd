#include "ticks.h"

#include <time.h>
#include <unistd.h>

#define NANOSECONDS 1000000000ull

static uint64_t now_of(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * NANOSECONDS + (uint64_t)now.tv_nsec;
}

uint64_t ticks_a_second(void) {
    static uint64_t ticks;
    ticks = ticks != 0 ? ticks : (uint64_t)sysconf(_SC_CLK_TCK);
    return ticks;
}

uint64_t ticks_of_microseconds(uint64_t microseconds) {
    return microseconds / (1000000 / ticks_a_second());
}

uint64_t microseconds_of_ticks(uint64_t ticks) {
    return ticks * (1000000 / ticks_a_second());
}

uint64_t ticks_now(void) {
    return now_of(CLOCK_BOOTTIME) / (NANOSECONDS / ticks_a_second());
}

uint64_t ticks_of_monotonic(uint64_t nanoseconds) {
    uint64_t asleep = now_of(CLOCK_BOOTTIME) - now_of(CLOCK_MONOTONIC);
    return (nanoseconds + asleep) / (NANOSECONDS / ticks_a_second());
}

uint64_t monotonic_now(void) {
    return now_of(CLOCK_MONOTONIC);
}
