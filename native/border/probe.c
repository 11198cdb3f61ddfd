/*
 * Questions of `eyrie doctor` to the kernel that only trying answers: a kernel may be too old, built
 * without, told at boot to be without, or behind a container's seccomp filter.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "border.h"
#include "kernel.h"

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif
#define LANDLOCK_VERSION_FLAG 1u /* LANDLOCK_CREATE_RULESET_VERSION */

static long answer(long result) {
    return result < 0 ? -errno : result;
}

static long close_answer(int fd) {
    if (fd < 0) {
        return -errno;
    }
    close(fd);
    return 0;
}

/* A kernel that knows the call finds the size 0 invalid before it looks at anything else. */
static long probe_clone3(void) {
    long pid = syscall(SYS_clone3, NULL, 0);
    return pid < 0 && errno == EINVAL ? 0 : -errno;
}

/*
 * With a descriptor that is no cgroup the kernel refuses (EBADF) before there is a child; one from
 * before 5.7 finds the flag invalid.
 */
static long probe_clone_into_cgroup(void) {
    int not_a_cgroup = open("/dev/null", O_PATH | O_CLOEXEC);
    if (not_a_cgroup < 0) {
        return -errno;
    }
    struct kernel_clone_args args = {
        .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = (uint64_t)not_a_cgroup};
    long pid = syscall(SYS_clone3, &args, sizeof args);
    int error = errno;
    close(not_a_cgroup);
    if (pid == 0) {
        _exit(0);
    }
    return pid < 0 && error == EBADF ? 0 : -error;
}

static long probe_pidfd(void) {
    int fd = kernel_pidfd_open(getpid());
    if (fd < 0) {
        return -errno;
    }
    long sent = answer(kernel_pidfd_send_signal(fd, 0));
    close(fd);
    return sent;
}

static long probe_openat2(void) {
    struct kernel_open_how how = {
        .flags = O_PATH | O_CLOEXEC,
        .resolve = KERNEL_RESOLVE_NO_SYMLINKS | KERNEL_RESOLVE_NO_MAGICLINKS};
    return close_answer(kernel_openat2(AT_FDCWD, "/", &how));
}

/* The highest descriptor there can be is never open. */
static long probe_close_range(void) {
    return answer(syscall(SYS_close_range, ~0u, ~0u, 0));
}

static long probe_memfd(void) {
    int fd = memfd_create("eyrie-probe", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) {
        return -errno;
    }
    long sealed = answer(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE));
    close(fd);
    return sealed;
}

static long probe_session_keyring(void) {
    long serial = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
    return serial < 0 ? -errno : 0;
}

static long probe_seccomp(void) {
    uint32_t action = SECCOMP_RET_KILL_PROCESS;
    return answer(syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action));
}

/* Gives the version of Landlock's interface, 1 or more. */
static long probe_landlock(void) {
    return answer(syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION_FLAG));
}

/* By number; src/kernel/probe/kernel-calls.ts has the same list, and a test compares them. */
static long (*const probes[])(void) = {
    [0] = probe_clone3,
    [1] = probe_clone_into_cgroup,
    [2] = probe_pidfd,
    [3] = probe_openat2,
    [4] = probe_close_range,
    [5] = probe_memfd,
    [6] = probe_session_keyring,
    [7] = probe_seccomp,
    [8] = probe_landlock,
};

/*
 * Gives 0, or a version where the thing has one; -errno: what the kernel answered; -EINVAL also
 * for a number without a row. Some answers change the calling thread (its session keyring), so
 * the doctor asks in a process that it throws away.
 */
int eyrie_probe(uint32_t number) {
    return number < sizeof probes / sizeof probes[0] ? (int)probes[number]() : -EINVAL;
}
