/* glexec's own options; everything else is the payload. */
#ifndef GLEXEC_OPTIONS_H
#define GLEXEC_OPTIONS_H

#include <stdbool.h>

/* Obeys -h, -v and -V, or refuses a wrong command line. Gives true and the exit code where that is all. */
bool options_obey(int argc, char *const *argv, int *code);

#endif
