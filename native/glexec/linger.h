/* Staying beside the payload. */
#ifndef GLEXEC_LINGER_H
#define GLEXEC_LINGER_H

#include <stdbool.h>
#include <sys/types.h>

#include "glexec/person.h"

/* Blocks every signal: they are waited for instead. */
void linger_block_signals(void);

/*
 * Waits for the payload, whose process group has its pid, and sends on to the group the signals that
 * the caller, or root, or the terminal sends to this process: only root's, where `only_root`. Gives the
 * wait status.
 */
int linger_wait(pid_t payload, const struct person *caller, bool only_root);

/*
 * Waits until the child ends, at most some seconds. Signals meanwhile are dropped. Gives true and
 * the wait status, or false.
 */
bool linger_wait_at_most(pid_t child, long seconds, int *status);

/* Ends this process as the payload ended: by that signal, without a core. Gives 128 + signal where it cannot. */
int linger_die_of(int signal_number);

#endif
