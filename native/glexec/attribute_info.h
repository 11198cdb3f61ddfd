/* The ASN.1 of attribute certificates, for OpenSSL's templates: RFC 5755, section 4.1. */
#ifndef GLEXEC_ATTRIBUTE_INFO_H
#define GLEXEC_ATTRIBUTE_INFO_H

#include <openssl/asn1t.h>
#include <openssl/x509v3.h>

/* IssuerSerial. */
struct issuer_serial {
    GENERAL_NAMES *issuer;
    ASN1_INTEGER *serial;
    ASN1_BIT_STRING *unique_id;
};

/* Holder; one that is known by a digest only is none here. */
struct attribute_holder {
    struct issuer_serial *certificate;
    GENERAL_NAMES *names;
};

struct attribute_validity {
    ASN1_GENERALIZEDTIME *not_before;
    ASN1_GENERALIZEDTIME *not_after;
};

/* AttributeCertificateInfo. */
struct attribute_info {
    ASN1_INTEGER *version;
    struct attribute_holder *holder;
    ASN1_TYPE *issuer;
    X509_ALGOR *algorithm;
    ASN1_INTEGER *serial;
    struct attribute_validity *validity;
    STACK_OF(X509_ATTRIBUTE) *attributes;
    ASN1_BIT_STRING *unique_id;
    STACK_OF(X509_EXTENSION) *extensions;
};

/* AttributeCertificate; what was signed is kept as it was sent. */
struct attribute_envelope {
    ASN1_TYPE *info;
    X509_ALGOR *algorithm;
    ASN1_BIT_STRING *signature;
};
typedef struct attribute_envelope ATTRIBUTE_ENVELOPE;
DEFINE_STACK_OF(ATTRIBUTE_ENVELOPE)

/* VOMS' extension of a proxy: a sequence of one, the certificates' own. */
struct attribute_sequence {
    STACK_OF(ATTRIBUTE_ENVELOPE) *certificates;
};

/* VOMS' extension of an attribute certificate: the server's chain, likewise. */
struct attribute_servers {
    STACK_OF(X509) *certificates;
};

/* IetfAttrSyntax: of which organisation, by which server. */
struct attribute_authority {
    GENERAL_NAMES *authority;
    STACK_OF(ASN1_OCTET_STRING) *values;
};

const ASN1_ITEM *attribute_info_it(void);
const ASN1_ITEM *attribute_sequence_it(void);
const ASN1_ITEM *attribute_servers_it(void);
const ASN1_ITEM *attribute_authority_it(void);

#endif
