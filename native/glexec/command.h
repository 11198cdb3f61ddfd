/* The payload's program. */
#ifndef GLEXEC_COMMAND_H
#define GLEXEC_COMMAND_H

#include "glexec/config.h"
#include "glexec/person.h"

/*
 * Whether the target can execute the command, asked with the target's effective ids: an absolute
 * path (there is no search), a regular file, and with prohibit_exec_via_symlink no link. Gives 0,
 * EXIT_CALLER where there is no such command, or EXIT_CANNOT_EXECUTE; logged.
 */
int command_check(const char *command, const struct config *config, const struct person *target);

#endif
