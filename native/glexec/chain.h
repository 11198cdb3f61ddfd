/* Verifying a chain of certificates up to a trusted CA, with OpenSSL. */
#ifndef GLEXEC_CHAIN_H
#define GLEXEC_CHAIN_H

#include <openssl/x509_vfy.h>
#include <stdbool.h>

#include "glexec/authorities.h"

/*
 * Verifies the first certificate of `chain` with the others and the store's CAs: dates, signatures,
 * strength of keys and digests, and by `crl` (enum crl_policy) the lists of revoked certificates of every
 * issuer. Proxies are certificates like others where `with_proxies`. Gives X509_V_OK, OpenSSL's error, or -1
 * where there is no memory. The verified chain is then the context's, X509_STORE_CTX_get0_chain(3).
 */
int chain_verify(X509_STORE_CTX *context, X509_STORE *store, STACK_OF(X509) *chain, int crl,
                 bool with_proxies);

/*
 * Why the signing policy of its issuer forbids a certificate, or NULL. What is at the end of a verified
 * chain needs no asking.
 */
const char *chain_policy_fault(struct authorities *authorities, const X509 *certificate);

#endif
