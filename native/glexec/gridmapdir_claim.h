/*
 * Claims on accounts of a gridmapdir: a link of our own, which nobody takes for a lease, and whose owner alone
 * undoes it. So a lease is seen only when it is one: two who link the lease's own name at once, as others
 * do, may see each other's and then lose it.
 */
#ifndef GLEXEC_GRIDMAPDIR_CLAIM_H
#define GLEXEC_GRIDMAPDIR_CLAIM_H

#include <stdbool.h>

/*
 * Makes the lease of a free account. Gives 0; 1 where somebody else was faster, for the account or for
 * the lease, and nothing is left of it; -1 with errno.
 */
int gridmapdir_claim(int directory, const char *account, const char *lease);

/*
 * Whether it is the name of a claim. One whose process was killed before its end is taken away, after a
 * minute.
 */
bool gridmapdir_is_claim(int directory, const char *name);

#endif
