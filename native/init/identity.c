#include "identity.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static gid_t own_groups[NGROUPS_MAX];
static gid_t seen_groups[NGROUPS_MAX];
static uint32_t more_groups[NGROUPS_MAX];
static struct plan_header more_header;

/*
 * A change of the effective or file system ids makes a process traceable where fs.suid_dumpable
 * says so.
 */
static void stay_undumpable(void) {
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* Takes groups, gid and uid as effective ids only. The capabilities go with euid 0. */
static int become_effectively(const struct plan *plan) {
    const struct plan_header *header = plan->header;
    if (header->group_count != PLAN_NONE && setgroups(header->group_count, plan->groups) != 0) {
        return -errno;
    }
    if (setresgid((gid_t)-1, header->gid, (gid_t)-1) != 0 ||
        setresuid((uid_t)-1, header->uid, (uid_t)-1) != 0) {
        return -errno;
    }
    /* At once: else the path that is opened next could be /proc/self/mem, and be the job's. */
    stay_undumpable();
    return 0;
}

int identity_add_group(struct plan *plan, uint32_t group) {
    uint32_t count = plan->header->group_count;
    uint32_t at = 0;
    if (count == PLAN_NONE || count >= NGROUPS_MAX) {
        return 0;
    }
    while (at < count && plan->groups[at] < group) {
        at++;
    }
    if (at < count && plan->groups[at] == group) {
        return 1;
    }
    memcpy(more_groups, plan->groups, at * sizeof group);
    more_groups[at] = group;
    memcpy(more_groups + at + 1, plan->groups + at, (count - at) * sizeof group);
    more_header = *plan->header;
    more_header.group_count = count + 1;
    plan->header = &more_header;
    plan->groups = more_groups;
    return 1;
}

int identity_borrow(const struct plan *plan, struct identity *own) {
    int result = capabilities_get(&own->sets);
    if (result != 0) {
        return result;
    }
    own->uid = geteuid();
    own->gid = getegid();
    /* In a user namespace, and after `ids`, the real uid is the job's already. */
    own->switched = getuid() != plan->header->uid;
    if (own->switched) {
        own->group_count = getgroups(NGROUPS_MAX, own_groups);
        if (own->group_count < 0) {
            return -errno;
        }
        result = become_effectively(plan);
    }
    if (result == 0) {
        struct capability_sets none = own->sets;
        none.effective = 0;
        result = capabilities_set(&none);
    }
    if (result != 0) {
        int undone = identity_return(own);
        return undone != 0 ? undone : result;
    }
    return 0;
}

int identity_return(const struct identity *own) {
    if (own->switched) {
        /* The uid first: euid 0 brings the capabilities back that the others need. */
        if (setresuid((uid_t)-1, own->uid, (uid_t)-1) != 0 ||
            setresgid((gid_t)-1, own->gid, (gid_t)-1) != 0 ||
            setgroups((size_t)own->group_count, own_groups) != 0) {
            return -errno;
        }
    }
    int result = capabilities_set(&own->sets);
    stay_undumpable();
    if (result != 0) {
        return result;
    }
    return geteuid() == own->uid && getegid() == own->gid ? 0 : -EPERM;
}

static int groups_are(const struct plan *plan) {
    int count = getgroups(NGROUPS_MAX, seen_groups);
    /* Both are ascending: the plan by its check, the kernel's since it sorts them (2.6.16). */
    return count >= 0 && (uint32_t)count == plan->header->group_count &&
           memcmp(seen_groups, plan->groups, (size_t)count * sizeof(gid_t)) == 0;
}

static int ids_are(const struct plan *plan) {
    const struct plan_header *header = plan->header;
    uid_t uid[3];
    gid_t gid[3];
    if (getresuid(&uid[0], &uid[1], &uid[2]) != 0 || getresgid(&gid[0], &gid[1], &gid[2]) != 0) {
        return 0;
    }
    for (int i = 0; i < 3; i++) {
        if (uid[i] != header->uid || gid[i] != header->gid) {
            return 0;
        }
    }
    return header->group_count == PLAN_NONE || groups_are(plan);
}

int identity_take(const struct plan *plan) {
    const struct plan_header *header = plan->header;
    if (header->group_count != PLAN_NONE && setgroups(header->group_count, plan->groups) != 0) {
        return -errno;
    }
    if (setresgid(header->gid, header->gid, header->gid) != 0 ||
        setresuid(header->uid, header->uid, header->uid) != 0) {
        return -errno;
    }
    stay_undumpable();
    if (!ids_are(plan) || setresuid((uid_t)-1, 0, (uid_t)-1) == 0) {
        return -EPERM;
    }
    return 0;
}
