/* The birth of the job's process. */
#ifndef EYRIE_BIRTH_H
#define EYRIE_BIRTH_H

#include "init.h"

/*
 * Takes what cgroups the starter handed on, before anything else is opened: enters those of version 1,
 * and keeps that of version 2 for `birth`. Gives 0 or errno.
 */
int birth_prepare(struct init *init);

/*
 * fork(2), into the cgroup that the starter handed on, where it did: the child never was in another
 * one, and this process stays where it is. -1 with errno where that fails.
 */
pid_t birth(const struct init *init);

#endif
