/*
 * The relay: see enter.h. Arguments: the pid of the job's eyrie-init, "terminal" or "pipes", the
 * number of cgroups, and "-" or the ids of the job's starter.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "enter.h"
#include "kernel.h"
#include "map_plan.h"
#include "report.h"

int enter_failed(enum enter_stage stage, int error) {
    report_failure(PHASE_OF_INIT, stage, error);
    return -1;
}

static int read_arguments(struct entry *entry, int argc, char **argv) {
    if (argc != 5) {
        return enter_failed(ENTER_ARGUMENTS, EINVAL);
    }
    entry->target = atoi(argv[1]);
    entry->has_terminal = strcmp(argv[2], "terminal") == 0;
    entry->cgroup_count = atoi(argv[3]);
    entry->user = argv[4];
    return entry->target > 0 ? 0 : enter_failed(ENTER_ARGUMENTS, EINVAL);
}

static void close_on_exec(const struct entry *entry) {
    for (int fd = FD_PLAN; fd < FD_CGROUPS + entry->cgroup_count; fd++) {
        fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
}

/*
 * FD_TARGET is of one process for good, whatever its pid means later. While it can be read its pid
 * is still taken, so that the pidfd which was opened before is of the same process.
 */
static int open_target(struct entry *entry) {
    char text[16];
    entry->target_end = kernel_pidfd_open(entry->target);
    if (entry->target_end < 0) {
        return enter_failed(ENTER_TARGET, errno);
    }
    int fd = openat(FD_TARGET, "stat", O_RDONLY | O_CLOEXEC);
    ssize_t bytes = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (bytes <= 0) {
        return enter_failed(ENTER_GONE, ESRCH);
    }
    close(fd);
    text[bytes] = 0;
    return atoi(text) == entry->target ? 0 : enter_failed(ENTER_GONE, ESRCH);
}

/* All signals are blocked; those that matter come by a descriptor. Gives it, or -errno. */
static int open_signals(void) {
    static const int wanted[] = {SIGCHLD, SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGWINCH};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        sigaddset(&set, wanted[i]);
    }
    signal(SIGCHLD, SIG_DFL);
    const uint64_t all = ~0ull;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof all);
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

int main(int argc, char **argv) {
    static struct entry entry;
    prctl(PR_SET_NAME, "eyrie-enter", 0, 0, 0);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    /* SIGTERM and not SIGKILL: the terminal has to be given back. */
    prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
    int signals = open_signals();
    if (signals < 0 || read_arguments(&entry, argc, argv) != 0) {
        return 1;
    }
    close_on_exec(&entry);
    int mapped = map_plan(&entry.init);
    if (mapped != 0) {
        enter_failed(ENTER_PLAN, -mapped);
        return 1;
    }
    if (open_target(&entry) != 0 || open_streams(&entry) != 0) {
        return 1;
    }
    terminal_take(&entry);
    pid_t own = getpid();
    pid_t child = fork();
    if (child == 0) {
        close(signals);
        guard(&entry, own);
    }
    if (child < 0) {
        terminal_give_back();
        enter_failed(ENTER_FORK, errno);
        return 1;
    }
    close_inside(&entry);
    close(FD_TARGET);
    relay(&entry, child, signals);
    terminal_give_back();
    return 0;
}
