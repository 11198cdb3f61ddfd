/* The payload's environment, made of nothing but what is named here. */
#ifndef GLEXEC_ENVIRONMENT_H
#define GLEXEC_ENVIRONMENT_H

/* The value of a variable of an environment; NULL where it is not there. */
const char *environment_get(char *const *environment, const char *name);

/*
 * Makes the payload's: of the caller's variables those that begin with GLEXEC_ (but never
 * GLEXEC_EPILOG_) and those of the list `preserve`; HOME, PATH and, where there is a target proxy,
 * X509_USER_PROXY, which nobody else can set. What changes how a program is loaded, LD_* and
 * MALLOC_*, is never kept. NULL where memory is short.
 */
char **environment_make(char *const *callers, const char *preserve, const char *home,
                        const char *proxy);

/* "NAME=value" in memory of malloc(3), or NULL. */
char *environment_entry(const char *name, const char *value);

#endif
