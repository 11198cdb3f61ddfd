#include "glexec/caller.h"

#include <grp.h>
#include <stdbool.h>
#include <stddef.h>

#include "glexec/exit_codes.h"
#include "glexec/log.h"
#include "glexec/white_list.h"

static bool has_listed_group(const struct config *config, const struct person *caller) {
    if (white_list_has(config->group_white_list, caller->group_name)) {
        return true;
    }
    for (int i = 0; *config->group_white_list != 0 && i < caller->group_count; i++) {
        const struct group *group = getgrgid(caller->groups[i]);
        if (group != NULL && white_list_has(config->group_white_list, group->gr_name)) {
            return true;
        }
    }
    return false;
}

int caller_check(const struct config *config, const struct person *caller) {
    if (white_list_has(config->user_white_list, caller->name) || has_listed_group(config, caller)) {
        return 0;
    }
    return refuse(EXIT_DENIED, "caller %s (uid %u) is in neither user_white_list nor group_white_list",
                  caller->name, (unsigned)caller->uid);
}
