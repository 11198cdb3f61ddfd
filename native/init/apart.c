#include "apart.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "descriptors.h"
#include "kernel.h"
#include "report.h"

/* Room for all that a parcel can hold, and one more, so that too many are seen. */
#define DESCRIPTORS_MAX (FD_HANDED - FD_PLAN + HANDED_MAX + 1)

/* True where the message holds `count` descriptors, which the kernel has put at FD_PLAN and after. */
static int are_in_place(struct msghdr *message, uint32_t count) {
    struct cmsghdr *part = CMSG_FIRSTHDR(message);
    if (part == NULL || part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS ||
        part->cmsg_len != CMSG_LEN(count * sizeof(int))) {
        return 0;
    }
    for (uint32_t i = 0; i < count; i++) {
        int fd;
        memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
        if (fd != FD_PLAN + (int)i) {
            return 0;
        }
    }
    return 1;
}

static int use_null_device(void) {
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int result = null >= 0;
    for (int fd = 0; result && fd <= 2; fd++) {
        result = dup2(null, fd) >= 0;
    }
    if (null > 2) {
        close(null);
    }
    return result;
}

int apart_receive(void) {
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(DESCRIPTORS_MAX * sizeof(int))];
    } control;
    struct launch_parcel parcel;
    struct iovec data = {&parcel, sizeof parcel};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    ssize_t got;
    /* Then descriptors that come have the numbers from here on: the lowest that are free. */
    close_descriptors(FD_PLAN, ~0u);
    do {
        got = recvmsg(STDIN_FILENO, &message, MSG_CMSG_CLOEXEC);
    } while (got < 0 && errno == EINTR);
    return got == (ssize_t)sizeof parcel && parcel.magic == LAUNCH_PARCEL &&
           (message.msg_flags & (MSG_CTRUNC | MSG_TRUNC)) == 0 && parcel.count >= FD_HANDED - FD_PLAN &&
           parcel.count < DESCRIPTORS_MAX && are_in_place(&message, parcel.count) && use_null_device();
}

static int write_file(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) {
        return errno;
    }
    /* One write(2): the kernel takes a map only whole. */
    int error = write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : errno;
    close(fd);
    return error;
}

/* One id of each kind, the account's own: what user_namespaces(7) lets it map itself. */
static int map_ids(uid_t uid, gid_t gid) {
    char map[40];
    int error = write_file("/proc/self/setgroups", "deny");
    if (error == 0) {
        snprintf(map, sizeof map, "%u %u 1\n", (unsigned)uid, (unsigned)uid);
        error = write_file("/proc/self/uid_map", map);
    }
    if (error == 0) {
        snprintf(map, sizeof map, "%u %u 1\n", (unsigned)gid, (unsigned)gid);
        error = write_file("/proc/self/gid_map", map);
    }
    return error;
}

/* Waits for the child, deaf to all signals: who wants to signal the job asks init to. */
static int stand_by(pid_t child) {
    int status;
    prctl(PR_SET_NAME, "eyrie-init", 0, 0, 0);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    report_apart(child);
    close_descriptors(0, ~0u);
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            return 1;
        }
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int apart_divide(const struct init *init) {
    const struct plan_header *header = init->plan.header;
    const uint64_t all = ~0ull;
    const uid_t uid = geteuid();
    const gid_t gid = getegid();
    if (uid != header->uid || gid != header->gid) {
        report_failure(PHASE_OF_INIT, INIT_ACCOUNT, EPERM);
        return 1;
    }
    signal(SIGCHLD, SIG_DFL);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof all);
    pid_t child = (pid_t)syscall(SYS_clone, header->namespaces | SIGCHLD, 0, 0, 0, 0);
    if (child < 0) {
        report_failure(PHASE_OF_INIT, INIT_NAMESPACES, errno);
        return 1;
    }
    if (child != 0) {
        return stand_by(child);
    }
    int error = init_has_user_namespace(init) ? map_ids(uid, gid) : 0;
    if (error != 0) {
        report_failure(PHASE_OF_INIT, INIT_MAPS, error);
        return 1; /* of the child: it ends, and the other one with it */
    }
    return -1;
}
