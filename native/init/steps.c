#include "steps.h"

#include <errno.h>
#include <unistd.h>

#include "report.h"
#include "walk.h"

typedef int step_function(struct init *init, const union plan_field *field);

static step_function *const functions[STEP_LIMIT] = {
    [STEP_PIN] = step_pin,
    [STEP_INHERIT] = step_inherit,
    [STEP_OPEN] = step_open,
    [STEP_DUP] = step_dup,
    [STEP_CLOSE_FROM] = step_close_from,
    [STEP_PROPAGATION] = step_propagation,
    [STEP_TMPFS] = step_tmpfs,
    [STEP_PROC] = step_proc,
    [STEP_BIND] = step_bind,
    [STEP_REMOUNT] = step_remount,
    [STEP_MKDIR] = step_mkdir,
    [STEP_TOUCH] = step_touch,
    [STEP_SYMLINK] = step_symlink,
    [STEP_SETSID] = step_setsid,
    [STEP_SESSION_KEYRING] = step_session_keyring,
    [STEP_CHROOT] = step_chroot,
    [STEP_CHDIR] = step_chdir,
    [STEP_RLIMIT] = step_rlimit,
    [STEP_NICE] = step_nice,
    [STEP_UMASK] = step_umask,
    [STEP_AFFINITY] = step_affinity,
    [STEP_DROP_BOUNDING_SET] = step_drop_bounding_set,
    [STEP_IDS] = step_ids,
    [STEP_DROP_CAPABILITIES] = step_drop_capabilities,
    [STEP_NO_NEW_PRIVS] = step_no_new_privs,
    [STEP_PARENT_DEATH_SIGNAL] = step_parent_death_signal,
    [STEP_DEFAULT_SIGNALS] = step_default_signals,
    [STEP_EXEC] = step_exec,
    [STEP_CGROUP_NAMESPACE] = step_cgroup_namespace,
    [STEP_CGROUP_FILES] = step_cgroup_files,
};

int base_of(const struct init *init, const union plan_field *field) {
    return field->number == PLAN_NONE ? WALK_FROM_ROOT : init->slot[field->number];
}

int fill_slot(struct init *init, const union plan_field *field, int fd) {
    if (fd < 0) {
        return fd;
    }
    int *slot = &init->slot[field->number];
    if (*slot > 0) { /* 0 is an empty slot: descriptors of a launch begin above the standard ones */
        close(*slot);
    }
    *slot = fd;
    return 0;
}

int carry_out_step(struct init *init, const struct plan_step *step) {
    return functions[step->op](init, step->field);
}

/* Carries out `count` steps from *offset on; stops at the first that fails, and reports it. */
static int carry_out(struct init *init, uint32_t *offset, uint32_t count, uint32_t phase) {
    struct plan_step step;
    for (uint32_t i = 0; i < count; i++) {
        plan_next(&init->plan, offset, &step);
        int result = carry_out_step(init, &step);
        if (result != 0) {
            report_failure(phase, i, -result);
            return result;
        }
    }
    return 0;
}

int carry_out_setup(struct init *init) {
    uint32_t offset = init->plan.first;
    /* Mounts name their places as "N" below the host's /proc/self/fd: see mounts.c. */
    if (fchdir(init->fd_directory) != 0) {
        int error = errno;
        report_failure(PHASE_OF_INIT, INIT_PROC, error);
        return -error;
    }
    int result = carry_out(init, &offset, init->plan.header->setup_count, PHASE_OF_SETUP);
    init->job_steps = offset;
    if (result == 0 && chdir("/") != 0) {
        int error = errno;
        report_failure(PHASE_OF_INIT, INIT_PROC, error);
        return -error;
    }
    return result;
}

int carry_out_job(struct init *init) {
    uint32_t offset = init->job_steps;
    return carry_out(init, &offset, init->plan.header->job_count, PHASE_OF_JOB);
}
