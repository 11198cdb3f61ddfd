/* The processes of a moment, as a reply. */
#ifndef EYRIE_FAMILIES_SNAPSHOT_H
#define EYRIE_FAMILIES_SNAPSHOT_H

#include "table.h"

/*
 * Takes events, and where there are none or some were dropped reads /proc, so that the table knows
 * all members. Gives 0 or -errno.
 */
int table_catch_up(void);

/* Takes events; what is missing is left to the next table_catch_up(). Gives false in that case. */
int table_take_events(void);

/* Puts a snapshot into the reply, with FAMILIES_WANT_… of new processes. */
void snapshot_put(uint32_t wants);

/* Puts one process into the reply. */
void snapshot_put_process(const struct process *process, uint32_t wants);

/* Forgets a process that is no member, where only members are kept. */
void snapshot_forget_stranger(struct process *process);

#endif
