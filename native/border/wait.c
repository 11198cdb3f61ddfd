/* eyrie_wait and eyrie_pidfd_signal: see border.h. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "border.h"
#include "kernel.h"

static uint64_t microseconds(struct timeval time) {
    return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_usec;
}

int eyrie_wait(int pidfd, int patience, struct wait_result *result) {
    siginfo_t info;
    struct rusage usage;
    struct pollfd end = {.fd = pidfd, .events = POLLIN};
    if (patience > 0) {
        poll(&end, 1, patience);
    }
    memset(&info, 0, sizeof info);
    memset(&usage, 0, sizeof usage);
    /* The C library's waitid hides the resource usage that the system call gives. */
    if (syscall(SYS_waitid, P_PIDFD, pidfd, &info, WEXITED | WNOHANG, &usage) != 0) {
        return -errno;
    }
    if (info.si_pid == 0) {
        return 0;
    }
    *result = (struct wait_result){
        .code = info.si_code,
        .status = info.si_status,
        .user_us = microseconds(usage.ru_utime),
        .system_us = microseconds(usage.ru_stime),
        .max_resident_kb = (uint64_t)usage.ru_maxrss,
    };
    return 1;
}

int eyrie_pidfd_signal(int pidfd, int signal) {
    return kernel_pidfd_send_signal(pidfd, signal) == 0 ? 0 : -errno;
}
