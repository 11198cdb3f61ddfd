/* Changing who this process is: for a while, or for good. */
#ifndef GLEXEC_IDENTITY_H
#define GLEXEC_IDENTITY_H

#include "glexec/person.h"

/*
 * Takes the effective ids and the groups of a person, from root's; back with identity_root(). The
 * saved uid stays 0. Gives 0, or -1 with errno.
 */
int identity_take(const struct person *person);

/* Takes root's effective ids again, with no other group. Ends the process where it cannot. */
void identity_root(void);

/* Makes all uids 0: from now on, the kernel lets only root signal this process. 0 or -1. */
int identity_root_wholly(void);

/*
 * Becomes the person for good: all uids, all gids, the groups, no capabilities; and proves that
 * nothing of it can be taken back. Gives 0, or -1 with errno; then the process must end.
 */
int identity_become(const struct person *person);

#endif
