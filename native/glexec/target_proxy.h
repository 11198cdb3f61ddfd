/* The payload's own copy of a proxy. */
#ifndef GLEXEC_TARGET_PROXY_H
#define GLEXEC_TARGET_PROXY_H

#include "glexec/config.h"
#include "glexec/person.h"
#include "glexec/proxy_file.h"

/*
 * Copies GLEXEC_SOURCE_PROXY, or where that is not set `client`, to GLEXEC_TARGET_PROXY, or to
 * /tmp/x509up_u<uid>.glexec.<pid>, with the target's effective ids: into a directory that is the
 * target's and not everybody's to write, or root's and sticky; over nothing but a file of the
 * target's. "/dev/null" as target discards it. Gives 0 and in *path where it is, NULL for nowhere;
 * or an exit code, logged.
 */
int target_proxy_make(const struct config *config, char *const *environment,
                      const struct proxy_file *client, const struct person *caller,
                      const struct person *target, const char **path);

#endif
