/*
 * vomsdir/VO/HOST.lsc: whose certificates a virtual organisation's server signs with. The server's
 * subject and its CA's are lines of it; more chains may follow a line "------ NEXT CHAIN ------".
 */
#ifndef GLEXEC_LSC_H
#define GLEXEC_LSC_H

#include <stdbool.h>

/*
 * Whether a chain of the file begins with these two subjects, in slash form. The text is cut into
 * pieces. Names are compared in normalised form (subject.h); they may be quoted. Pure.
 */
bool lsc_names(char *text, const char *server, const char *issuer);

#endif
