/* Running the payload: in the place of this program, or below it. */
#ifndef GLEXEC_PAYLOAD_H
#define GLEXEC_PAYLOAD_H

#include <sys/types.h>

#include "glexec/person.h"

struct payload {
    char *const *argv; /* argv[0] is the path, absolute */
    char *const *environment;
    const struct person *target;
};

/*
 * Becomes the target for good and executes the payload. Comes back only where that failed, with the
 * exit code, logged; the ids may then be the target's.
 */
int payload_execute(const struct payload *payload);

/*
 * Starts the payload in a child, as the leader of a process group of its own. All signals must be
 * blocked; the payload has none blocked. Gives 0 when it has been executed, or an exit code, logged.
 */
int payload_start(const struct payload *payload, pid_t *pid);

#endif
