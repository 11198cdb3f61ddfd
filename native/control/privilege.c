#include "privilege.h"

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "capabilities.h"

/* The kernel's own number for who is nobody: overflowuid(5). */
#define NOBODY 65534

static int become_nobody(void) {
    int result = capabilities_drop_bounding();
    if (result != 0) {
        return result;
    }
    if (setgroups(0, NULL) != 0 || setresgid(NOBODY, NOBODY, NOBODY) != 0 ||
        setresuid(NOBODY, NOBODY, NOBODY) != 0) {
        return -errno;
    }
    uid_t uid[3];
    gid_t gid[3];
    if (getresuid(&uid[0], &uid[1], &uid[2]) != 0 || getresgid(&gid[0], &gid[1], &gid[2]) != 0 ||
        getgroups(0, NULL) != 0) {
        return -EPERM;
    }
    for (int i = 0; i < 3; i++) {
        if (uid[i] != NOBODY || gid[i] != NOBODY) {
            return -EPERM;
        }
    }
    return 0;
}

int privilege_give_up(void) {
    const struct rlimit none = {0, 0};
    int result = geteuid() == 0 ? become_nobody() : 0;
    if (result == 0) {
        result = capabilities_keep(0);
    }
    if (result != 0) {
        return result;
    }
    /* The change of ids has undone the last two. */
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && setrlimit(RLIMIT_NPROC, &none) == 0 &&
                   setrlimit(RLIMIT_CORE, &none) == 0 &&
                   prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 &&
                   prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0
               ? 0
               : -errno;
}
