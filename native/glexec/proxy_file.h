/* The caller's proxy files: which, and whether they are what a private key may lie in. */
#ifndef GLEXEC_PROXY_FILE_H
#define GLEXEC_PROXY_FILE_H

#include <stddef.h>

#include "glexec/config.h"
#include "glexec/person.h"

/* No proxy with its chain comes near to it. */
#define PROXY_LIMIT (256 * 1024)

struct proxy_file {
    char *text; /* with a NUL after `length` bytes */
    size_t length;
};

/*
 * The path of the proxy that decides the account: GLEXEC_CLIENT_CERT, else X509_USER_PROXY, else
 * /tmp/x509up_u<uid>. A variable that is set and empty is taken as it is, and refused on reading.
 */
const char *proxy_path(char *const *environment, const struct person *caller);

/*
 * Reads a proxy with the caller's effective ids, following no link in the last component: a regular
 * file of the caller's, without a bit for group, others, set-uid or set-gid, of at most PROXY_LIMIT
 * bytes; under a shared lock where the configuration asks for one. Gives 0 or EXIT_CALLER, logged.
 */
int proxy_read(const char *path, const struct person *caller, int lock_mechanism,
               struct proxy_file *proxy);

/* Locks a descriptor, waiting some seconds; exclusive for a writer. 0 or -1 with errno. */
int proxy_lock(int fd, int mechanism, int exclusive);

#endif
