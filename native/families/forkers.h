/*
 * Who makes processes: perf_event_open(2)'s records of forks. The connector tells the parent, which
 * is somebody else where clone(2) is called with CLONE_PARENT; these tell who called.
 */
#ifndef EYRIE_FAMILIES_FORKERS_H
#define EYRIE_FAMILIES_FORKERS_H

#include <stdint.h>

/*
 * Begins to listen on every processor; their buffers' descriptors are added to `epoll`, with `from`
 * as data, and readable when they are half full. Gives 0 or -errno.
 */
int forkers_open(int epoll, unsigned long from);

/*
 * Takes what was told up to a time (CLOCK_MONOTONIC, nanoseconds): lineage_made(). After an
 * events_drain() that began then, which has made the processes known.
 */
void forkers_drain(uint64_t until);

#endif
