/* The VOMS attributes of a proxy: which groups and roles a virtual organisation says its owner has. */
#ifndef GLEXEC_ATTRIBUTES_H
#define GLEXEC_ATTRIBUTES_H

#include <openssl/x509.h>

#include "glexec/fqan.h"
#include "glexec/verify.h"

/* People have some dozens. */
#define ATTRIBUTES_LIMIT 128

/* Fixed in size: it comes back from another process. */
struct attributes {
    int code;       /* 0, or the exit code that they are worth where they must be right */
    unsigned count; /* 0 where the proxy has none, or none that is verified */
    char fqans[ATTRIBUTES_LIMIT][FQAN_SIZE]; /* in the server's order: the first is the one asked for */
    char why[VERDICT_WHY_SIZE];
};

/*
 * Verifies the attribute certificates that a verified chain carries: each must be signed by a server that
 * vomsdir lists and a CA of certdir has certified, be about the owner of this chain, and be valid now;
 * and the VOMS library must say the same of it. One that fails fails all.
 *
 * Our own verification comes first, as the library's is not enough: of versions 2.0.16 and 2.1.0, one
 * that is signed by an algorithm which is not known passes, and so do names of an organisation that
 * lead out of vomsdir (vomsdata::check_from_file, validate() and vomsdata::check).
 */
void attributes_verify(STACK_OF(X509) *chain, const struct verify_rules *rules,
                       struct attributes *attributes);

#endif
