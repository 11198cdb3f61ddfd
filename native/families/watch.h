/* Processes whose end is to be told. */
#ifndef EYRIE_FAMILIES_WATCH_H
#define EYRIE_FAMILIES_WATCH_H

#include <stdint.h>

/*
 * Watches a process: when it has ended, a reply with id 0 says so, at once where it already has. 0,
 * or -errno.
 */
int watch_begin(int epoll, int pid, uint64_t birthday, uint32_t number);

/* Stops watching. */
void watch_end(uint32_t number);

/* A descriptor of a watch has become readable: `number` is what epoll holds of it. */
void watch_ended(uint32_t number);

/* Looks at those that the kernel gives no descriptor for. Gives in how many milliseconds again; -1. */
int watch_poll(void);

#endif
