/* The administrator's program that runs, as root or whom he names, when the payload has ended. */
#ifndef GLEXEC_EPILOGUE_H
#define GLEXEC_EPILOGUE_H

#include <sys/types.h>

#include "glexec/config.h"
#include "glexec/epilogue_environment.h"

struct epilogue {
    const char *path;
    long timeout; /* seconds */
    uid_t uid;
    gid_t gid;
    bool has_group;
    bool pedantic;
};

/*
 * Takes what the configuration says, and looks at the path. Before the payload is run: what cannot be
 * cleaned up after is not begun. Gives 0 or EXIT_INTERNAL, logged.
 */
int epilogue_prepare(const struct config *config, struct epilogue *epilogue);

/*
 * Runs it, all of its streams on /dev/null, and gives 0, EXIT_INTERNAL where it failed in whatever way,
 * or EXIT_PAYLOAD_RESERVED where it exited with 201 to 204. After its time it gets SIGTERM, and 10 s
 * later what is left of its process group SIGKILL.
 */
int epilogue_run(const struct epilogue *epilogue, const struct epilogue_facts *facts);

#endif
