/* Reading certificates, with OpenSSL's libcrypto. Used only in the process without rights. */
#ifndef GLEXEC_CERTIFICATES_H
#define GLEXEC_CERTIFICATES_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>

#include "glexec/subject.h"

/* More certificates than that are no proxy. */
#define CHAIN_LIMIT 32

/* All certificates of a PEM text, in its order. NULL where there is none, too many, or a broken one. */
STACK_OF(X509) *certificates_read(const char *pem, size_t length);

/* The first private key of a PEM text; NULL where there is none that is not encrypted. */
EVP_PKEY *certificates_read_key(const char *pem, size_t length);

/*
 * A name in slash form, as X509_NAME_oneline(3) writes it. -1 where that would be ambiguous (a slash
 * or a backslash in a value, several values at one place), empty, or too long.
 */
int certificates_slash_form(const X509_NAME *name, char subject[SUBJECT_SIZE]);

/* What is wrong with a certificate as a proxy of RFC 3820, or NULL. Legacy ones are called by name. */
const char *certificates_proxy_fault(X509 *certificate);

/* Whether it is a proxy that carries the limited policy; -1 where the policy is one we do not know. */
int certificates_is_limited(X509 *proxy);

#endif
