/* A job's environment as HTCondor writes it in one line: the V2 form, without outer quotes. */
#ifndef EYRIE_GLEXEC_ENVIRONMENT_H
#define EYRIE_GLEXEC_ENVIRONMENT_H

#include <stddef.h>

/* Bytes of a job's environment, its NUL included: more than the kernel takes for an exec. */
#define ENVIRONMENT_MAX (16u * 1024 * 1024)

/*
 * Reads `NAME=value` entries, with spaces, tabs and line ends between them. Single quotes keep these
 * in a value, and two of them within quotes are one. An entry may lack its `=`.
 *
 * `text` has `length` bytes, the last of which is NUL; the entries are written over it. Gives them, ended
 * by NULL, in memory from malloc(3); or NULL and in *why a sentence.
 */
char **environment_parse(char *text, size_t length, const char **why);

/*
 * The environment for the job: what gLExec left, and the job's own, which wins. What is of no use to a job
 * is left out of the first: the GLEXEC_ variables, which are those of gLExec's caller, and PWD, OLDPWD,
 * SHLVL and _ of the shell that has started us. Of two entries of a name in `own` the later counts. NULL
 * where memory is short.
 */
char **environment_join(char **left, char **own);

#endif
