/* The entrant: from the host into the job. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "descriptors.h"
#include "enter.h"
#include "kernel.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

/*
 * In the order of joining. The user namespace gives the rights that the others take; the mount
 * namespace comes last, for from there on paths are the job's.
 */
static const struct {
    const char *name;
    const char *own; /* what our next child would be in */
    int type;
    enum enter_stage stage;
} namespaces[] = {
    {"ns/user", "/proc/self/ns/user", CLONE_NEWUSER, ENTER_USER_NAMESPACE},
    {"ns/cgroup", "/proc/self/ns/cgroup", CLONE_NEWCGROUP, ENTER_CGROUP_NAMESPACE},
    {"ns/ipc", "/proc/self/ns/ipc", CLONE_NEWIPC, ENTER_IPC_NAMESPACE},
    {"ns/uts", "/proc/self/ns/uts", CLONE_NEWUTS, ENTER_UTS_NAMESPACE},
    {"ns/net", "/proc/self/ns/net", CLONE_NEWNET, ENTER_NET_NAMESPACE},
    {"ns/pid", "/proc/self/ns/pid_for_children", CLONE_NEWPID, ENTER_PID_NAMESPACE},
    {"ns/time", "/proc/self/ns/time_for_children", CLONE_NEWTIME, ENTER_TIME_NAMESPACE},
    {"ns/mnt", "/proc/self/ns/mnt", CLONE_NEWNS, ENTER_MOUNT_NAMESPACE},
};
#define NAMESPACES (sizeof namespaces / sizeof *namespaces)

static _Noreturn void fail(enum enter_stage stage, int error) {
    enter_failed(stage, error);
    _exit(1);
}

/* A change of ids or of the user namespace can make a process traceable. */
static void stay_undumpable(void) {
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static int is_own(int fd, const char *own) {
    struct stat theirs;
    struct stat ours;
    return fstat(fd, &theirs) == 0 && stat(own, &ours) == 0 && theirs.st_dev == ours.st_dev &&
           theirs.st_ino == ours.st_ino;
}

/*
 * Opens all namespaces that are not ours; -1 for the others and for what the kernel lacks. A job that
 * has none of its own is its starter's user, who may not ask eyrie-init for them, and need not.
 */
static void open_namespaces(const struct entry *entry, int fds[NAMESPACES]) {
    int has_own = entry->init.plan.header->namespaces != 0;
    for (size_t i = 0; i < NAMESPACES; i++) {
        fds[i] = has_own ? openat(FD_TARGET, namespaces[i].name, O_RDONLY | O_CLOEXEC) : -1;
        if (has_own && fds[i] < 0 && errno != ENOENT) {
            fail(errno == ESRCH ? ENTER_GONE : namespaces[i].stage, errno);
        }
        if (fds[i] >= 0 && is_own(fds[i], namespaces[i].own)) {
            close(fds[i]);
            fds[i] = -1;
        }
    }
}

static void join_cgroups(const struct entry *entry) {
    for (int i = 0; i < entry->cgroup_count; i++) {
        if (write(FD_CGROUPS + i, "0", 1) != 1) {
            fail(ENTER_CGROUP, errno);
        }
    }
}

static void join_namespaces(const int fds[NAMESPACES]) {
    for (size_t i = 0; i < NAMESPACES; i++) {
        if (fds[i] < 0) {
            continue;
        }
        if (setns(fds[i], namespaces[i].type) != 0) {
            fail(namespaces[i].stage, errno);
        }
        stay_undumpable();
        close(fds[i]);
    }
}

/* What was opened by the pid is of the job only if the job is still there. */
static void be_sure_of_target(const struct entry *entry) {
    struct pollfd end = {.fd = entry->target_end, .events = POLLIN};
    if (poll(&end, 1, 0) != 0) {
        fail(ENTER_GONE, ESRCH);
    }
}

/* A child of the guard, not ours: we end. */
static pid_t fork_for_guard(void) {
    return (pid_t)syscall(SYS_clone, (unsigned long)(CLONE_PARENT | SIGCHLD), 0ul, 0ul, 0ul, 0ul);
}

void join_job(struct entry *entry, int born) {
    int fds[NAMESPACES];
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != entry->init.pid) {
        _exit(1);
    }
    open_namespaces(entry, fds);
    join_cgroups(entry);
    resemble(entry);
    be_sure_of_target(entry);
    int result = become_user(entry->user);
    stay_undumpable();
    if (result != 0) {
        fail(ENTER_USER, -result);
    }
    join_namespaces(fds);
    be_sure_of_target(entry);
    pid_t command = fork_for_guard();
    if (command == 0) {
        close(born);
        run_command(entry);
    }
    if (command < 0) {
        fail(ENTER_FORK, errno);
    }
    ssize_t written = write(born, &command, sizeof command);
    _exit(written == (ssize_t)sizeof command ? 0 : 1);
}
