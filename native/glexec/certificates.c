#include "glexec/certificates.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

/* RFC 3820, and Globus' own for limited proxies; glexec.md names no other that tools make. */
#define POLICY_INHERIT_ALL "1.3.6.1.5.5.7.21.1"
#define POLICY_INDEPENDENT "1.3.6.1.5.5.7.21.2"
#define POLICY_LIMITED "1.3.6.1.4.1.3536.1.1.1.9"
/* The extension of proxies from before the RFC (Globus Toolkit 3). */
#define DRAFT_PROXY_INFO "1.3.6.1.4.1.3536.1.222"

/* Takes one block of a PEM text. Gives -1 where it is a certificate and broken. */
static int take_block(STACK_OF(X509) *chain, const char *label, const unsigned char *data,
                      long length) {
    if (strcmp(label, PEM_STRING_X509) != 0 && strcmp(label, PEM_STRING_X509_OLD) != 0) {
        return 0;
    }
    const unsigned char *end = data;
    X509 *certificate = d2i_X509(NULL, &end, length);
    if (certificate == NULL || end != data + length || sk_X509_num(chain) >= CHAIN_LIMIT ||
        sk_X509_push(chain, certificate) == 0) {
        X509_free(certificate);
        return -1;
    }
    return 0;
}

STACK_OF(X509) *certificates_read(const char *pem, size_t length) {
    BIO *input = BIO_new_mem_buf(pem, (int)length);
    STACK_OF(X509) *chain = sk_X509_new_null();
    char *label, *header;
    unsigned char *data;
    long size;
    int result = 0;
    while (result == 0 && input != NULL && chain != NULL &&
           PEM_read_bio(input, &label, &header, &data, &size) == 1) {
        result = take_block(chain, label, data, size);
        OPENSSL_free(label);
        OPENSSL_free(header);
        OPENSSL_cleanse(data, (size_t)size);
        OPENSSL_free(data);
    }
    BIO_free(input);
    /* The end of the text, and not a block that cannot be read. */
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
        result = -1;
    }
    ERR_clear_error();
    if (result != 0 || chain == NULL || sk_X509_num(chain) == 0) {
        sk_X509_pop_free(chain, X509_free);
        return NULL;
    }
    return chain;
}

/* OpenSSL would ask the terminal. */
static int no_password(char *buffer, int size, int writing, void *data) {
    (void)buffer, (void)size, (void)writing, (void)data;
    return -1;
}

EVP_PKEY *certificates_read_key(const char *pem, size_t length) {
    BIO *input = BIO_new_mem_buf(pem, (int)length);
    EVP_PKEY *key = input == NULL ? NULL : PEM_read_bio_PrivateKey(input, NULL, no_password, NULL);
    BIO_free(input);
    return key;
}

/* Adds "/NAME=value". Gives the new length, or -1. */
static int add_entry(const X509_NAME_ENTRY *entry, char *subject, int length) {
    char name[80];
    const ASN1_OBJECT *object = X509_NAME_ENTRY_get_object(entry);
    int nid = OBJ_obj2nid(object);
    if (nid == NID_undef) {
        OBJ_obj2txt(name, sizeof name, object, 1);
    } else {
        snprintf(name, sizeof name, "%s", OBJ_nid2sn(nid));
    }
    length += snprintf(subject + length, (size_t)(SUBJECT_SIZE - length), "/%s=", name);
    unsigned char *text = NULL;
    int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(entry));
    for (int i = 0; i < size && length >= 0; i++) {
        bool plain = text[i] >= ' ' && text[i] < 0x7f;
        if (length + 5 >= SUBJECT_SIZE || text[i] == '/' || text[i] == '\\') {
            length = -1;
        } else {
            length += snprintf(subject + length, 5, plain ? "%c" : "\\x%02X", text[i]);
        }
    }
    OPENSSL_free(text);
    return size < 0 ? -1 : length;
}

int certificates_slash_form(const X509_NAME *name, char subject[SUBJECT_SIZE]) {
    int length = 0;
    int count = X509_NAME_entry_count(name);
    for (int i = 0; i < count; i++) {
        const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);
        bool shares_place =
            i > 0 && X509_NAME_ENTRY_set(entry) == X509_NAME_ENTRY_set(X509_NAME_get_entry(name, i - 1));
        if (shares_place || length + 100 >= SUBJECT_SIZE) {
            return -1;
        }
        length = add_entry(entry, subject, length);
        if (length < 0) {
            return -1;
        }
    }
    return count > 0 ? 0 : -1;
}

static bool has_draft_extension(X509 *certificate) {
    char oid[80];
    for (int i = 0; i < X509_get_ext_count(certificate); i++) {
        OBJ_obj2txt(oid, sizeof oid, X509_EXTENSION_get_object(X509_get_ext(certificate, i)), 1);
        if (strcmp(oid, DRAFT_PROXY_INFO) == 0) {
            return true;
        }
    }
    return false;
}

/* The last name of a legacy proxy is one of two words. */
static bool has_legacy_name(X509 *certificate) {
    char word[32] = "";
    const X509_NAME *name = X509_get_subject_name(certificate);
    const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, X509_NAME_entry_count(name) - 1);
    if (entry == NULL || OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry)) != NID_commonName) {
        return false;
    }
    const ASN1_STRING *value = X509_NAME_ENTRY_get_data(entry);
    int length = ASN1_STRING_length(value);
    if (length <= 0 || length >= (int)sizeof word) {
        return false;
    }
    memcpy(word, ASN1_STRING_get0_data(value), (size_t)length);
    return strcmp(word, "proxy") == 0 || strcmp(word, "limited proxy") == 0;
}

const char *certificates_proxy_fault(X509 *certificate) {
    if (has_draft_extension(certificate)) {
        return "is a legacy GT3 proxy; make one of RFC 3820 (voms-proxy-init -rfc)";
    }
    int at = X509_get_ext_by_NID(certificate, NID_proxyCertInfo, -1);
    if (at < 0) {
        return has_legacy_name(certificate)
                   ? "is a legacy GT2 proxy; make one of RFC 3820 (voms-proxy-init -rfc)"
                   : "is no proxy certificate";
    }
    if (X509_EXTENSION_get_critical(X509_get_ext(certificate, at)) == 0) {
        return "has a proxyCertInfo that is not critical";
    }
    uint32_t flags = X509_get_extension_flags(certificate);
    if ((flags & EXFLAG_INVALID) != 0 || (flags & EXFLAG_PROXY) == 0) {
        return "has extensions that no proxy certificate may have";
    }
    return NULL;
}

int certificates_is_limited(X509 *proxy) {
    char oid[80] = "";
    PROXY_CERT_INFO_EXTENSION *info = X509_get_ext_d2i(proxy, NID_proxyCertInfo, NULL, NULL);
    if (info != NULL && info->proxyPolicy != NULL) {
        OBJ_obj2txt(oid, sizeof oid, info->proxyPolicy->policyLanguage, 1);
    }
    PROXY_CERT_INFO_EXTENSION_free(info);
    if (strcmp(oid, POLICY_LIMITED) == 0) {
        return 1;
    }
    return strcmp(oid, POLICY_INHERIT_ALL) == 0 || strcmp(oid, POLICY_INDEPENDENT) == 0 ? 0 : -1;
}
