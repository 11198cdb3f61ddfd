/* Whether a site trusts the server that signed an attribute certificate: vomsdir and the CAs. */
#ifndef GLEXEC_VOMS_SERVER_H
#define GLEXEC_VOMS_SERVER_H

#include "glexec/attribute_certificate.h"
#include "glexec/verify.h"

/*
 * Verifies the server's certificate up to a CA of certdir, as that of a person is, and looks it up in
 * vomsdir/VO/HOST.lsc. Gives 0, or the exit code and says in `why` what was wrong.
 */
int voms_server_check(const struct attribute_certificate *certificate,
                      const struct verify_rules *rules, char why[VERDICT_WHY_SIZE]);

#endif
