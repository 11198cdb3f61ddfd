/*
 * Root enters the job of an ordinary user's starter as that user would: with his rights, what his
 * job or his files pretend to be can lead to nothing that is not his anyway.
 */
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "enter.h"

static gid_t groups[NGROUPS_MAX];

/* Reads a number and steps over the character after it. Gives 0 where there is none. */
static int take_id(const char **text, unsigned *id) {
    char *end;
    errno = 0;
    unsigned long number = strtoul(*text, &end, 10);
    if (end == *text || errno != 0 || number >= 0xffffffff) {
        return 0;
    }
    *id = (unsigned)number;
    *text = *end == 0 ? end : end + 1;
    return 1;
}

/* `text`: "-" for nobody else, or "UID:GID:GROUP,GROUP". */
int become_user(const char *text) {
    unsigned uid;
    unsigned gid;
    size_t count = 0;
    if (strcmp(text, "-") == 0) {
        return 0;
    }
    if (!take_id(&text, &uid) || !take_id(&text, &gid) || uid == 0) {
        return -EINVAL;
    }
    while (*text != 0) {
        if (count == NGROUPS_MAX || !take_id(&text, &groups[count])) {
            return -EINVAL;
        }
        count++;
    }
    if (setgroups(count, groups) != 0 || setresgid(gid, gid, gid) != 0 ||
        setresuid(uid, uid, uid) != 0) {
        return -errno;
    }
    return setresuid((uid_t)-1, 0, (uid_t)-1) == 0 ? -EPERM : 0;
}
