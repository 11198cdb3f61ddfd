/* What init gives up once the job was born. */
#ifndef EYRIE_SETTLE_H
#define EYRIE_SETTLE_H

#include "init.h"

/*
 * Reports the birth, then gives up the plan, every descriptor but the pipes, and every capability
 * but what stopping the job takes. Gives true, or false after a report: then the launch failed, and
 * what was born must be killed.
 */
int settle(struct init *init);

#endif
