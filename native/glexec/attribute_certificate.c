#include "glexec/attribute_certificate.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>
#include <time.h>

#include "glexec/attribute_info.h"

/* VOMS' own numbers: the attribute, the extensions of a proxy and of an attribute certificate. */
#define ATTRIBUTE_OID "1.3.6.1.4.1.8005.100.100.4"
#define PROXY_EXTENSION_OID "1.3.6.1.4.1.8005.100.100.5"
#define SERVERS_OID "1.3.6.1.4.1.8005.100.100.10"
/* Version 2 is the only one: RFC 5755, section 4.2.1. */
#define VERSION 1
/* Seconds that clocks may differ. */
#define CLOCK_SKEW 300

static bool has_oid(const ASN1_OBJECT *object, const char *oid) {
    char text[80];
    OBJ_obj2txt(text, sizeof text, object, 1);
    return strcmp(text, oid) == 0;
}

/* Decodes all of a string. */
static void *decode(const ASN1_STRING *string, const ASN1_ITEM *item) {
    const unsigned char *from = ASN1_STRING_get0_data(string);
    const unsigned char *end = from + ASN1_STRING_length(string);
    ASN1_VALUE *value = ASN1_item_d2i(NULL, &from, ASN1_STRING_length(string), item);
    if (value != NULL && from != end) {
        ASN1_item_free(value, item);
        value = NULL;
    }
    ERR_clear_error();
    return value;
}

/* The one extension with that number, or NULL. */
static const ASN1_STRING *find_extension(const STACK_OF(X509_EXTENSION) *extensions,
                                         const char *oid) {
    for (int i = 0; i < sk_X509_EXTENSION_num(extensions); i++) {
        X509_EXTENSION *extension = sk_X509_EXTENSION_value(extensions, i);
        if (has_oid(X509_EXTENSION_get_object(extension), oid)) {
            return X509_EXTENSION_get_data(extension);
        }
    }
    return NULL;
}

/* Splits "vo://host:port". */
static bool take_address(const ASN1_STRING *uri, struct attribute_certificate *certificate) {
    char text[FQAN_SIZE];
    int length = ASN1_STRING_length(uri);
    if (length <= 0 || length >= (int)sizeof text ||
        memchr(ASN1_STRING_get0_data(uri), 0, (size_t)length) != NULL) {
        return false;
    }
    memcpy(text, ASN1_STRING_get0_data(uri), (size_t)length);
    text[length] = 0;
    char *host = strstr(text, "://");
    char *port = host == NULL ? NULL : strchr(host + 3, ':');
    if (port == NULL) {
        return false;
    }
    *host = 0;
    *port = 0;
    strcpy(certificate->organisation, text);
    strcpy(certificate->host, host + 3);
    return fqan_is_plain_name(certificate->organisation) && fqan_is_plain_name(certificate->host);
}

/* The organisation and the server are named by the one attribute of VOMS. */
static bool take_authority(struct attribute_certificate *certificate) {
    const STACK_OF(X509_ATTRIBUTE) *attributes = certificate->info->attributes;
    X509_ATTRIBUTE *found = NULL;
    for (int i = 0; i < sk_X509_ATTRIBUTE_num(attributes); i++) {
        X509_ATTRIBUTE *attribute = sk_X509_ATTRIBUTE_value(attributes, i);
        if (has_oid(X509_ATTRIBUTE_get0_object(attribute), ATTRIBUTE_OID)) {
            if (found != NULL) {
                return false;
            }
            found = attribute;
        }
    }
    if (found == NULL || X509_ATTRIBUTE_count(found) != 1) {
        return false;
    }
    const ASN1_STRING *value = X509_ATTRIBUTE_get0_data(found, 0, V_ASN1_SEQUENCE, NULL);
    struct attribute_authority *authority =
        value == NULL ? NULL : decode(value, attribute_authority_it());
    bool taken = false;
    if (authority != NULL && sk_GENERAL_NAME_num(authority->authority) == 1) {
        int type;
        const ASN1_STRING *uri =
            GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(authority->authority, 0), &type);
        taken = type == GEN_URI && take_address(uri, certificate);
    }
    ASN1_item_free((ASN1_VALUE *)authority, attribute_authority_it());
    return taken;
}

/* What is wrong with the form of one, or NULL. */
static const char *take(const struct attribute_envelope *envelope,
                        struct attribute_certificate *certificate) {
    if (envelope->info->type != V_ASN1_SEQUENCE) {
        return "is no attribute certificate";
    }
    certificate->signed_bytes = envelope->info->value.sequence;
    certificate->algorithm = envelope->algorithm;
    certificate->signature = envelope->signature;
    certificate->info = decode(certificate->signed_bytes, attribute_info_it());
    if (certificate->info == NULL || ASN1_INTEGER_get(certificate->info->version) != VERSION) {
        return "is no attribute certificate";
    }
    if (!take_authority(certificate)) {
        return "names no organisation and server";
    }
    const ASN1_STRING *servers = find_extension(certificate->info->extensions, SERVERS_OID);
    certificate->sent = servers == NULL ? NULL : decode(servers, attribute_servers_it());
    if (certificate->sent == NULL || sk_X509_num(certificate->sent->certificates) < 1) {
        return "comes without its server's certificate";
    }
    certificate->servers = certificate->sent->certificates;
    return NULL;
}

