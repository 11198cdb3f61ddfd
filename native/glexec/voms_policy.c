#include "glexec/voms_policy.h"

#include <stdbool.h>
#include <stdio.h>

#include "glexec/exit_codes.h"
#include "glexec/log.h"
#include "glexec/mapping.h"
#include "glexec/voms_library.h"

int voms_choose_library(const struct config *config, char path[PATH_MAX]) {
    char why[TRUST_WHY_SIZE];
    bool wanted = config->voms == VOMS_REQUIRE || mapping_has_fqans(config);
    if (!wanted) {
        path[0] = 0;
        return 0;
    }
    if (config->voms == VOMS_IGNORE) {
        snprintf(why, sizeof why, "lcmaps_voms_verification = no");
    } else if (voms_library_find(path, why)) {
        return 0;
    } else if (config->voms == VOMS_REQUIRE) {
        return refuse(EXIT_INTERNAL, "lcmaps_voms_verification: yes needs the VOMS library: %s", why);
    }
    path[0] = 0;
    log_line(LOG_NOTICES, "gridmapfile: lines of VOMS attributes are skipped: %s", why);
    return 0;
}

int voms_judge(const struct config *config, const struct attributes *attributes) {
    if (attributes->code == 0) {
        return 0;
    }
    if (config->voms == VOMS_REQUIRE) {
        return refuse(attributes->code, "VOMS attributes: %s", attributes->why);
    }
    log_line(LOG_WARNINGS, "VOMS attributes are not used: %s", attributes->why);
    return 0;
}
