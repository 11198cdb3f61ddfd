/* What is told of a new process beside its figures. */
#ifndef EYRIE_FAMILIES_DETAILS_H
#define EYRIE_FAMILIES_DETAILS_H

#include "request.h"

/*
 * Puts struct families_details and what belongs to it into the reply, as FAMILIES_WANT_… say. Gives
 * whether an environment was wanted and there was none: an empty one, or one that is not there yet.
 */
int details_put(int pid, uint32_t wants);

#endif
