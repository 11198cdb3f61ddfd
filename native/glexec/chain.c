#include "glexec/chain.h"

#include "glexec/certificates.h"
#include "glexec/config.h"

/* RSA and DH from 2048 bits, curves from 224, no SHA-1 or MD5: SSL_CTX_set_security_level(3). */
#define SECURITY_LEVEL 2

/* A CA that publishes no list is borne; a list that is there and is wrong is not. */
static int bear_missing_lists(int ok, X509_STORE_CTX *context) {
    if (!ok && X509_STORE_CTX_get_error(context) == X509_V_ERR_UNABLE_TO_GET_CRL) {
        X509_STORE_CTX_set_error(context, X509_V_OK);
        return 1;
    }
    return ok;
}

int chain_verify(X509_STORE_CTX *context, X509_STORE *store, STACK_OF(X509) *chain, int crl,
                 bool with_proxies) {
    if (X509_STORE_CTX_init(context, store, sk_X509_value(chain, 0), chain) != 1) {
        return -1;
    }
    X509_VERIFY_PARAM *parameters = X509_STORE_CTX_get0_param(context);
    unsigned long flags = with_proxies ? X509_V_FLAG_ALLOW_PROXY_CERTS : 0;
    if (crl != CRL_IGNORE) {
        /* Of the whole chain: a list asked for the leaf alone would be the proxy's, which has none. */
        flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
    }
    X509_VERIFY_PARAM_set_flags(parameters, flags);
    X509_VERIFY_PARAM_set_auth_level(parameters, SECURITY_LEVEL);
    X509_VERIFY_PARAM_set_depth(parameters, CHAIN_LIMIT);
    if (crl == CRL_IF_PRESENT) {
        X509_STORE_CTX_set_verify_cb(context, bear_missing_lists);
    }
    if (X509_verify_cert(context) == 1) {
        return X509_V_OK;
    }
    int error = X509_STORE_CTX_get_error(context);
    return error == X509_V_OK ? X509_V_ERR_UNSPECIFIED : error;
}

const char *chain_policy_fault(struct authorities *authorities, const X509 *certificate) {
    int answer = authorities_ask_policy(authorities, certificate);
    if (answer == SIGNING_ALLOWED) {
        return NULL;
    }
    if (answer < 0) {
        return authorities->why;
    }
    return answer == SIGNING_MALFORMED ? "the CA's file is malformed"
                                       : "the CA may not sign this subject";
}
