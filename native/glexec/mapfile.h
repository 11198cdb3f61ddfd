/*
 * The grid-mapfile: `"/DC=org/CN=Alice Adams" account`, or `"/vo/Role=production" account`; or `.pool` for
 * an account of a pool.
 */
#ifndef GLEXEC_MAPFILE_H
#define GLEXEC_MAPFILE_H

#include <stdbool.h>

/* Longer than any account's name: LOGIN_NAME_MAX is 256, useradd(8) stops at 32. */
#define ACCOUNT_SIZE 65

enum mapfile_answer { MAPFILE_FOUND, MAPFILE_NOT_FOUND, MAPFILE_MALFORMED };

/* What is looked for: a subject in slash form, or an FQAN as fqan_take() writes it. */
enum mapfile_name { MAPFILE_SUBJECT, MAPFILE_FQAN };

/*
 * Looks for the name in the text of a grid-mapfile. The first line that matches counts, and of a list
 * of accounts the first. A star at the end of a line's name stands for any rest. Subjects are compared in
 * normalised form (subject.h), FQANs by fqan_is_covered(). Writes the account, with the dot of a
 * pool, or in *line the number of a malformed line before it. Pure.
 */
enum mapfile_answer mapfile_find(const char *text, enum mapfile_name what, const char *name,
                                 char account[ACCOUNT_SIZE], unsigned *line);

/* Whether any line is about FQANs. Pure. */
bool mapfile_has_fqans(const char *text);

#endif
