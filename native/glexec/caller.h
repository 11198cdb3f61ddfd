/* Who may call. */
#ifndef GLEXEC_CALLER_H
#define GLEXEC_CALLER_H

#include "glexec/config.h"
#include "glexec/person.h"

/* Whether the white lists have the caller, by name or by one of its groups. 0 or EXIT_DENIED, logged. */
int caller_check(const struct config *config, const struct person *caller);

#endif