static void forget(struct attribute_certificates *all) {
    for (int i = 0; i < ATTRIBUTE_CERTIFICATES_LIMIT; i++) {
        ASN1_item_free((ASN1_VALUE *)all->each[i].info, attribute_info_it());
        ASN1_item_free((ASN1_VALUE *)all->each[i].sent, attribute_servers_it());
    }
    ASN1_item_free((ASN1_VALUE *)all->sequence, attribute_sequence_it());
    *all = (struct attribute_certificates){0};
}

const struct attribute_certificates *attribute_certificates_read(STACK_OF(X509) *chain,
                                                                 const char **fault) {
    static struct attribute_certificates all;
    const ASN1_STRING *data = NULL;
    *fault = NULL;
    forget(&all);
    for (int i = 0; i < sk_X509_num(chain) && data == NULL; i++) {
        data = find_extension(X509_get0_extensions(sk_X509_value(chain, i)), PROXY_EXTENSION_OID);
    }
    if (data == NULL) {
        return NULL;
    }
    all.sequence = decode(data, attribute_sequence_it());
    all.count =
        all.sequence == NULL ? 0 : sk_ATTRIBUTE_ENVELOPE_num(all.sequence->certificates);
    if (all.count < 1 || all.count > ATTRIBUTE_CERTIFICATES_LIMIT) {
        *fault = "is none, or there are too many";
        return NULL;
    }
    for (int i = 0; i < all.count && *fault == NULL; i++) {
        *fault = take(sk_ATTRIBUTE_ENVELOPE_value(all.sequence->certificates, i), &all.each[i]);
    }
    return *fault == NULL ? &all : NULL;
}

const char *attribute_certificate_signature_fault(const struct attribute_certificate *certificate,
                                                  X509 *server) {
    int digest_number;
    const X509_ALGOR *algorithm = certificate->algorithm;
    const ASN1_OBJECT *name;
    X509_ALGOR_get0(&name, NULL, NULL, algorithm);
    if (X509_ALGOR_cmp(algorithm, certificate->info->algorithm) != 0) {
        return "names two algorithms for one signature";
    }
    const EVP_MD *digest = OBJ_find_sigid_algs(OBJ_obj2nid(name), &digest_number, NULL) == 1
                               ? EVP_get_digestbynid(digest_number)
                               : NULL;
    /* As for the chain's: none of SHA-1 or MD5. */
    if (digest == NULL || EVP_MD_get_size(digest) < 28) {
        return "is signed by an algorithm that is not known or too weak";
    }
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int verified = 0;
    if (context != NULL && EVP_DigestVerifyInit(context, NULL, digest, NULL, X509_get0_pubkey(server)) == 1) {
        verified = EVP_DigestVerify(context, ASN1_STRING_get0_data(certificate->signature),
                                    (size_t)ASN1_STRING_length(certificate->signature),
                                    ASN1_STRING_get0_data(certificate->signed_bytes),
                                    (size_t)ASN1_STRING_length(certificate->signed_bytes));
    }
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return verified == 1 ? NULL : "is not signed by the key of its server's certificate";
}

const char *attribute_certificate_holder_fault(const struct attribute_certificate *certificate,
                                               X509 *holder) {
    const struct issuer_serial *known = certificate->info->holder->certificate;
    int type;
    if (known == NULL || sk_GENERAL_NAME_num(known->issuer) != 1) {
        return "names no certificate of its holder";
    }
    const X509_NAME *name = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(known->issuer, 0), &type);
    /* By the RFC it is the issuer's name; VOMS' old form has the holder's own in its place. */
    bool is_named = type == GEN_DIRNAME &&
                    (X509_NAME_cmp(name, X509_get_issuer_name(holder)) == 0 ||
                     X509_NAME_cmp(name, X509_get_subject_name(holder)) == 0);
    return is_named && ASN1_INTEGER_cmp(known->serial, X509_get0_serialNumber(holder)) == 0
               ? NULL
               : "is another's: its holder is not the owner of the proxy";
}

const char *attribute_certificate_date_fault(const struct attribute_certificate *certificate,
                                             bool *expired) {
    const struct attribute_validity *validity = certificate->info->validity;
    time_t now = time(NULL);
    time_t soon = now + CLOCK_SKEW;
    *expired = false;
    /* 0 is an error of X509_cmp_time(3), and no equality. */
    if (X509_cmp_time(validity->not_before, &soon) != -1) {
        return "is not valid yet";
    }
    *expired = X509_cmp_time(validity->not_after, &now) != 1;
    return *expired ? "has expired" : NULL;
}
