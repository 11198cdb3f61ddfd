#include "glexec/startup.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "descriptors.h"
#include "kernel.h"

#define MEBIBYTE (1024ul * 1024)

/*
 * A limit of the caller's must not keep the epilogue from running, nor a line from the log. `least` is
 * what will do, where a container has no CAP_SYS_RESOURCE and nothing can be raised.
 */
static struct {
    int resource;
    rlim_t ours;
    rlim_t least;
    struct rlimit callers;
} limits[] = {
    {RLIMIT_CORE, 0, 0, {0, 0}},
    {RLIMIT_CPU, RLIM_INFINITY, 3600, {0, 0}},
    {RLIMIT_FSIZE, RLIM_INFINITY, 1024 * MEBIBYTE, {0, 0}},
    {RLIMIT_AS, RLIM_INFINITY, 1024 * MEBIBYTE, {0, 0}},
    {RLIMIT_DATA, RLIM_INFINITY, 1024 * MEBIBYTE, {0, 0}},
    {RLIMIT_NOFILE, 256, 256, {0, 0}},
    /* A quarter of it bounds arguments and environment of what is executed: execve(2). */
    {RLIMIT_STACK, 8 * MEBIBYTE, 8 * MEBIBYTE, {0, 0}},
    {RLIMIT_NPROC, RLIM_INFINITY, 0, {0, 0}},
    {RLIMIT_SIGPENDING, 4096, 64, {0, 0}},
};
#define LIMIT_COUNT (sizeof limits / sizeof *limits)

static int raise_limits(void) {
    for (size_t i = 0; i < LIMIT_COUNT; i++) {
        const __rlimit_resource_t resource = (__rlimit_resource_t)limits[i].resource;
        if (getrlimit(resource, &limits[i].callers) != 0) {
            return -1;
        }
        const rlim_t most = limits[i].callers.rlim_max;
        /* What is lowered could not always be given back: the payload gets the caller's. */
        const struct rlimit ours = {limits[i].ours, limits[i].ours > most ? limits[i].ours : most};
        const struct rlimit possible = {most, most};
        if (setrlimit(resource, &ours) != 0 &&
            (most < limits[i].least || setrlimit(resource, &possible) != 0)) {
            return -1;
        }
    }
    return 0;
}

void startup_restore_limits(void) {
    for (size_t i = 0; i < LIMIT_COUNT; i++) {
        setrlimit((__rlimit_resource_t)limits[i].resource, &limits[i].callers);
    }
}

static void reset_signals(void) {
    /* By system call: the library keeps signals 32 and 33 for itself, and a caller may ignore them. */
    const unsigned long default_action[8] = {0};
    const uint64_t none = 0;
    for (int number = 1; number <= KERNEL_SIGNALS; number++) {
        syscall(SYS_rt_sigaction, number, default_action, NULL, sizeof none);
    }
    /* A reader that is gone must not end us in the middle of the work. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none);
    /* Timers survive execve(2): SIGALRM would end us before the epilogue. */
    const struct itimerval off = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &off, NULL);
    setitimer(ITIMER_VIRTUAL, &off, NULL);
    setitimer(ITIMER_PROF, &off, NULL);
    prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
}

static int open_standard_streams(void) {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd) {
            return -1;
        }
    }
    return 0;
}

char **startup_disarm(void) {
    static char *nothing[] = {NULL};
    char **callers = environ;
    environ = nothing;
    close_descriptors(STDERR_FILENO + 1, UINT_MAX);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    reset_signals();
    umask(022);
    return open_standard_streams() == 0 && raise_limits() == 0 ? callers : NULL;
}
