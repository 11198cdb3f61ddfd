/* Who belongs where: what follows from forks, exits, and chains of parents. */
#ifndef EYRIE_FAMILIES_LINEAGE_H
#define EYRIE_FAMILIES_LINEAGE_H

#include "table.h"

/* The kernel told: a process has a new child, at that time (ticks since boot). */
void lineage_fork(int parent, int child, uint64_t ticks);

/* The kernel told: the first thread of a process has ended. */
void lineage_exit(int pid);

/* The kernel told: a thread of a process has ended that had used this (microseconds). */
void lineage_used(int pid, uint64_t user, uint64_t system);

/*
 * The kernel told who made a process, and when (ticks since boot). That need not be its parent: a child of a stranger's that a
 * member made is the member's. Its own children follow in lineage_settle().
 */
void lineage_made(int maker, int child, uint64_t ticks);

/*
 * A process has ended: it is forgotten, a member is noted as ended. Where events are told only when
 * all of them up to its exit were taken: its last children would have no parent otherwise.
 */
void lineage_retire(struct process *process);

/*
 * Whether what was read is the process in the table. One that is known from a fork only is what has
 * its number and was born by then: whoever uses the number again is younger.
 */
int lineage_is_same(const struct process *process, const struct process_stat *stat);

/* Events were dropped before now. */
void lineage_lost(void);

/* Retires those that are marked PROCESS_IS_GONE. */
void lineage_retire_gone(void);

/*
 * Reads a process again. Gives false where it has ended: it is retired then. Where it cannot be read
 * it stays as it was.
 */
int lineage_refresh(struct process *process);

/*
 * When all that was told has been taken: follows what descends from strangers that turned out to be
 * members, forgets strangers that have ended, and members if they are very many.
 */
void lineage_settle(void);

/* Puts strangers that nobody was told of where the chain of parents leads. */
void lineage_follow_all(void);

/* Puts a new process, and all new ones that it descends from, where the chain of parents leads. */
void lineage_follow(struct process *process);

/*
 * Follows the parents of a process that is not in the table, in /proc, to a member. Gives the
 * member's family; that of strangers where there is none.
 */
struct family *lineage_look_up(const struct process_stat *stat);

#endif
