/* The directory of trusted CAs: <hash>.0 to .9, <hash>.r0 to .r9, <hash>.signing_policy. */
#ifndef GLEXEC_AUTHORITIES_H
#define GLEXEC_AUTHORITIES_H

#include <openssl/x509.h>

#include "glexec/signing_policy.h"
#include "glexec/trust.h"

struct authorities {
    const char *directory;
    const struct trust *trust;
    X509_STORE *store;
    char why[TRUST_WHY_SIZE]; /* what was wrong with a file */
};

/*
 * Puts into the store the CAs that the chain leads to, and what they publish of revoked certificates
 * where `with_crls`. Each file is read by a trusted path; a link that names a file of the same directory
 * is followed, as c_rehash(1) makes those. Gives 0, or -1 with `why` where a file that is there cannot
 * be trusted or read.
 */
int authorities_load(struct authorities *authorities, const STACK_OF(X509) *chain, int with_crls);

/* Asks the issuer's signing policy; SIGNING_ALLOWED where it has none. -1 with `why` as above. */
int authorities_ask_policy(struct authorities *authorities, const X509 *certificate);

#endif
