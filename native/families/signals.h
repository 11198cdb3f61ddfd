/* Signals to processes, and to nobody who has taken their number. */
#ifndef EYRIE_FAMILIES_SIGNALS_H
#define EYRIE_FAMILIES_SIGNALS_H

#include "table.h"

/* What became of one. */
enum signalled {
    SIGNAL_SENT,
    SIGNAL_NOT_NEEDED, /* it is stopped, or dead: see signal_checked() */
    SIGNAL_GONE,       /* it has ended; it is not retired here */
    SIGNAL_FAILED,     /* errno tells why */
};

/*
 * Signals a process as /proc shows it once a descriptor holds it fast. SIGKILL is not sent to the
 * dead, SIGSTOP not to the dead and stopped. `stat` gets what was read.
 */
enum signalled signal_checked(const struct process *process, int signal, struct process_stat *stat);

/* The same for a process that need not be in the table. Gives 0 or -errno. */
int signal_identity(int pid, uint64_t birthday, int signal);

/*
 * Signals those of `pids` that `accept` gives for, without reading /proc: descriptors are opened,
 * then all events taken, and whoever has not exited by then is who the descriptor holds. Only where
 * events are told. Ends early where events were dropped.
 */
void signal_all(const int *pids, unsigned count, int signal,
                struct process *(*accept)(int pid, void *context), void *context);

/* Whether the kernel gives descriptors of processes (since 5.3). */
int signals_have_descriptors(void);

/* Events must be taken before they fill the kernel's buffer: nice(2), where it is allowed. */
#define SIGNALS_NICE (-10)

/* Gets in front of whatever a bomb runs, and back. */
void signals_hurry(void);
void signals_relax(void);

#endif
