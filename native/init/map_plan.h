/* Taking the plan over from whoever made it. */
#ifndef EYRIE_MAP_PLAN_H
#define EYRIE_MAP_PLAN_H

#include "init.h"

/*
 * Maps the plan at FD_PLAN and checks it again: this is where it is obeyed. Its seals must say that
 * nobody can change it or cut it short meanwhile. Gives 0 or -errno.
 */
int map_plan(struct init *init);

#endif
