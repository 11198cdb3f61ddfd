/* clone3(2) for a child that runs a function on a stack of its own. */
#ifndef EYRIE_CLONE_H
#define EYRIE_CLONE_H

#include <stdint.h>
#include <sys/types.h>

/*
 * Makes a child that shares our memory, and waits until it has executed a program or exited with
 * `function`'s value. All signals are blocked in it, and here meanwhile: no handler may run there.
 * `flags`: CLONE_NEW… bits. `cgroup`: a descriptor, or -1. Gives the pid and a pidfd (-1 where the
 * kernel made none), or -errno. Not reentrant: there is one stack.
 */
pid_t clone_child(uint64_t flags, int cgroup, int (*function)(void *), void *argument, int *pidfd);

#endif
