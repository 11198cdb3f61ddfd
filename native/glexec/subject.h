/* Subjects in slash form, "/DC=org/CN=Alice Adams": what grid-mapfiles and signing policies name. */
#ifndef GLEXEC_SUBJECT_H
#define GLEXEC_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>

#define SUBJECT_SIZE 1024

/*
 * Writes the attribute names that older tools wrote as OpenSSL writes them now: Email and E become
 * emailAddress, USERID becomes UID. -1 where the result is longer than SUBJECT_SIZE. Pure.
 */
int subject_normalise(const char *text, char subject[SUBJECT_SIZE]);

/* Whether a pattern, whose stars stand for any text, covers the subject. Pure. */
bool subject_matches(const char *pattern, const char *subject);

#endif
