/* Members that ended since the last snapshot. */
#ifndef EYRIE_FAMILIES_ENDED_H
#define EYRIE_FAMILIES_ENDED_H

#include "request.h"
#include "table.h"

/*
 * Notes a member that has ended, if anybody was told of it or it used anything. There is a limit:
 * then what it used goes to another one of its family.
 */
void ended_add(const struct process *process);

/* Gives those noted, and how many; they are forgotten at the next ended_add() after this. */
const struct families_process *ended_take(uint32_t *count);

#endif
