/* Our descendants, as /proc shows them by parent: what a family is without a PID namespace. */
#ifndef EYRIE_DESCENDANTS_H
#define EYRIE_DESCENDANTS_H

#include "init.h"

/*
 * One pass over /proc that signals each descendant as it is met; SIGSTOP only those that are not
 * stopped yet, and 0 nobody. Reaps meanwhile. Who has a lower pid than its parent is met once a pass has
 * met the parent. Gives how many were signalled or had not been met before: after 0, all are known.
 */
int descendants_pass(struct init *init, int signal);

/* A pid that was reaped is no descendant's any more. */
void descendants_forget(int pid);

/* Gives back the memory that passes took. */
void descendants_done(void);

#endif
