#include "glexec/identity.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capabilities.h"
#include "glexec/exit_codes.h"
#include "glexec/log.h"

int identity_take(const struct person *person) {
    return setgroups((size_t)person->group_count, person->groups) == 0 &&
                   setegid(person->gid) == 0 && seteuid(person->uid) == 0
               ? 0
               : -1;
}

void identity_root(void) {
    if (seteuid(0) != 0 || setegid(0) != 0 || setgroups(0, NULL) != 0) {
        _exit(refuse(EXIT_INTERNAL, "cannot take root's ids again: %s", strerror(errno)));
    }
}

int identity_root_wholly(void) {
    return setresgid(0, 0, 0) == 0 && setresuid(0, 0, 0) == 0 && getuid() == 0 ? 0 : -1;
}

static int has_groups(const struct person *person) {
    int count = getgroups(0, NULL);
    gid_t *groups = calloc((size_t)(count > 0 ? count : 0) + 1, sizeof *groups);
    if (groups == NULL || count != person->group_count || getgroups(count, groups) != count) {
        free(groups);
        return 0;
    }
    int missing = 0;
    for (int i = 0; i < count; i++) { /* the kernel sorts them */
        int found = 0;
        for (int k = 0; k < count && !found; k++) {
            found = groups[i] == person->groups[k];
        }
        missing += !found;
    }
    free(groups);
    return missing == 0;
}

/* Set-uid bits and calls that succeeded are not enough: look at what the kernel says we are. */
static int is_wholly(const struct person *person) {
    uid_t real, effective, saved;
    gid_t real_group, effective_group, saved_group;
    struct capability_sets sets;
    if (getresuid(&real, &effective, &saved) != 0 || real != person->uid ||
        effective != person->uid || saved != person->uid) {
        return 0;
    }
    if (getresgid(&real_group, &effective_group, &saved_group) != 0 ||
        real_group != person->gid || effective_group != person->gid || saved_group != person->gid) {
        return 0;
    }
    if (!has_groups(person)) {
        return 0;
    }
    if (person->uid == 0) {
        return 1;
    }
    /* Secure bits that the caller has set could have kept them: capabilities(7). */
    return capabilities_get(&sets) == 0 && (sets.effective | sets.permitted) == 0 &&
           setuid(0) != 0 && seteuid(0) != 0 && (person->gid == 0 || setgid(0) != 0);
}

int identity_become(const struct person *person) {
    if (setgroups((size_t)person->group_count, person->groups) != 0 ||
        setresgid(person->gid, person->gid, person->gid) != 0 ||
        setresuid(person->uid, person->uid, person->uid) != 0) {
        return -1;
    }
    if (person->uid != 0 && capabilities_keep(0) != 0) {
        errno = EPERM;
        return -1;
    }
    errno = EPERM;
    return is_wholly(person) ? 0 : -1;
}
