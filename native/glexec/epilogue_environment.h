/* GLEXEC_EPILOG_*: what the epilogue is told. */
#ifndef GLEXEC_EPILOGUE_ENVIRONMENT_H
#define GLEXEC_EPILOGUE_ENVIRONMENT_H

#include <stdbool.h>
#include <sys/types.h>

#include "glexec/person.h"

struct epilogue_facts {
    char *const *argv;        /* the payload's */
    char *const *environment; /* the payload's */
    const struct person *caller;
    const struct person *target;
    pid_t target_pgid;
    int target_rc; /* exit code, or 128 + signal as shells say it */
};

/* The payload's environment with the variables added. NULL where memory is short. */
char **epilogue_environment_make(const struct epilogue_facts *facts);

/*
 * Whether execve(2) will take that environment. Asked before the payload is run: a caller with very many
 * arguments, each of which comes again as a variable, must not get rid of the epilogue by them.
 */
bool epilogue_environment_fits(const struct epilogue_facts *facts);

#endif
