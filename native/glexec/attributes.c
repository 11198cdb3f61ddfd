#include "glexec/attributes.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "glexec/attribute_certificate.h"
#include "glexec/exit_codes.h"
#include "glexec/voms_library.h"
#include "glexec/voms_server.h"

__attribute__((format(printf, 3, 4))) static int say(struct attributes *attributes, int code,
                                                     const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(attributes->why, sizeof attributes->why, format, arguments);
    va_end(arguments);
    attributes->code = code;
    return -1;
}

/* The first of a verified chain that is no proxy: there is one. */
static X509 *owner_of(STACK_OF(X509) *chain) {
    int i = 0;
    while ((X509_get_extension_flags(sk_X509_value(chain, i)) & EXFLAG_PROXY) != 0) {
        i++;
    }
    return sk_X509_value(chain, i);
}

static int check_one(const struct attribute_certificate *certificate, X509 *owner,
                     const struct verify_rules *rules, struct attributes *attributes) {
    bool expired;
    const char *fault =
        attribute_certificate_signature_fault(certificate, sk_X509_value(certificate->servers, 0));
    if (fault == NULL) {
        attributes->code = voms_server_check(certificate, rules, attributes->why);
        if (attributes->code != 0) {
            return -1;
        }
        fault = attribute_certificate_holder_fault(certificate, owner);
    }
    if (fault != NULL) {
        return say(attributes, EXIT_DENIED, "an attribute certificate %s", fault);
    }
    fault = attribute_certificate_date_fault(certificate, &expired);
    return fault == NULL ? 0
                         : say(attributes, expired ? EXIT_CALLER : EXIT_DENIED,
                               "the attribute certificate of %s %s", certificate->organisation, fault);
}

/* The chain as a file of PEM: the library may have another libcrypto than we. */
static FILE *write_chain(STACK_OF(X509) *chain, char **text) {
    size_t length = 0;
    FILE *file = open_memstream(text, &length);
    bool written = file != NULL;
    for (int i = 0; written && i < sk_X509_num(chain); i++) {
        written = PEM_write_X509(file, sk_X509_value(chain, i)) == 1;
    }
    if (file != NULL) {
        written = fclose(file) == 0 && written;
    }
    return written ? fmemopen(*text, length, "r") : NULL;
}

/* Takes the FQANs of what the library calls an attribute certificate, and which is the one we verified. */
static int take_fqans(const struct voms_attributes *found,
                      const struct attribute_certificate *certificate, struct attributes *attributes) {
    size_t length = (size_t)ASN1_STRING_length(certificate->signature);
    if (found == NULL || found->signature_length != (int)length ||
        memcmp(found->signature, ASN1_STRING_get0_data(certificate->signature), length) != 0 ||
        strcmp(found->organisation, certificate->organisation) != 0) {
        return say(attributes, EXIT_INTERNAL, "the VOMS library reads other attributes than we do");
    }
    for (char **fqan = found->fqans; *fqan != NULL; fqan++) {
        if (attributes->count == ATTRIBUTES_LIMIT) {
            return say(attributes, EXIT_DENIED, "there are more than %d attributes",
                       ATTRIBUTES_LIMIT);
        }
        if (fqan_take(*fqan, certificate->organisation, attributes->fqans[attributes->count]) != 0) {
            return say(attributes, EXIT_DENIED, "%s issues %.200s, which is no FQAN of it",
                       certificate->organisation, *fqan);
        }
        attributes->count++;
    }
    return 0;
}

static int ask_library(STACK_OF(X509) *chain, const struct attribute_certificates *certificates,
                       const struct verify_rules *rules, struct attributes *attributes) {
    struct voms_library library;
    char wrong[TRUST_WHY_SIZE];
    char *text = NULL;
    int error = 0;
    if (!voms_library_load(rules->voms_library, &library, wrong)) {
        return say(attributes, EXIT_INTERNAL, "VOMS library: %s", wrong);
    }
    struct voms_data *data = library.init((char *)rules->vomsdir, (char *)rules->certdir);
    FILE *file = write_chain(chain, &text);
    if (data == NULL || file == NULL) {
        return say(attributes, EXIT_INTERNAL, "no memory for the VOMS library");
    }
    if (library.retrieve_from_file(file, VOMS_OF_CHAIN, data, &error) == 0) {
        char message[400] = "";
        library.error_message(data, error, message, sizeof message);
        message[sizeof message - 1] = 0;
        return say(attributes, EXIT_DENIED, "VOMS library: %s (error %d)", message, error);
    }
    for (int i = 0; i < certificates->count; i++) {
        if (take_fqans(data->attributes[i], &certificates->each[i], attributes) != 0) {
            return -1;
        }
    }
    return data->attributes[certificates->count] == NULL
               ? 0
               : say(attributes, EXIT_INTERNAL, "the VOMS library reads more attributes than we do");
}

void attributes_verify(STACK_OF(X509) *chain, const struct verify_rules *rules,
                       struct attributes *attributes) {
    const char *fault;
    *attributes = (struct attributes){0};
    const struct attribute_certificates *certificates = attribute_certificates_read(chain, &fault);
    if (certificates == NULL) {
        if (fault != NULL) {
            say(attributes, EXIT_DENIED, "an attribute certificate %s", fault);
        }
        return;
    }
    int result = 0;
    for (int i = 0; result == 0 && i < certificates->count; i++) {
        result = check_one(&certificates->each[i], owner_of(chain), rules, attributes);
    }
    if (result == 0) {
        result = ask_library(chain, certificates, rules, attributes);
    }
    if (result != 0) {
        attributes->count = 0;
    }
}
