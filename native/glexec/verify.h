/* Whether a proxy proves who sent it: RFC 3820 chains to a trusted CA. */
#ifndef GLEXEC_VERIFY_H
#define GLEXEC_VERIFY_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>

#include "glexec/subject.h"
#include "glexec/trust.h"

struct verify_rules {
    const char *certdir;
    struct trust trust;
    int crl; /* enum crl_policy of config.h */
    bool allow_limited;
    bool may_omit_key;
    long max_lifetime; /* seconds; 0: any */
    const char *voms_library; /* its path (voms_library.h); NULL: attributes are not asked for */
    const char *vomsdir;
};

#define VERDICT_WHY_SIZE 768

/* Fixed in size: it comes back from another process. */
struct verdict {
    int code; /* 0, or the exit code */
    char subject[SUBJECT_SIZE];
    char why[VERDICT_WHY_SIZE];
};

/*
 * Verifies in this process. Needs no rights but to read the CA directory. Where `verified` is not NULL,
 * it is the verified chain if all went well, to be freed by the caller, and else NULL.
 */
void verify_proxy(const char *pem, size_t length, const struct verify_rules *rules,
                  struct verdict *verdict, STACK_OF(X509) **verified);

struct attributes;

/*
 * Verifies in a child that is `user` (or nobody, where there is no such account) and has little
 * memory and time: what a flaw in the reading of certificates would give is that. Gives the
 * verdict's code, logged where it is not 0, and the subject; then, where the rules ask for them, the
 * attributes of VOMS (attributes.h), whose own code is for the caller to judge. What reads those knows
 * the subject no more: it has been told before.
 */
int verify_apart(const char *pem, size_t length, const struct verify_rules *rules,
                 const char *user, char subject[SUBJECT_SIZE], struct attributes *attributes);

#endif
