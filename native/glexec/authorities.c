#include "glexec/authorities.h"

#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "glexec/certificates.h"

/* Lists of revoked certificates grow to megabytes. */
#define FILE_LIMIT (16 * 1024 * 1024)
#define FILES_OF_A_HASH 10

/*
 * Reads a file of the directory. Gives its text; NULL and *missing where it is not there; NULL
 * where something is wrong with it.
 */
static char *read_file(struct authorities *authorities, const char *name, size_t *length,
                       int *missing) {
    char path[PATH_MAX];
    char target[NAME_MAX + 2];
    *missing = 0;
    if (snprintf(path, sizeof path, "%s/%s", authorities->directory, name) >= (int)sizeof path) {
        snprintf(authorities->why, TRUST_WHY_SIZE, "certdir is too long");
        return NULL;
    }
    ssize_t size = readlink(path, target, sizeof target - 1);
    if (size < 0 && errno == ENOENT) {
        *missing = 1;
        return NULL;
    }
    if (size > 0) {
        target[size] = 0;
        if (strchr(target, '/') != NULL) {
            snprintf(authorities->why, TRUST_WHY_SIZE, "%.300s is a link out of its directory", path);
            return NULL;
        }
        snprintf(path, sizeof path, "%.3000s/%s", authorities->directory, target);
    }
    return trusted_read(path, FILE_LIMIT, authorities->trust, length, authorities->why);
}

/* Adds one certificate, or one list where `name` is that of a list. */
static int add(struct authorities *authorities, const char *text, size_t length, int is_list) {
    BIO *input = BIO_new_mem_buf(text, (int)length);
    int added = 0;
    if (input != NULL && is_list) {
        X509_CRL *list = PEM_read_bio_X509_CRL(input, NULL, NULL, NULL);
        added = list != NULL && X509_STORE_add_crl(authorities->store, list) == 1;
        X509_CRL_free(list);
    } else if (input != NULL) {
        X509 *certificate = PEM_read_bio_X509(input, NULL, NULL, NULL);
        added = certificate != NULL && X509_STORE_add_cert(authorities->store, certificate) == 1;
        X509_free(certificate);
    }
    BIO_free(input);
    ERR_clear_error();
    return added ? 0 : -1;
}

/* Loads <hash>.0 and so on, or <hash>.r0, up to the first that is missing. */
static int load_kind(struct authorities *authorities, unsigned long hash, const char *kind) {
    for (int i = 0; i < FILES_OF_A_HASH; i++) {
        char name[32];
        size_t length;
        int missing;
        snprintf(name, sizeof name, "%08lx.%s%d", hash, kind, i);
        char *text = read_file(authorities, name, &length, &missing);
        if (text == NULL) {
            return missing ? 0 : -1;
        }
        int result = add(authorities, text, length, *kind != 0);
        free(text);
        if (result != 0) {
            snprintf(authorities->why, TRUST_WHY_SIZE, "%.300s/%s: holds no PEM %s",
                     authorities->directory, name, *kind == 0 ? "certificate" : "X509 CRL");
            return -1;
        }
    }
    return 0;
}

static unsigned long issuer_hash(const X509 *certificate) {
    int done;
    return X509_NAME_hash_ex(X509_get_issuer_name(certificate), NULL, NULL, &done);
}

int authorities_load(struct authorities *authorities, const STACK_OF(X509) *chain, int with_crls) {
    unsigned long hashes[2 * CHAIN_LIMIT];
    int count = 0;
    for (int i = 0; i < sk_X509_num(chain); i++) {
        hashes[count++] = issuer_hash(sk_X509_value(chain, i));
    }
    for (int i = 0; i < count; i++) {
        int seen = 0;
        for (int k = 0; k < i && !seen; k++) {
            seen = hashes[k] == hashes[i];
        }
        if (seen) {
            continue;
        }
        if (load_kind(authorities, hashes[i], "") != 0 ||
            (with_crls && load_kind(authorities, hashes[i], "r") != 0)) {
            return -1;
        }
        /* What the CAs found so far were issued by themselves is looked for as well. */
        STACK_OF(X509) *known = X509_STORE_get1_all_certs(authorities->store);
        for (int k = 0; k < sk_X509_num(known) && count < 2 * CHAIN_LIMIT; k++) {
            unsigned long hash = issuer_hash(sk_X509_value(known, k));
            int listed = 0;
            for (int m = 0; m < count && !listed; m++) {
                listed = hashes[m] == hash;
            }
            if (!listed) {
                hashes[count++] = hash;
            }
        }
        sk_X509_pop_free(known, X509_free);
    }
    return 0;
}

int authorities_ask_policy(struct authorities *authorities, const X509 *certificate) {
    char issuer[SUBJECT_SIZE];
    char subject[SUBJECT_SIZE];
    char name[40];
    size_t length;
    int missing;
    snprintf(name, sizeof name, "%08lx.signing_policy", issuer_hash(certificate));
    char *text = read_file(authorities, name, &length, &missing);
    if (text == NULL) {
        return missing ? SIGNING_ALLOWED : -1;
    }
    enum signing_answer answer = SIGNING_NOT_ALLOWED;
    if (certificates_slash_form(X509_get_issuer_name(certificate), issuer) == 0 &&
        certificates_slash_form(X509_get_subject_name(certificate), subject) == 0) {
        answer = signing_policy_ask(text, issuer, subject);
    }
    free(text);
    return (int)answer;
}
