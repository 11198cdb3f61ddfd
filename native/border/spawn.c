#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "capabilities.h"
#include "clone.h"
#include "descriptors.h"
#include "kernel.h"

/* What the child needs to know of its parent, beside the spawn. */
struct birth {
    struct spawn *spawn;
    pid_t parent;
};

/* Remembers in the shared memory why the child fails; gives its exit status. */
static int child_failed(struct spawn *spawn, enum launch_call call, int error) {
    spawn->call = call;
    spawn->error = error;
    return 127;
}

/* 0, 1 and 2 are never free: what is opened next must not become a standard stream. */
static int open_null(void) {
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0) {
        return -errno;
    }
    for (int fd = 0; fd <= 2; fd++) {
        if (null == fd ? fcntl(fd, F_SETFD, 0) < 0 : dup3(null, fd, 0) < 0) {
            return -errno;
        }
    }
    if (null > 2) {
        close(null);
    }
    return 0;
}

/* The child's descriptors on their way: the program is the last of `moved`. */
struct arrangement {
    int end; /* the program's number; all before are the spawn's */
    int moved[SPAWN_DESCRIPTORS_MAX + 1];
    int output;
};

/* Copies all above every number that one of them is to have. */
static int move_up(const struct spawn *spawn, struct arrangement *all) {
    int above = all->end + 1;
    for (int i = 0; i <= spawn->descriptor_count; i++) {
        int fd = i < spawn->descriptor_count ? spawn->descriptors[i] : spawn->program;
        all->moved[i] = fcntl(fd, F_DUPFD_CLOEXEC, above);
        if (all->moved[i] < 0) {
            return -errno;
        }
    }
    all->output = spawn->output < 0 ? -1 : fcntl(spawn->output, F_DUPFD_CLOEXEC, above);
    return spawn->output >= 0 && all->output < 0 ? -errno : 0;
}

/* Puts each at its number. They lose close-on-exec; the program keeps it. */
static int put_down(const struct spawn *spawn, const struct arrangement *all) {
    for (int i = 0; i <= spawn->descriptor_count; i++) {
        int flags = i < spawn->descriptor_count ? 0 : O_CLOEXEC;
        if (dup3(all->moved[i], spawn->first + i, flags) < 0) {
            return -errno;
        }
    }
    if (all->output >= 0 && dup3(all->output, STDOUT_FILENO, 0) < 0) {
        return -errno;
    }
    close_descriptors((unsigned)all->end + 1, ~0u);
    return 0;
}

/*
 * Gives the child its descriptors and no others. A source may have the number that another one
 * needs, or be a standard stream, so all are moved out of the way before anything is closed or
 * covered.
 */
static int arrange(struct spawn *spawn) {
    struct arrangement all = {.end = spawn->first + spawn->descriptor_count};
    int result = move_up(spawn, &all);
    if (result != 0) {
        return child_failed(spawn, CALL_DESCRIPTORS, -result);
    }
    if ((result = open_null()) != 0) {
        return child_failed(spawn, CALL_NULL_DEVICE, -result);
    }
    if ((result = put_down(spawn, &all)) != 0) {
        return child_failed(spawn, CALL_DESCRIPTORS, -result);
    }
    return 0;
}

/*
 * The child, up to its exec. It shares the memory of a process with other threads: only system
 * calls, no locks, and nothing that changes what belongs to the memory (a change of user ids
 * would change who may trace the starter).
 */
static int run_child(void *argument) {
    struct birth *birth = argument;
    struct spawn *spawn = birth->spawn;
    char *const environment[] = {NULL};
    int result = 0;
    if (spawn->dies_with_parent) {
        if (!spawn->keeps_group) {
            setpgid(0, 0);
        }
        if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != birth->parent) {
            return child_failed(spawn, CALL_PARENT, ESRCH);
        }
    }
    if ((spawn->namespaces & CLONE_NEWUSER) != 0 && (result = capabilities_raise_ambient()) != 0) {
        /* Our uid is not mapped yet: without this the exec would take the new capabilities away. */
        return child_failed(spawn, CALL_CAPABILITIES, -result);
    }
    if ((result = arrange(spawn)) != 0) {
        return result;
    }
    syscall(SYS_execveat, spawn->first + spawn->descriptor_count, "", spawn->argv, environment,
            AT_EMPTY_PATH);
    return child_failed(spawn, CALL_EXEC, errno);
}

/* A starter that ignores SIGCHLD could not wait for its children. */
static void heed_children(void) {
    struct sigaction action;
    if (sigaction(SIGCHLD, NULL, &action) == 0 && action.sa_handler == SIG_IGN) {
        signal(SIGCHLD, SIG_DFL);
    }
}

static pid_t spawn_failed(struct spawn *spawn, enum launch_call call, int error) {
    spawn->call = call;
    spawn->error = error;
    return -error;
}

pid_t spawn_child(struct spawn *spawn, int *pidfd) {
    struct birth birth = {.spawn = spawn, .parent = getpid()};
    heed_children();
    spawn->error = 0;
    pid_t pid = clone_child(spawn->namespaces, spawn->cgroup, run_child, &birth, pidfd);
    if (pid < 0) {
        return spawn_failed(spawn, CALL_CLONE, -pid);
    }
    if (spawn->error != 0) {
        if (*pidfd >= 0) {
            close(*pidfd);
        }
        waitpid(pid, NULL, 0);
        return -spawn->error;
    }
    if (*pidfd < 0 && (*pidfd = kernel_pidfd_open(pid)) < 0) { /* before Linux 5.2 */
        int error = errno;
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        return spawn_failed(spawn, CALL_PIDFD, error);
    }
    return pid;
}
