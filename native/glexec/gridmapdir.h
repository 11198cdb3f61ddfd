/* Leased accounts: a directory with a file for each account of a pool; a hard link is a lease. */
#ifndef GLEXEC_GRIDMAPDIR_H
#define GLEXEC_GRIDMAPDIR_H

#include <stdbool.h>
#include <stddef.h>

#include "glexec/mapfile.h"

#define LEASE_NAME_SIZE 256

/*
 * The name of a subject's lease: lower case, and %xx for every byte that is no letter or digit. -1
 * where no file can have so long a name. Pure.
 */
int gridmapdir_lease_name(const char *subject, char name[LEASE_NAME_SIZE]);

/* Whether an account may be leased: asked before there is a lease. */
typedef bool gridmapdir_may_lease(const char *account, void *context);

/*
 * Finds the account that the subject has leased of the pool `prefix`, and touches the lease; or
 * leases the first free one for which `may_lease` gives true. One that came by a role is a lease of
 * its own for each pool: its name goes on with ":" and the pool's, where LCMAPS has the group that it
 * maps a role to. `directory` is open, and only root can write it. Gives 0 or an exit code, logged.
 */
int gridmapdir_lease(int directory, const char *subject, bool by_role, const char *prefix,
                     gridmapdir_may_lease *may_lease, void *context, char account[ACCOUNT_SIZE]);

#endif
