/* Reaping what has ended. */
#ifndef EYRIE_REAP_H
#define EYRIE_REAP_H

#include "init.h"

/*
 * Reaps some of the children that have ended, and notes the end of the job's main process. Only
 * some: children can end faster than they are reaped, and who calls has other things to do. Gives
 * REAP_DONE, REAP_MORE where some may be left, or REAP_CHILDLESS: no child is left, ended or not.
 */
int reap(struct init *init);

enum { REAP_DONE, REAP_MORE, REAP_CHILDLESS };

#endif
