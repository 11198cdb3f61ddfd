/*
 * The guard: makes the entrant, and watches over the command until nothing of it is left that is
 * not the job's own. See enter.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "descriptors.h"
#include "enter.h"
#include "family.h"
#include "kernel.h"
#include "reap.h"

/* Milliseconds: the end of a PID namespace kills the command before the job's init has ended. */
#define JOB_END_MS 500

/* Nothing of the person's: a session of its own, and none of the descriptors. */
static void part_from_relay(const struct entry *entry, pid_t relay) {
    setsid();
    close_descriptors(FD_OUTSIDE, FD_OUTSIDE + 2);
    for (int i = 0; i < (entry->has_terminal ? 1 : 3); i++) {
        close(entry->outside[i]);
    }
    if (prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) != 0 || getppid() != relay) {
        _exit(1);
    }
}

static int open_guard_signals(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGTERM);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Forks the entrant. Gives the command's pid; -1: there is none, and the entrant said why. */
static pid_t make_command(struct entry *entry) {
    int born[2];
    pid_t command = -1;
    if (pipe2(born, O_CLOEXEC) != 0) {
        return enter_failed(ENTER_PIPES, errno);
    }
    pid_t entrant = fork();
    if (entrant < 0) {
        return enter_failed(ENTER_FORK, errno);
    }
    if (entrant == 0) {
        close(born[0]);
        join_job(entry, born[1]);
    }
    close(born[1]);
    while (read(born[0], &command, sizeof command) < 0 && errno == EINTR) {
    }
    close(born[0]);
    waitpid(entrant, NULL, 0);
    return command;
}

/* Only the command's side of the report and of the streams may be left open. */
static void keep_little(const struct entry *entry) {
    close_inside(entry);
    close_descriptors(FD_CGROUPS, (unsigned)(FD_CGROUPS + entry->cgroup_count - 1));
    close(FD_PLAN);
    int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (proc >= 0) {
        dup3(proc, FD_PROC, O_CLOEXEC);
        close(proc);
    }
}

static int has_ended(int pidfd, int milliseconds) {
    struct pollfd end = {.fd = pidfd, .events = POLLIN};
    return poll(&end, 1, milliseconds) > 0;
}

/* True when SIGTERM came: the relay wants an end, or is gone. */
static int drain_signals(int signals) {
    struct signalfd_siginfo info;
    int wanted = 0;
    while (read(signals, &info, sizeof info) > 0) {
        wanted |= info.ssi_signo == SIGTERM;
    }
    return wanted;
}

/*
 * Waits for the end of the command or of the job. True: the relay wants an end, or is gone. A command
 * that a process of the job traces ends like any other; that it is not given to us is family_end's.
 */
static int watch(struct entry *entry, int signals) {
    int command_end = kernel_pidfd_open(entry->init.job);
    struct pollfd sources[] = {{.fd = signals, .events = POLLIN},
                               {.fd = entry->target_end, .events = POLLIN},
                               {.fd = command_end, .events = POLLIN}};
    for (;;) {
        while (reap(&entry->init) == REAP_MORE) {
        }
        if (entry->init.job == 0) {
            return 0;
        }
        if (poll(sources, sizeof sources / sizeof *sources, -1) < 0) {
            continue;
        }
        if (sources[0].revents != 0 && drain_signals(signals)) {
            return 1;
        }
        if (sources[1].revents != 0 || sources[2].revents != 0) {
            return 0;
        }
    }
}

static void report_end(const struct entry *entry, int was_wanted) {
    int status = entry->init.job_status;
    int was_killed = !was_wanted && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    int with_job = was_killed && has_ended(entry->target_end, JOB_END_MS);
    struct launch_record record = {
        .kind = ENTER_ENDED,
        .index = with_job ? ENDED_WITH_JOB : ENDED_BY_ITSELF,
        .number = status,
    };
    ssize_t written = write(FD_LAUNCH, &record, sizeof record);
    (void)written;
}

void guard(struct entry *entry, pid_t relay) {
    struct init *init = &entry->init;
    part_from_relay(entry, relay);
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    int signals = open_guard_signals();
    init->pid = getpid();
    init->job = make_command(entry);
    if (init->job <= 0) {
        _exit(1);
    }
    keep_little(entry);
    int was_wanted = watch(entry, signals);
    /* Without a PID namespace what it left behind is ours; with one it is the job's. */
    family_end(init);
    report_end(entry, was_wanted);
    _exit(0);
}
