/*
 * eyrie-init: carries out a LaunchPlan, starts the job, and stays as its init (the first process of
 * its PID namespace) or, without one, as its subreaper. It is entered with execveat(2) on a
 * descriptor, with an empty environment and the descriptors that launch.h names. With the argument
 * `apart` it was started by gLExec: apart.h.
 *
 * Being a small program of its own, it shows the job nothing of the starter: no environment, no
 * memory, no open file. See src/job/plan.ts for what a plan means.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apart.h"
#include "birth.h"
#include "family.h"
#include "identity.h"
#include "init.h"
#include "kernel.h"
#include "map_plan.h"
#include "report.h"
#include "serve.h"
#include "settle.h"
#include "steps.h"

/* Fails as init: reports the stage and gives 0. */
static int failed(enum init_stage stage, int error) {
    report_failure(PHASE_OF_INIT, stage, error);
    return 0;
}

/* A name for ps, a session of its own so that no signal to the starter's group reaches it. */
static void become_init(struct init *init) {
    prctl(PR_SET_NAME, "eyrie-init", 0, 0, 0);
    setsid();
    init->umask = umask(0); /* modes in the plan are exact */
    init->pid = getpid();
}

/* Nothing that this process holds may pass an exec, but for what dup gives to the job. */
static void close_on_exec(const struct init *init) {
    int last = FD_HANDED + (int)init->plan.header->descriptor_count;
    for (int fd = FD_PLAN; fd < last; fd++) {
        fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
}

static int enter_cgroups(struct init *init) {
    int error = birth_prepare(init);
    return error == 0 ? 1 : failed(INIT_CGROUPS, error);
}

static int read_plan(struct init *init) {
    int result = map_plan(init);
    if (result != 0) {
        return failed(INIT_PLAN, -result);
    }
    init->namespaces = init->plan.header->namespaces;
    return 1;
}

/*
 * In a user namespace /proc/PID/uid_map can only be written while this process is dumpable: so
 * there it waits until after go. Until then it holds nothing but the job's own plan.
 */
static void hide(const struct init *init, int maps_are_written) {
    if (maps_are_written || !init_has_user_namespace(init)) {
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    }
}

/* SIGCHLD as a descriptor; everything else stays blocked, as it was across clone. */
static int set_up_signals(struct init *init) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    /* A starter that ignores SIGCHLD would have passed that on: then nobody could be waited for. */
    signal(SIGCHLD, SIG_DFL);
    /* By system call: the library's leaves signals 32 and 33 out, which end a process. */
    const uint64_t all = ~0ull;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof all);
    init->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return init->signals >= 0 ? 1 : failed(INIT_SIGNALS, errno);
}

static int open_proc(struct init *init) {
    init->proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    init->fd_directory = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return init->proc >= 0 && init->fd_directory >= 0 ? 1 : failed(INIT_PROC, errno);
}

/* True when the starter says go; false when it is gone, or gave the launch up. */
static int wait_for_go(struct init *init) {
    struct go_record go;
    ssize_t bytes;
    do {
        bytes = read(FD_GO, &go, sizeof go);
    } while (bytes < 0 && errno == EINTR);
    if (bytes != (ssize_t)sizeof go) {
        return 0;
    }
    if (go.group == PLAN_NONE || identity_add_group(&init->plan, go.group)) {
        return 1;
    }
    return failed(INIT_PLAN, EINVAL);
}

/*
 * The job's process, up to its exec. Whatever the plan says, it does not go on without init; a
 * change of ids clears the signal, and the plan's own step sets it again.
 */
static _Noreturn void run_job(struct init *init) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != init->pid) {
        _exit(127);
    }
    umask(init->umask);
    carry_out_job(init);
    _exit(127);
}

/* Reads the plan and comes to where it is carried out. Gives -1, or the exit status to end with. */
static int begin(struct init *init, int is_apart) {
    if (is_apart && !apart_receive()) {
        return 1;
    }
    if (!is_apart) {
        become_init(init);
    }
    if (!read_plan(init)) {
        return 1;
    }
    close_on_exec(init);
    int status = is_apart ? apart_divide(init) : -1;
    if (is_apart && status < 0) {
        become_init(init);
    }
    return status;
}

int main(int argc, char **argv) {
    static struct init init;
    int status = begin(&init, argc == 2 && strcmp(argv[1], "apart") == 0);
    if (status >= 0) {
        return status;
    }
    hide(&init, 0);
    if (!enter_cgroups(&init) || !set_up_signals(&init) || !open_proc(&init) || !wait_for_go(&init)) {
        return 1;
    }
    hide(&init, 1);
    if (!init_is_pid_1(&init)) {
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    }
    if (carry_out_setup(&init) != 0) {
        return 1;
    }
    init.job = birth(&init);
    if (init.job == 0) {
        run_job(&init);
    }
    if (init.job < 0) {
        failed(INIT_FORK, errno);
        return 1;
    }
    if (!settle(&init)) {
        family_end(&init);
        return 1;
    }
    return serve(&init);
}
