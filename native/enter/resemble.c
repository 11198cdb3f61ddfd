/*
 * What the job's processes inherited of their starter, beside what the plan sets: limits, priority,
 * CPUs, oom_score_adj. A caller who may not have as much keeps less.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include "enter.h"
#include "kernel.h"

static uint64_t lesser(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

static void resemble_limit(pid_t target, int resource) {
    uint64_t theirs[2]; /* soft, hard; all ones: none */
    uint64_t ours[2];
    if (syscall(SYS_prlimit64, target, resource, NULL, theirs) != 0 ||
        syscall(SYS_prlimit64, 0, resource, theirs, NULL) == 0 ||
        syscall(SYS_prlimit64, 0, resource, NULL, ours) != 0) {
        return;
    }
    theirs[0] = lesser(theirs[0], ours[1]);
    theirs[1] = lesser(theirs[1], ours[1]);
    syscall(SYS_prlimit64, 0, resource, theirs, NULL);
}

static void resemble_priority(pid_t target) {
    errno = 0;
    int nice = getpriority(PRIO_PROCESS, (id_t)target);
    if (errno == 0) {
        setpriority(PRIO_PROCESS, 0, nice);
    }
}

static void resemble_cpus(pid_t target) {
    static unsigned long mask[1024]; /* 65,536 CPUs */
    long bytes = syscall(SYS_sched_getaffinity, target, sizeof mask, mask);
    if (bytes > 0) {
        syscall(SYS_sched_setaffinity, 0, bytes, mask);
    }
}

static void resemble_oom_score(void) {
    char text[16];
    int theirs = openat(FD_TARGET, "oom_score_adj", O_RDONLY | O_CLOEXEC);
    ssize_t bytes = theirs < 0 ? -1 : read(theirs, text, sizeof text);
    int ours = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (bytes > 0 && ours >= 0) {
        bytes = write(ours, text, (size_t)bytes);
    }
    close(theirs);
    close(ours);
}

void resemble(const struct entry *entry) {
    for (int resource = 0; resource < RLIM_NLIMITS; resource++) {
        resemble_limit(entry->target, resource);
    }
    resemble_priority(entry->target);
    resemble_cpus(entry->target);
    resemble_oom_score();
}
