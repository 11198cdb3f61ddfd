/* Where cgroup hierarchies are mounted: cgroups(7). */
#ifndef EYRIE_FAMILIES_HIERARCHY_H
#define EYRIE_FAMILIES_HIERARCHY_H

#include <stddef.h>

/* The hierarchies that a family can be in; the first is version 2, the others controllers of version 1. */
enum hierarchy { HIERARCHY_V2, HIERARCHY_FREEZER, HIERARCHY_CPUACCT, HIERARCHY_BLKIO, HIERARCHY_MEMORY };
#define HIERARCHIES 5

/* The directory that shows the top of a hierarchy; NULL: it is not mounted. */
const char *hierarchy_mount(enum hierarchy hierarchy);

/*
 * The directory of the cgroup that a process is in. Gives 0 or -errno: -ENOENT where no mount shows
 * it, -ENAMETOOLONG.
 */
int hierarchy_directory(enum hierarchy hierarchy, int pid, char *path, size_t size);

/* Two hierarchies may be one: controllers of version 1 that are mounted together. */
int hierarchy_is_repeated(enum hierarchy hierarchy);

#endif
