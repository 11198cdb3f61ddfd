/* Files that only root, or whom the configuration names beside root, can have written. */
#ifndef GLEXEC_TRUST_H
#define GLEXEC_TRUST_H

#include <stdbool.h>
#include <sys/types.h>

#define TRUST_WHY_SIZE 512

/* Whom one trusts beside root. All zero: nobody. */
struct trust {
    uid_t user;     /* may own and write; 0 is root, who may anyway */
    bool has_group; /* members of `group` may write; else no group may, root's neither */
    gid_t group;
    bool pedantic; /* no directory of the path may be writable by everybody, sticky or not */
};

/*
 * Opens an absolute and canonical path with open(2)'s `flags` (close-on-exec and no-follow are
 * added) and `mode`. Each component from the root directory to the file must be owned by root or
 * the trusted user, be no link, and be writable by nobody else; a sticky directory that everybody may
 * write is borne where the next component is root's, as nobody else can then exchange that. What was
 * examined is what is opened. Gives the descriptor, or -1 and says in `why` which component failed.
 */
int trusted_open(const char *path, int flags, mode_t mode, const struct trust *trust,
                 char why[TRUST_WHY_SIZE]);

/*
 * Reads all of a regular file of a trusted path. Gives memory of malloc(3) with a NUL after the last
 * byte, and its length; NULL, with a reason in `why`, where it is longer than `limit` or has a NUL.
 */
char *trusted_read(const char *path, size_t limit, const struct trust *trust, size_t *length,
                   char why[TRUST_WHY_SIZE]);

#endif
