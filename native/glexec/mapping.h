/* From a subject, or a role, to a local account. */
#ifndef GLEXEC_MAPPING_H
#define GLEXEC_MAPPING_H

#include "glexec/attributes.h"
#include "glexec/config.h"
#include "glexec/person.h"

/* Whom a verified proxy is of. */
struct identity {
    const char *subject;
    const struct attributes *attributes; /* verified; of VOMS */
    /* What decided: one of `attributes`, or NULL for the subject. Set by map_identity(). */
    const char *fqan;
};

/*
 * Whether the grid-mapfile has lines about FQANs. False also where it cannot be read: map_identity() will
 * then refuse.
 */
bool mapping_has_fqans(const struct config *config);

/*
 * Maps by the grid-mapfile, and where it names a pool by the gridmapdir: by the first of the FQANs that a
 * line covers, else by the subject. The account must
 * exist, be neither root's nor below the configured ids, nor, unless the configuration allows it, the
 * caller's own. Gives 0 or an exit code, logged: EXIT_DENIED for the subject, EXIT_INTERNAL for files.
 */
int map_identity(const struct config *config, struct identity *identity,
                 const struct person *caller, struct person *target);

#endif
