#include "settle.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "capabilities.h"
#include "descriptors.h"
#include "kernel.h"
#include "report.h"

/*
 * The pid of our only child as the host's /proc knows it. In a PID namespace fork gave another
 * number. 0 where the kernel lacks CONFIG_PROC_CHILDREN.
 */
static int host_pid_of_child(const struct init *init) {
    char text[16] = "";
    if (!init_is_pid_1(init)) {
        return init->job;
    }
    int fd = openat(init->proc, "thread-self/children", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    int pid = 0;
    for (ssize_t i = 0; i < length && text[i] >= '0' && text[i] <= '9'; i++) {
        pid = pid * 10 + (text[i] - '0');
    }
    return pid;
}

/* Puts a descriptor at the number that it has from now on. */
static void keep(int fd, int number) {
    if (fd < 0 || dup3(fd, number, O_CLOEXEC) < 0) {
        close(number);
    }
}

static void keep_only_pipes(const struct init *init) {
    int job = kernel_pidfd_open(init->job);
    keep(init->signals, FD_CHILDREN_SIGNAL);
    keep(init_is_pid_1(init) ? -1 : init->proc, FD_PROC);
    /* This closes our end of the launch pipe: the job's is the last one now, until its exec. */
    keep(job, FD_JOB);
    close_descriptors(0, 2);
    close_descriptors(FD_HANDED, ~0u);
}

/*
 * Signals need CAP_KILL, since a set-user-id program of the job may run as anybody. Without a PID
 * namespace the family is found in /proc, where mount option hidepid shows only what could be
 * traced, and catching a fork bomb takes priority (family.c). A user namespace's init has the job's
 * own uid and needs none.
 */
static uint64_t needed(const struct init *init) {
    if (init_has_user_namespace(init)) {
        return 0;
    }
    uint64_t kill = 1ull << CAP_KILL;
    return init_is_pid_1(init) ? kill : kill | 1ull << CAP_SYS_PTRACE | 1ull << CAP_SYS_NICE;
}

/*
 * Without namespaces there is no capability by which the bounding set could be emptied; that no
 * program gives new ones is seen to all the same.
 */
static int drop_capabilities(const struct init *init) {
    int result = init->namespaces == 0 ? 0 : capabilities_drop_bounding();
    if (result == 0) {
        result = capabilities_keep(needed(init));
    }
    if (result == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        result = -errno;
    }
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    return result;
}

int settle(struct init *init) {
    report_birth(host_pid_of_child(init));
    int result = drop_capabilities(init);
    if (result != 0) {
        report_failure(PHASE_OF_INIT, INIT_CAPABILITIES, -result);
    }
    if (init_is_pid_1(init)) {
        /*
         * When this init dies, its namespace dies with it. A subreaper must outlive the starter
         * instead, to kill its descendants: it has the control pipe's end of file.
         */
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    }
    keep_only_pipes(init);
    munmap(init->bytes, init->plan.header->length);
    return result == 0;
}
