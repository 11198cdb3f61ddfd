/* Freezing and killing what is in a family's cgroup. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "cgroup.h"

/* How long a cgroup may take to freeze before it is killed as it is, in milliseconds. */
#define FREEZE_PATIENCE 100

int cgroup_freeze(const struct family *family, int freeze) {
    const struct cgroup *cgroup = family->cgroup;
    if (cgroup->directories[HIERARCHY_V2] >= 0 &&
        cgroup_write(cgroup->directories[HIERARCHY_V2], "cgroup.freeze", freeze ? "1" : "0") == 0) {
        return 0;
    }
    if (cgroup->directories[HIERARCHY_FREEZER] < 0) {
        return -EOPNOTSUPP;
    }
    return cgroup_write(cgroup->directories[HIERARCHY_FREEZER], "freezer.state",
                        freeze ? "FROZEN" : "THAWED");
}

/* Version 2 calls a cgroup frozen only when somebody is in it. */
int cgroup_is_frozen(const struct family *family) {
    char text[256];
    const struct cgroup *cgroup = family->cgroup;
    if (cgroup->directories[HIERARCHY_V2] >= 0 &&
        cgroup_read(cgroup->directories[HIERARCHY_V2], "cgroup.events", text, sizeof text) > 0 &&
        (strstr(text, "frozen 1") != NULL || strstr(text, "populated 0") != NULL)) {
        return 1;
    }
    return cgroup->directories[HIERARCHY_FREEZER] >= 0 &&
           cgroup_read(cgroup->directories[HIERARCHY_FREEZER], "freezer.state", text,
                       sizeof text) > 0 &&
           strncmp(text, "FROZEN", strlen("FROZEN")) == 0;
}

static void kill_one(int pid, void *context) {
    int *killed = context;
    *killed += kill(pid, SIGKILL) == 0;
}

/* Frozen processes can neither fork nor end, so their numbers are theirs. */
static int kill_frozen(const struct family *family) {
    const struct timespec pause = {.tv_nsec = 1000000};
    int killed = 0;
    int result = cgroup_freeze(family, 1);
    for (int i = 0; result == 0 && i < FREEZE_PATIENCE && !cgroup_is_frozen(family); i++) {
        nanosleep(&pause, NULL);
    }
    if (result != 0) {
        return result;
    }
    cgroup_each(family, kill_one, &killed);
    cgroup_freeze(family, 0);
    return killed;
}

/* cgroup.kill is there since Linux 5.14. */
int cgroup_kill(const struct family *family) {
    const struct cgroup *cgroup = family->cgroup;
    if (cgroup->main == HIERARCHY_V2 &&
        cgroup_write(cgroup->directories[HIERARCHY_V2], "cgroup.kill", "1") == 0) {
        return 0;
    }
    return kill_frozen(family);
}
