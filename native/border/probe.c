/*
 * Questions of `eyrie doctor` to the kernel that only trying answers: a kernel may be too old, built
 * without, told at boot to be without, or behind a container's seccomp filter.
 */
#include "border.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/keyctl.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "border.h"
#include "kernel.h"

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif
#define LANDLOCK_VERSION_FLAG 1u /* LANDLOCK_CREATE_RULESET_VERSION */

/* How long the connector may take to confirm, in milliseconds; it does at once. */
#define CONNECTOR_PATIENCE 500

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

/* struct cn_msg without its open end, which nothing may follow. */
struct connector_head {
    struct cb_id id;
    uint32_t sequence;
    uint32_t acknowledged;
    uint16_t length;
    uint16_t flags;
};
_Static_assert(sizeof(struct connector_head) == sizeof(struct cn_msg), "linux/connector.h");

/* A request to the process events connector, or a message from it: linux/connector.h. */
struct connector_message {
    struct nlmsghdr netlink;
    struct connector_head connector;
    union {
        enum proc_cn_mcast_op operation;
        struct proc_event event;
    };
} __attribute__((packed, aligned(NLMSG_ALIGNTO)));

/* Up to the end of the shortest event. */
#define EVENT_LENGTH                                                                               \
    (offsetof(struct connector_message, event.event_data) +                                        \
     sizeof ((struct proc_event *)0)->event_data.ack)

/*
 * The kernel confirms a new listener with an event that is none. Until then other events may come.
 */
static long await_confirmation(int fd) {
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    struct connector_message message;
    for (;;) {
        int ready = poll(&wait, 1, CONNECTOR_PATIENCE);
        if (ready < 0) {
            return -errno;
        }
        if (ready == 0) {
            return -ETIMEDOUT;
        }
        ssize_t length = recv(fd, &message, sizeof message, 0);
        if (length < 0) {
            /* More events than the socket holds: so it does listen. */
            return errno == ENOBUFS ? 0 : -errno;
        }
        if ((size_t)length >= EVENT_LENGTH && message.event.what == PROC_EVENT_NONE) {
            return -(long)message.event.event_data.ack.err;
        }
    }
}

static long listen_to_processes(int fd) {
    struct sockaddr_nl group = {.nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC};
    if (bind(fd, (struct sockaddr *)&group, sizeof group) < 0) {
        return -errno;
    }
    struct connector_message request = {
        .netlink = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct cn_msg) + sizeof request.operation),
                    .nlmsg_type = NLMSG_DONE},
        .connector = {.id = {CN_IDX_PROC, CN_VAL_PROC}, .length = sizeof request.operation},
        .operation = PROC_CN_MCAST_LISTEN};
    if (send(fd, &request, request.netlink.nlmsg_len, 0) < 0) {
        return -errno;
    }
    return await_confirmation(fd);
}

static long probe_process_events(void) {
    int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR);
    if (fd < 0) {
        return -errno;
    }
    long confirmed = listen_to_processes(fd);
    close(fd);
    return confirmed;
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
    [9] = probe_process_events,
};

/*
 * Gives 0, or a version where the thing has one; -errno: what the kernel answered; -EINVAL also
 * for a number without a row. Some answers change the calling thread (its session keyring), so
 * the doctor asks in a process that it throws away.
 */
int eyrie_probe(uint32_t number) {
    return number < sizeof probes / sizeof probes[0] ? (int)probes[number]() : -EINVAL;
}
