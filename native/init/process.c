/* Steps that the job's process takes on itself, in the end exec. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "identity.h"
#include "kernel.h"
#include "steps.h"
#include "walk.h"


/* keyctl(2), linux/keyctl.h */
#define GET_KEYRING_ID 0
#define JOIN_SESSION_KEYRING 1
#define SESSION_KEYRING -3

static int result_of(long returned) {
    return returned < 0 ? -errno : 0;
}

int step_setsid(struct init *init, const union plan_field *field) {
    (void)init, (void)field;
    return result_of(setsid());
}

int step_session_keyring(struct init *init, const union plan_field *field) {
    (void)init, (void)field;
    if (syscall(SYS_keyctl, JOIN_SESSION_KEYRING, NULL, 0, 0, 0) >= 0) {
        return 0;
    }
    int error = errno;
    /*
     * A kernel without keyrings has none to share. Container engines forbid the whole call by a
     * filter, which the job inherits: then the starter's keys are as far from it.
     */
    if (error == EPERM && syscall(SYS_keyctl, GET_KEYRING_ID, SESSION_KEYRING, 0, 0, 0) < 0) {
        error = errno == EPERM ? ENOSYS : error;
    }
    return error == ENOSYS ? 0 : -error;
}

int step_chroot(struct init *init, const union plan_field *field) {
    (void)init;
    int root = walk_open(WALK_FROM_ROOT, field->text, O_PATH | O_DIRECTORY, 0);
    if (root < 0) {
        return root;
    }
    int result = fchdir(root) != 0 || chroot(".") != 0 ? -errno : 0;
    close(root);
    return result;
}

int step_chdir(struct init *init, const union plan_field *field) {
    struct identity own;
    int result = identity_borrow(&init->plan, &own);
    if (result != 0) {
        return result;
    }
    result = result_of(chdir(field[CHDIR_PATH].text));
    if ((result == -ENOENT || result == -ENOTDIR) && field[CHDIR_FALLBACK].text[0] != 0) {
        result = result_of(chdir(field[CHDIR_FALLBACK].text));
    }
    int returned = identity_return(&own);
    return returned != 0 ? returned : result;
}

int step_rlimit(struct init *init, const union plan_field *field) {
    (void)init;
    /* The system call takes 64 bits everywhere, and all ones for no limit, as the plan does. */
    const uint64_t limit[2] = {field[RLIMIT_SOFT].limit, field[RLIMIT_HARD].limit};
    return result_of(syscall(SYS_prlimit64, 0, field[RLIMIT_RESOURCE].number, limit, NULL));
}

int step_nice(struct init *init, const union plan_field *field) {
    (void)init;
    errno = 0;
    int nice = getpriority(PRIO_PROCESS, 0);
    if (nice == -1 && errno != 0) {
        return -errno;
    }
    return result_of(setpriority(PRIO_PROCESS, 0, nice + (int)field->number));
}

int step_umask(struct init *init, const union plan_field *field) {
    (void)init;
    umask(field->number);
    return 0;
}

int step_affinity(struct init *init, const union plan_field *field) {
    (void)init;
    return result_of(syscall(SYS_sched_setaffinity, 0, field->cpus.count * sizeof(uint32_t),
                             field->cpus.words));
}

int step_drop_bounding_set(struct init *init, const union plan_field *field) {
    (void)init, (void)field;
    return capabilities_drop_bounding();
}

int step_ids(struct init *init, const union plan_field *field) {
    (void)field;
    return identity_take(&init->plan);
}

int step_drop_capabilities(struct init *init, const union plan_field *field) {
    (void)init, (void)field;
    return capabilities_keep(0);
}

int step_no_new_privs(struct init *init, const union plan_field *field) {
    (void)init, (void)field;
    return result_of(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

int step_parent_death_signal(struct init *init, const union plan_field *field) {
    (void)field;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) {
        return -errno;
    }
    /* Where init died just before, the signal will never come. */
    return getppid() == init->pid ? 0 : -ESRCH;
}

int step_default_signals(struct init *init, const union plan_field *field) {
    (void)init, (void)field;
    /* By system call: the library's sigaction keeps signals 32 and 33 for itself. */
    const unsigned long default_action[8] = {0};
    const uint64_t nothing = 0;
    for (int signal = 1; signal <= KERNEL_SIGNALS; signal++) {
        if (syscall(SYS_rt_sigaction, signal, default_action, NULL, sizeof nothing) != 0 &&
            signal != SIGKILL && signal != SIGSTOP) {
            return -errno;
        }
    }
    return result_of(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &nothing, NULL, sizeof nothing));
}

int step_exec(struct init *init, const union plan_field *field) {
    char **argv = plan_strings(init->bytes, &field[EXEC_ARGV]);
    char **envp = plan_strings(init->bytes, &field[EXEC_ENVP]);
    execve(field[EXEC_PATH].text, argv, envp);
    return -errno;
}
