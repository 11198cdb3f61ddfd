/* What lcmaps_voms_verification makes of attributes of VOMS. */
#ifndef GLEXEC_VOMS_POLICY_H
#define GLEXEC_VOMS_POLICY_H

#include <limits.h>

#include "glexec/attributes.h"
#include "glexec/config.h"

/*
 * The library that attributes are to be verified with, in `path`; an empty path where they are not to be
 * read, which is logged if lines of the grid-mapfile are then skipped. Gives 0 or an exit code, logged.
 */
int voms_choose_library(const struct config *config, char path[PATH_MAX]);

/*
 * What attributes that do not verify mean: a refusal, or, with a warning, that they map nobody. Gives 0 or
 * an exit code, logged.
 */
int voms_judge(const struct config *config, const struct attributes *attributes);

#endif
