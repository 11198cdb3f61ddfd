/* The raw calls of `eyrie doctor`: see border.h. */
#include <errno.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "border.h"
#include "clone.h"

int eyrie_unshare(uint32_t flags) {
    return unshare((int)flags) == 0 ? 0 : -errno;
}

int eyrie_mount(const char *source, const char *target, const char *type, uint32_t flags,
                const char *data) {
    return mount(source, target, type, flags, data) == 0 ? 0 : -errno;
}

int eyrie_chroot(const char *path) {
    return chroot(path) == 0 ? 0 : -errno;
}

static int end_at_once(void *unused) {
    (void)unused;
    return 0;
}

int eyrie_clone(uint32_t flags) {
    int pidfd;
    pid_t pid = clone_child(flags, -1, end_at_once, NULL, &pidfd);
    if (pid < 0) {
        return pid;
    }
    if (pidfd >= 0) {
        close(pidfd);
    }
    return waitpid(pid, NULL, 0) == pid ? 0 : -errno;
}
