/* The table of glexec.conf's keys. */
#ifndef GLEXEC_CONFIG_KEYS_H
#define GLEXEC_CONFIG_KEYS_H

#include "glexec/config.h"

enum config_kind {
    KIND_YES_NO,     /* yes, true, on, 1; no, false, off, 0 */
    KIND_TEXT,       /* anything that is not empty */
    KIND_LIST,       /* anything */
    KIND_PATH,       /* absolute */
    KIND_NUMBER,     /* from `least` to `most` */
    KIND_CHOICE,     /* one of `choices` */
    KIND_IGNORED,    /* of gLExec's plug-ins: it changes nothing that is decided here */
    KIND_REFUSED,    /* asks for a decision that we do not make */
    KIND_REFUSED_YES /* as KIND_REFUSED, unless it is "no" */
};

/* A word of a file, and the number that it stands for. The last one's word is NULL. */
struct config_choice {
    const char *word;
    int number;
};

struct config_key {
    const char *name;
    enum config_kind kind;
    size_t offset; /* in struct config */
    const struct config_choice *choices;
    long least;
    long most;
    const char *instead; /* of a refused key: what to write */
};

/* The key of that name, or NULL. */
const struct config_key *config_find_key(const char *name);

/* Its place in the table: for what is given twice. Always below 64. */
unsigned config_key_number(const struct config_key *key);

#endif
