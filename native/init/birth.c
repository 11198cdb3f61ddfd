#include "birth.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel.h"

/*
 * Moves this process, which has one thread. Who writes 0 to `tasks` moves but himself, and the kernel need
 * not hold up every fork on the machine for it: to write a pid to cgroup.procs takes it 10 ms.
 */
static int enter(int tasks) {
    ssize_t written = write(tasks, "0", 1);
    int error = errno;
    close(tasks);
    return written == 1 ? 0 : error;
}

int birth_prepare(struct init *init) {
    struct stat facts;
    init->cgroup = -1;
    /* From here on no other number is open: launch.h. */
    for (int fd = FD_HANDED + (int)init->plan.header->descriptor_count; fstat(fd, &facts) == 0; fd++) {
        if (S_ISDIR(facts.st_mode)) {
            fcntl(fd, F_SETFD, FD_CLOEXEC);
            init->cgroup = fd;
            continue;
        }
        int error = enter(fd);
        if (error != 0) {
            return error;
        }
    }
    return 0;
}

pid_t birth(const struct init *init) {
    if (init->cgroup < 0) {
        return fork();
    }
    /* Without a stack the child goes on on a copy of ours, as after fork. */
    const struct kernel_clone_args args = {
        .flags = CLONE_INTO_CGROUP,
        .exit_signal = SIGCHLD,
        .cgroup = (uint64_t)init->cgroup,
    };
    return (pid_t)syscall(SYS_clone3, &args, sizeof args);
}
