/*
 * The attribute certificates (RFC 5755) that a VOMS server signs and a proxy carries: what they say, and
 * whose they are. Used only in the process without rights.
 */
#ifndef GLEXEC_ATTRIBUTE_CERTIFICATE_H
#define GLEXEC_ATTRIBUTE_CERTIFICATE_H

#include <openssl/x509.h>
#include <stdbool.h>

#include "glexec/fqan.h"

/* More of them in one proxy are refused. */
#define ATTRIBUTE_CERTIFICATES_LIMIT 8

struct attribute_certificate {
    struct attribute_info *info;
    const ASN1_STRING *signed_bytes; /* of `info`, as they were signed */
    const X509_ALGOR *algorithm;
    const ASN1_BIT_STRING *signature;
    struct attribute_servers *sent;
    STACK_OF(X509) *servers; /* of `sent`: the server's certificate and those it sends along */
    char organisation[FQAN_SIZE]; /* plain names, fit for a path */
    char host[FQAN_SIZE];
};

struct attribute_certificates {
    struct attribute_sequence *sequence; /* owns what the rest points to */
    int count;
    struct attribute_certificate each[ATTRIBUTE_CERTIFICATES_LIMIT];
};

/*
 * Reads those of the first certificate of a verified chain that carries any. Gives NULL, and the reason or,
 * where there are none, NULL in *fault. What it gives is valid until the next call.
 */
const struct attribute_certificates *attribute_certificates_read(STACK_OF(X509) *chain,
                                                                 const char **fault);

/* Why it is not signed by that certificate's key, or NULL. */
const char *attribute_certificate_signature_fault(const struct attribute_certificate *certificate,
                                                  X509 *server);

/* Why it is not about the owner of that certificate, or NULL. */
const char *attribute_certificate_holder_fault(const struct attribute_certificate *certificate,
                                               X509 *holder);

/* Why it is not valid now, or NULL; *expired tells one reason from the other. */
const char *attribute_certificate_date_fault(const struct attribute_certificate *certificate,
                                             bool *expired);

#endif
