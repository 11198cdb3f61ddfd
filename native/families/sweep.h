/* Signals to whole families, repeated until they have done their work. */
#ifndef EYRIE_FAMILIES_SWEEP_H
#define EYRIE_FAMILIES_SWEEP_H

#include <stdint.h>

#include "request.h"

/* Begins one; its reply follows when it is done. Gives 0, or -errno (EAGAIN: too many at once). */
int sweep_begin(const struct families_command *command);

/*
 * Does what is due of all that were begun. Gives in how many milliseconds there is more to do; -1:
 * nothing.
 */
int sweep_all(void);

#endif
