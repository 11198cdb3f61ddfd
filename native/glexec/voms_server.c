#include "glexec/voms_server.h"

#include <limits.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

#include "glexec/authorities.h"
#include "glexec/certificates.h"
#include "glexec/chain.h"
#include "glexec/config.h"
#include "glexec/exit_codes.h"
#include "glexec/lsc.h"

#define LSC_LIMIT (64 * 1024)

static int check_listed(const struct attribute_certificate *certificate,
                        const struct verify_rules *rules, char why[VERDICT_WHY_SIZE]) {
    X509 *server = sk_X509_value(certificate->servers, 0);
    char path[PATH_MAX];
    char wrong[TRUST_WHY_SIZE];
    char subject[SUBJECT_SIZE];
    char issuer[SUBJECT_SIZE];
    size_t length;
    if (certificates_slash_form(X509_get_subject_name(server), subject) != 0 ||
        certificates_slash_form(X509_get_issuer_name(server), issuer) != 0) {
        snprintf(why, VERDICT_WHY_SIZE,
                 "the server's subject cannot be written unambiguously with slashes");
        return EXIT_DENIED;
    }
    snprintf(path, sizeof path, "%.3000s/%s/%s.lsc", rules->vomsdir, certificate->organisation,
             certificate->host);
    char *text = trusted_read(path, LSC_LIMIT, &rules->trust, &length, wrong);
    if (text == NULL) {
        snprintf(why, VERDICT_WHY_SIZE, "vomsdir: %s", wrong);
        return EXIT_DENIED;
    }
    bool listed = lsc_names(text, subject, issuer);
    free(text);
    if (!listed) {
        snprintf(why, VERDICT_WHY_SIZE, "vomsdir: %.200s does not list the server %.400s", path,
                 subject);
        return EXIT_DENIED;
    }
    return 0;
}

static int check_verified(STACK_OF(X509) *verified, struct authorities *authorities,
                          char why[VERDICT_WHY_SIZE]) {
    for (int i = 0; i + 1 < sk_X509_num(verified); i++) {
        const char *fault = chain_policy_fault(authorities, sk_X509_value(verified, i));
        if (fault != NULL) {
            snprintf(why, VERDICT_WHY_SIZE, "the server's signing policy: %s", fault);
            return EXIT_DENIED;
        }
    }
    return 0;
}

static int check_chain(X509_STORE_CTX *context, STACK_OF(X509) *servers,
                       struct authorities *authorities, const struct verify_rules *rules,
                       char why[VERDICT_WHY_SIZE]) {
    if (sk_X509_num(servers) > CHAIN_LIMIT) {
        snprintf(why, VERDICT_WHY_SIZE, "the server's chain is too long");
        return EXIT_DENIED;
    }
    if (authorities_load(authorities, servers, rules->crl != CRL_IGNORE) != 0) {
        snprintf(why, VERDICT_WHY_SIZE, "certdir: %s", authorities->why);
        return EXIT_INTERNAL;
    }
    int error = chain_verify(context, authorities->store, servers, rules->crl, false);
    if (error != X509_V_OK) {
        snprintf(why, VERDICT_WHY_SIZE, "the server's certificate: %s (OpenSSL's error %d)",
                 error < 0 ? "no memory" : X509_verify_cert_error_string(error), error);
        return EXIT_DENIED;
    }
    return check_verified(X509_STORE_CTX_get0_chain(context), authorities, why);
}

int voms_server_check(const struct attribute_certificate *certificate,
                      const struct verify_rules *rules, char why[VERDICT_WHY_SIZE]) {
    struct authorities authorities = {
        .directory = rules->certdir, .trust = &rules->trust, .store = X509_STORE_new()};
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    int code = EXIT_INTERNAL;
    snprintf(why, VERDICT_WHY_SIZE, "no memory to verify the attributes");
    if (context != NULL && authorities.store != NULL) {
        code = check_listed(certificate, rules, why);
    }
    if (code == 0) {
        code = check_chain(context, certificate->servers, &authorities, rules, why);
    }
    X509_STORE_CTX_free(context);
    X509_STORE_free(authorities.store);
    return code;
}
