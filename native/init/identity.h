/* The job's ids: borrowed for one system call, or taken for good. */
#ifndef EYRIE_IDENTITY_H
#define EYRIE_IDENTITY_H

#include <sys/types.h>

#include "capabilities.h"
#include "plan.h"

/* What identity_return puts back. */
struct identity {
    struct capability_sets sets;
    uid_t uid;
    gid_t gid;
    int group_count;
    int switched;
};

/*
 * From here on file system calls are made with the job's ids and groups and with no capability.
 * Real and saved ids stay ours, so no process of that user can signal or trace us meanwhile.
 * Gives 0 or -errno; on failure nothing is left changed.
 */
int identity_borrow(const struct plan *plan, struct identity *own);

/* Undoes identity_borrow. Gives 0 or -errno; after a failure the process must not go on. */
int identity_return(const struct identity *own);

/*
 * Adds a supplementary group to the job's. Gives false where the plan leaves its groups alone, or has
 * as many as there can be.
 */
int identity_add_group(struct plan *plan, uint32_t group);

/*
 * Takes the job's ids for good: groups, gid, uid, in that order. All are read back, and it is
 * tried that user 0 cannot be had again. Gives 0 or -errno (EPERM: an id is not as it should be).
 */
int identity_take(const struct plan *plan);

#endif
