/*
 * The command: born in the job's namespaces, still with our rights. It gives them up by the plan's
 * steps, as the job's process did, and touches no path of the job before.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "enter.h"
#include "report.h"
#include "steps.h"

/* Where it has a terminal, that is its controlling one: the only one that TIOCSTI reaches. */
static int take_streams(const struct entry *entry) {
    if (setsid() < 0 || (entry->has_terminal && ioctl(entry->inside[0], TIOCSCTTY, 0) != 0)) {
        return -errno;
    }
    for (int fd = 0; fd < 3; fd++) {
        if (dup2(entry->inside[fd], fd) < 0) {
            return -errno;
        }
    }
    return 0;
}

static const char *path_of(char *const *environment) {
    for (; *environment != NULL; environment++) {
        if (strncmp(*environment, "PATH=", 5) == 0) {
            return *environment + 5;
        }
    }
    return "";
}

/* As execvp(3), but that a file which is no program is not given to a shell. Gives -errno. */
static int execute_along_path(char **argv, char **environment) {
    char file[PATH_MAX];
    int result = -ENOENT;
    const char *path = path_of(environment);
    while (*path != 0) {
        int length = (int)strcspn(path, ":");
        if (snprintf(file, sizeof file, "%.*s/%s", length, path, argv[0]) < (int)sizeof file) {
            execve(file, argv, environment);
            if (errno != ENOENT && errno != ENOTDIR) {
                result = -errno;
            }
        }
        path += length;
        path += *path == ':';
    }
    return result;
}

/* The exec step's path means nothing here: the name of the command is looked up inside. */
static int execute(struct init *init, const union plan_field *field) {
    char **argv = plan_strings(init->bytes, &field[EXEC_ARGV]);
    char **environment = plan_strings(init->bytes, &field[EXEC_ENVP]);
    if (strchr(argv[0], '/') == NULL) {
        return execute_along_path(argv, environment);
    }
    execve(argv[0], argv, environment);
    return -errno;
}

/* What the person's session had set; a new user namespace has the default already. */
static void reset_securebits(void) {
    if (prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) > 0) {
        prctl(PR_SET_SECUREBITS, 0, 0, 0, 0);
    }
}

void run_command(struct entry *entry) {
    struct init *init = &entry->init;
    struct plan_step step;
    uint32_t offset = init->plan.first;
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    init->pid = getppid();
    reset_securebits();
    int result = take_streams(entry);
    if (result != 0) {
        enter_failed(ENTER_STREAMS, -result);
        _exit(127);
    }
    for (uint32_t i = 0; i < init->plan.header->job_count; i++) {
        plan_next(&init->plan, &offset, &step);
        result = step.op == STEP_EXEC ? execute(init, step.field) : carry_out_step(init, &step);
        if (result != 0) {
            report_failure(PHASE_OF_JOB, i, -result);
            _exit(127);
        }
    }
    _exit(127);
}
