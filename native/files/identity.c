#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "capabilities.h"
#include "files.h"

#define GROUPS_MAX (FILES_PAYLOAD_MAX / sizeof(gid_t))

static gid_t wanted[GROUPS_MAX];
static gid_t seen[GROUPS_MAX];

/* Both are ascending: those asked for by agreement, the kernel's since it sorts them. */
static int groups_are(size_t count) {
    int found = getgroups((int)GROUPS_MAX, seen);
    return found >= 0 && (size_t)found == count &&
           memcmp(seen, wanted, count * sizeof(gid_t)) == 0;
}

static int ids_are(const struct files_begin *begin) {
    uid_t uid[3];
    gid_t gid[3];
    if (getresuid(&uid[0], &uid[1], &uid[2]) != 0 || getresgid(&gid[0], &gid[1], &gid[2]) != 0) {
        return 0;
    }
    for (int i = 0; i < 3; i++) {
        if (uid[i] != begin->uid || gid[i] != begin->gid) {
            return 0;
        }
    }
    return 1;
}

/* Groups first, the uid last: it takes with it what the others need. */
static int change_ids(const struct files_begin *begin, const unsigned char *groups) {
    memcpy(wanted, groups, begin->group_count * sizeof(gid_t));
    if (setgroups(begin->group_count, wanted) != 0 ||
        setresgid(begin->gid, begin->gid, begin->gid) != 0 ||
        setresuid(begin->uid, begin->uid, begin->uid) != 0) {
        return -errno;
    }
    return ids_are(begin) && groups_are(begin->group_count) ? 0 : -EPERM;
}

int files_take_identity(const struct files_begin *begin, const unsigned char *groups) {
    int result = 0;
    if (begin->uid != FILES_OWN_IDS) {
        result = capabilities_drop_bounding();
        if (result == 0) {
            result = change_ids(begin, groups);
        }
    }
    if (result == 0) {
        result = capabilities_keep(0);
    }
    if (result == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        result = -errno;
    }
    if (result != 0) {
        return result;
    }
    /* Root's files are open to root even without a capability: such a helper is no help. */
    if (geteuid() == 0 || setresuid((uid_t)-1, 0, (uid_t)-1) == 0) {
        return -EPERM;
    }
    /* A change of ids has undone both. A job of the same user must not trace us. */
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 &&
                   prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0
               ? 0
               : -errno;
}
