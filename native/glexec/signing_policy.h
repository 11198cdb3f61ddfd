/* <hash>.signing_policy: which subjects a CA may sign. Globus' "EACL" format. */
#ifndef GLEXEC_SIGNING_POLICY_H
#define GLEXEC_SIGNING_POLICY_H

enum signing_answer {
    SIGNING_ALLOWED,
    SIGNING_NOT_ALLOWED, /* the CA has no entry, or none that covers the subject */
    SIGNING_MALFORMED
};

/*
 * Asks a policy whether the CA may sign a certificate of the subject. The text is cut into pieces.
 * Names are compared in normalised form (subject.h). Pure.
 */
enum signing_answer signing_policy_ask(char *text, const char *issuer, const char *subject);

#endif
