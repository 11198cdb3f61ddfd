/* Opening by a path that may not hold a single symbolic link. */
#ifndef EYRIE_WALK_H
#define EYRIE_WALK_H

/* As the base of a walk: the path is absolute. */
#define WALK_FROM_ROOT (-100) /* AT_FDCWD */

/*
 * Opens `path` with open(2)'s `flags` (close-on-exec is added) and `mode`, following no link in
 * any component. Below a base descriptor the path is relative and may not leave the base. Gives
 * the descriptor, or -errno: ELOOP is a link, EXDEV a way out of the base. Async-signal-safe.
 */
int walk_open(int base, const char *path, int flags, unsigned mode);

/*
 * Opens the directory that holds the last component of `path`, with O_PATH, and points `*name` at
 * that component. -EINVAL where the path has no last component ("/", "a/", "..").
 */
int walk_parent(int base, const char *path, const char **name);

#endif
