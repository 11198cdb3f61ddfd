/*
 * What the job sees of cgroups. The namespace's root is the cgroup that the process is in when it makes
 * the namespace, so the job's own process does, and not eyrie-init, which may be in another.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "kernel.h"
#include "steps.h"
#include "walk.h"

int step_cgroup_namespace(struct init *init, const union plan_field *field) {
    (void)init, (void)field;
    return unshare(CLONE_NEWCGROUP) == 0 ? 0 : -errno;
}

/* Opens the hierarchy as a mount that is nowhere yet; gives its descriptor or -errno. */
static int open_hierarchy(uint32_t flags, const char *options) {
    int context = kernel_fsopen(options[0] == 0 ? "cgroup2" : "cgroup");
    if (context < 0) {
        return -errno;
    }
    char list[256];
    size_t length = strlen(options);
    if (length >= sizeof list) {
        close(context);
        return -EINVAL;
    }
    memcpy(list, options, length + 1);
    int failed = 0;
    char *rest = list;
    for (char *word; !failed && (word = strsep(&rest, ",")) != NULL;) {
        char *value = strchr(word, '=');
        if (value != NULL) {
            *value++ = 0;
        }
        failed = word[0] != 0 && kernel_fsconfig_set(context, word, value) != 0;
    }
    int mount = failed || kernel_fsconfig_create(context) != 0
                    ? -1
                    : kernel_fsmount(context, flags);
    int error = errno;
    close(context);
    return mount < 0 ? -error : mount;
}

int step_cgroup_files(struct init *init, const union plan_field *field) {
    (void)init;
    int target = walk_open(WALK_FROM_ROOT, field[FILESYSTEM_TARGET].text, O_PATH, 0);
    if (target < 0) {
        return target;
    }
    int mount =
        open_hierarchy(field[FILESYSTEM_FLAGS].number, field[FILESYSTEM_OPTIONS].text);
    int result = mount < 0 ? mount : 0;
    if (mount >= 0) {
        result = kernel_move_mount(mount, target) == 0 ? 0 : -errno;
        close(mount);
    }
    close(target);
    return result;
}
