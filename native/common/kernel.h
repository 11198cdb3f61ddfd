/*
 * The kernel's newer calls, which Debian 12's and older headers or libraries do not wrap. Each is
 * a plain system call: 0 or more, or -1 with errno.
 */
#ifndef EYRIE_KERNEL_H
#define EYRIE_KERNEL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000
#endif
#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ull
#endif
#ifndef P_PIDFD
#define P_PIDFD 3
#endif
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x8u
#endif
#ifndef MFD_EXEC
#define MFD_EXEC 0x10u
#endif

/* openat2(2)'s argument, and its flags. */
struct kernel_open_how {
    uint64_t flags;
    uint64_t mode;
    uint64_t resolve;
};
#define KERNEL_RESOLVE_NO_XDEV 0x01
#define KERNEL_RESOLVE_NO_MAGICLINKS 0x02
#define KERNEL_RESOLVE_NO_SYMLINKS 0x04
#define KERNEL_RESOLVE_BENEATH 0x08

/* clone3(2)'s argument, as of Linux 5.7. */
struct kernel_clone_args {
    uint64_t flags;
    uint64_t pidfd;
    uint64_t child_tid;
    uint64_t parent_tid;
    uint64_t exit_signal;
    uint64_t stack;
    uint64_t stack_size;
    uint64_t tls;
    uint64_t set_tid;
    uint64_t set_tid_size;
    uint64_t cgroup;
};

/* Mounting by descriptor, Linux 5.2: fsopen(2), fsconfig(2), fsmount(2), move_mount(2). */
#ifndef SYS_move_mount
#define SYS_move_mount 429
#endif
#ifndef SYS_fsopen
#define SYS_fsopen 430
#endif
#ifndef SYS_fsconfig
#define SYS_fsconfig 431
#endif
#ifndef SYS_fsmount
#define SYS_fsmount 432
#endif
#define KERNEL_FSOPEN_CLOEXEC 1
#define KERNEL_FSCONFIG_SET_FLAG 0
#define KERNEL_FSCONFIG_SET_STRING 1
#define KERNEL_FSCONFIG_CMD_CREATE 6
#define KERNEL_FSMOUNT_CLOEXEC 1
#define KERNEL_MOVE_MOUNT_F_EMPTY_PATH 0x4
#define KERNEL_MOVE_MOUNT_T_EMPTY_PATH 0x40
/* Read-only, no set-uid, no devices, no programs: the numbers of fsmount(2) are mount(2)'s. */
#define KERNEL_MOUNT_ATTRIBUTES 0xf

static inline int kernel_fsopen(const char *type) {
    return (int)syscall(SYS_fsopen, type, KERNEL_FSOPEN_CLOEXEC);
}

/* Sets a parameter; without a value, a flag. */
static inline int kernel_fsconfig_set(int context, const char *name, const char *value) {
    return (int)syscall(SYS_fsconfig, context,
                        value == NULL ? KERNEL_FSCONFIG_SET_FLAG : KERNEL_FSCONFIG_SET_STRING, name,
                        value, 0);
}

static inline int kernel_fsconfig_create(int context) {
    return (int)syscall(SYS_fsconfig, context, KERNEL_FSCONFIG_CMD_CREATE, NULL, NULL, 0);
}

static inline int kernel_fsmount(int context, uint32_t flags) {
    return (int)syscall(SYS_fsmount, context, KERNEL_FSMOUNT_CLOEXEC,
                        flags & KERNEL_MOUNT_ATTRIBUTES);
}

static inline int kernel_move_mount(int mount, int target) {
    return (int)syscall(SYS_move_mount, mount, "", target, "",
                        KERNEL_MOVE_MOUNT_F_EMPTY_PATH | KERNEL_MOVE_MOUNT_T_EMPTY_PATH);
}

static inline int kernel_openat2(int base, const char *path, const struct kernel_open_how *how) {
    return (int)syscall(SYS_openat2, base, path, how, sizeof *how);
}

static inline int kernel_pidfd_open(int pid) {
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

static inline int kernel_pidfd_send_signal(int pidfd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

/* Signals are numbered from 1 to this: signal(7). */
#define KERNEL_SIGNALS 64

#endif
