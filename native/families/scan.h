/* Reading all of /proc: where the kernel tells of no forks, or has dropped events. */
#ifndef EYRIE_FAMILIES_SCAN_H
#define EYRIE_FAMILIES_SCAN_H

#include "table.h"

/*
 * Brings the table up to date. New processes are put where the chain of parents leads, and fresh;
 * those that have ended are marked PROCESS_IS_GONE.
 * `known_since`: strangers born before were in the table once; they are neither (0: none were).
 * Gives 0 or -errno: /proc cannot be read, or does not show ourselves; members are as before.
 */
int scan(uint64_t known_since);

#endif
