/* Memory that nobody can change any more, as a file: memfd_create(2). */
#ifndef EYRIE_SEALED_H
#define EYRIE_SEALED_H

#include <stddef.h>

/* Gives a close-on-exec descriptor of a sealed copy of the bytes, or -errno. */
int sealed_bytes(const char *name, const void *bytes, size_t length);

/*
 * Likewise of a whole program, which can be executed: what its process shows as /proc/PID/exe is the
 * copy, and not the installed file, which may belong to the user that the process becomes.
 */
int sealed_program(const char *name, int program);

#endif
