/* The processes of the job: with a PID namespace all in it, else all our descendants. */
#ifndef EYRIE_FAMILY_H
#define EYRIE_FAMILY_H

#include "init.h"

/* Sends a signal to every process of the job. SIGSTOP and SIGKILL miss none that forks meanwhile. */
void family_signal(const struct init *init, int signal);

/* One attempt to kill them all; the caller reaps and repeats until no child is left. */
void family_kill(const struct init *init);

#endif
