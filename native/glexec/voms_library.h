/*
 * The VOMS library, libvomsapi.so.1, loaded at run time: glexec is built and works without it. Its
 * interface is that of voms/voms_apic.h; only what is called here is declared.
 */
#ifndef GLEXEC_VOMS_LIBRARY_H
#define GLEXEC_VOMS_LIBRARY_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

#include "glexec/trust.h"

/* The first fields of its `struct voms`: one attribute certificate that it has verified. */
struct voms_attributes {
    int signature_length;
    char *signature;
    char *holder, *holder_issuer;
    char *server, *server_issuer;
    char *organisation;
    char *uri;
    char *not_before, *not_after;
    int type;
    void **triplets;
    char *custom;
    int custom_length;
    int version;
    char **fqans; /* ends with NULL */
};

/* The first fields of its `struct vomsdata`. */
struct voms_data {
    char *first, *second; /* the two directories */
    struct voms_attributes **attributes; /* ends with NULL */
};

/* RECURSE_CHAIN: of the chain, the first certificate that has attributes. */
#define VOMS_OF_CHAIN 0

struct voms_library {
    struct voms_data *(*init)(char *vomsdir, char *certdir);
    int (*retrieve_from_file)(FILE *chain, int how, struct voms_data *data, int *error);
    char *(*error_message)(struct voms_data *data, int error, char *buffer, int length);
};

/*
 * Looks for the library in the machine's library directories, which no environment changes, by
 * trusted paths. Writes its path without links. False, and why, where it is not there or not to be trusted.
 */
bool voms_library_find(char path[PATH_MAX], char why[TRUST_WHY_SIZE]);

/* Loads it into this process, which runs its code: for the process without rights. False, and why. */
bool voms_library_load(const char *path, struct voms_library *library, char why[TRUST_WHY_SIZE]);

#endif
