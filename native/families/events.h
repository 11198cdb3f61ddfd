/*
 * Forks and exits of all processes, as the kernel tells them: the process events connector,
 * linux/cn_proc.h. It takes root (CAP_NET_ADMIN) in the first user, PID and network namespaces.
 */
#ifndef EYRIE_FAMILIES_EVENTS_H
#define EYRIE_FAMILIES_EVENTS_H

#include <stdint.h>

#include "request.h"

/*
 * Begins to listen; `buffer` is how many bytes events may take in the kernel. Gives a descriptor to
 * wait for, or -errno with the call that failed.
 */
int events_open(uint32_t buffer, enum families_call *call);

/*
 * Takes all events that are there, and does with them as lineage.h says. Gives false where the kernel
 * dropped some since the last time.
 */
int events_drain(void);

/* Whether the kernel holds enough events for a while. */
int events_have_room(void);

/* Whether anybody listens. */
int events_are_told(void);

#endif
