/* The processes of the job: with a PID namespace all in it, else all our descendants. */
#ifndef EYRIE_FAMILY_H
#define EYRIE_FAMILY_H

#include "init.h"

/*
 * Sends a signal to every process of the job. SIGSTOP and SIGKILL miss none that forks meanwhile.
 * False where it is known that none lives.
 */
int family_signal(struct init *init, int signal);

/*
 * Kills and reaps until no child is left. Every descendant whose parents are dead is our child, so
 * then nothing of the family is left at all. But what is dead and kept from us by a tracer that is not
 * of the family (ptrace(2)) is waited for for two seconds only, unless a PID namespace ends with us: the
 * kernel waits then.
 */
void family_end(struct init *init);

/* A pid that was reaped: the next process with it may be anybody's. */
void family_forget(int pid);

#endif
