/* gLExec's lists of names: "alice, .pool, grid*, *". */
#ifndef GLEXEC_WHITE_LIST_H
#define GLEXEC_WHITE_LIST_H

#include <stdbool.h>

/*
 * Whether a comma list has the name: literally, as a pool account (".name" and "name*" stand for
 * `name` and digits after it), or as "*", which is everybody. An empty list has nobody. Pure.
 */
bool white_list_has(const char *list, const char *name);

/* Whether the name is the prefix with one digit or more after it. */
bool is_pool_member(const char *name, const char *prefix, unsigned long prefix_length);

#endif
