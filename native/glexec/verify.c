#include "glexec/verify.h"

#include <openssl/crypto.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "glexec/authorities.h"
#include "glexec/certificates.h"
#include "glexec/chain.h"
#include "glexec/config.h"
#include "glexec/exit_codes.h"

__attribute__((format(printf, 3, 4))) static int say(struct verdict *verdict, int code,
                                                     const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(verdict->why, sizeof verdict->why, format, arguments);
    va_end(arguments);
    verdict->code = code;
    return -1;
}

static int check_key(X509 *leaf, const char *pem, size_t length, const struct verify_rules *rules,
                     struct verdict *verdict) {
    EVP_PKEY *key = certificates_read_key(pem, length);
    if (key == NULL) {
        return rules->may_omit_key
                   ? 0
                   : say(verdict, EXIT_DENIED, "the proxy has no private key that can be read");
    }
    int matches = X509_check_private_key(leaf, key);
    EVP_PKEY_free(key);
    return matches == 1 ? 0
                        : say(verdict, EXIT_DENIED, "the private key is not the proxy's");
}

static int check_lifetime(X509 *proxy, const struct verify_rules *rules, struct verdict *verdict) {
    int days, seconds;
    if (rules->max_lifetime == 0) {
        return 0;
    }
    if (ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(proxy), X509_get0_notAfter(proxy)) != 1 ||
        days * 86400L + seconds > rules->max_lifetime) {
        return say(verdict, EXIT_INTERNAL, "a proxy lives longer than max_proxy_lifetime, %ld s",
                   rules->max_lifetime);
    }
    return 0;
}

/* What OpenSSL lets pass of a verified chain: policies, lifetimes, what a CA may sign. */
static int check_chain(STACK_OF(X509) *chain, struct authorities *authorities,
                       const struct verify_rules *rules, struct verdict *verdict) {
    for (int i = 0; i < sk_X509_num(chain); i++) {
        X509 *certificate = sk_X509_value(chain, i);
        if ((X509_get_extension_flags(certificate) & EXFLAG_PROXY) != 0) {
            const char *fault = certificates_proxy_fault(certificate);
            int limited = certificates_is_limited(certificate);
            if (fault != NULL) {
                return say(verdict, EXIT_DENIED, "certificate %d of the chain %s", i, fault);
            }
            if (limited < 0) {
                return say(verdict, EXIT_DENIED, "a proxy has a policy that is not known");
            }
            if (limited == 1 && !rules->allow_limited) {
                return say(verdict, EXIT_DENIED, "limited proxy (allow_limited_proxy = yes lets it pass)");
            }
            if (check_lifetime(certificate, rules, verdict) != 0) {
                return -1;
            }
        } else if (i + 1 < sk_X509_num(chain)) {
            const char *fault = chain_policy_fault(authorities, certificate);
            if (fault != NULL) {
                return say(verdict, EXIT_DENIED, "signing policy: %s", fault);
            }
        }
    }
    return 0;
}

/* The first of the verified chain that is no proxy. */
static int find_subject(STACK_OF(X509) *chain, struct verdict *verdict) {
    for (int i = 0; i < sk_X509_num(chain); i++) {
        X509 *certificate = sk_X509_value(chain, i);
        if ((X509_get_extension_flags(certificate) & EXFLAG_PROXY) == 0) {
            if (certificates_slash_form(X509_get_subject_name(certificate), verdict->subject) != 0) {
                return say(verdict, EXIT_DENIED,
                           "the subject cannot be written unambiguously with slashes");
            }
            return 0;
        }
    }
    return say(verdict, EXIT_DENIED, "the chain has nothing but proxies");
}

static int verify_chain(X509_STORE_CTX *context, STACK_OF(X509) *chain,
                        struct authorities *authorities, const struct verify_rules *rules,
                        struct verdict *verdict) {
    int error = chain_verify(context, authorities->store, chain, rules->crl, true);
    if (error < 0) {
        return say(verdict, EXIT_INTERNAL, "no memory to verify the proxy");
    }
    if (error != X509_V_OK) {
        return say(verdict, error == X509_V_ERR_CERT_HAS_EXPIRED ? EXIT_CALLER : EXIT_DENIED,
                   "%s (OpenSSL's error %d, certificate %d of the chain)",
                   X509_verify_cert_error_string(error), error,
                   X509_STORE_CTX_get_error_depth(context));
    }
    STACK_OF(X509) *verified = X509_STORE_CTX_get0_chain(context);
    return check_chain(verified, authorities, rules, verdict) == 0 ? find_subject(verified, verdict)
                                                                   : -1;
}

void verify_proxy(const char *pem, size_t length, const struct verify_rules *rules,
                  struct verdict *verdict, STACK_OF(X509) **verified) {
    *verdict = (struct verdict){.code = EXIT_INTERNAL, .why = "verification did not end"};
    if (verified != NULL) {
        *verified = NULL;
    }
    /* Without openssl.cnf: nothing of the machine's may load engines into this. */
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    STACK_OF(X509) *chain = certificates_read(pem, length);
    if (chain == NULL) {
        say(verdict, EXIT_DENIED, "the proxy file holds no chain of PEM certificates");
        return;
    }
    const char *fault = certificates_proxy_fault(sk_X509_value(chain, 0));
    struct authorities authorities = {
        .directory = rules->certdir, .trust = &rules->trust, .store = X509_STORE_new()};
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    if (context == NULL || authorities.store == NULL) {
        say(verdict, EXIT_INTERNAL, "no memory to verify the proxy");
    } else if (fault != NULL) {
        say(verdict, EXIT_DENIED, "the first certificate %s", fault);
    } else if (authorities_load(&authorities, chain, rules->crl != CRL_IGNORE) != 0) {
        say(verdict, EXIT_INTERNAL, "certdir: %s", authorities.why);
    } else if (check_key(sk_X509_value(chain, 0), pem, length, rules, verdict) == 0 &&
               verify_chain(context, chain, &authorities, rules, verdict) == 0) {
        verdict->code = 0;
        verdict->why[0] = 0;
        if (verified != NULL) {
            *verified = X509_STORE_CTX_get1_chain(context);
        }
    }
    X509_STORE_CTX_free(context);
    X509_STORE_free(authorities.store);
    sk_X509_pop_free(chain, X509_free);
}
