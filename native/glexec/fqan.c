#include "glexec/fqan.h"

#include <stdio.h>
#include <string.h>

#define NO_ROLE "/Role=NULL"
#define NO_CAPABILITY "/Capability=NULL"

enum fqan_kind fqan_kind_of(const char *name) {
    const char *first = name + (*name == '/' ? 1 : 0);
    size_t length = strcspn(first, "/");
    if (length == 0 || *first == '*' || memchr(first, '=', length) != NULL) {
        return NAMES_SUBJECTS;
    }
    return memchr(first, '*', length) != NULL ? NAMES_BOTH : NAMES_FQANS;
}

bool fqan_is_plain_name(const char *text) {
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    return *text != 0 && *text != '.' && text[strspn(text, letters)] == 0;
}

/* Takes a text off the end. */
static void drop_end(char *text, const char *end) {
    size_t length = strlen(text);
    size_t end_length = strlen(end);
    if (length > end_length && strcmp(text + length - end_length, end) == 0) {
        text[length - end_length] = 0;
    }
}

/* Whether it is "/group/group", then or not "/Role=x", then or not "/Capability=y". */
static bool is_well_formed(const char *text) {
    enum { GROUPS, ROLE, CAPABILITY } last = GROUPS;
    while (*text == '/') {
        size_t length = strcspn(++text, "/");
        bool has_equals = memchr(text, '=', length) != NULL;
        if (last == GROUPS && length > 5 && strncmp(text, "Role=", 5) == 0) {
            last = ROLE;
        } else if (last != CAPABILITY && length > 11 && strncmp(text, "Capability=", 11) == 0) {
            last = CAPABILITY;
        } else if (last != GROUPS || has_equals || length == 0) {
            return false;
        }
        text += length;
    }
    return *text == 0;
}

int fqan_take(const char *text, const char *organisation, char fqan[FQAN_SIZE]) {
    size_t length = strlen(text);
    size_t first = strlen(organisation);
    if (length >= FQAN_SIZE || text[0] != '/' || strncmp(text + 1, organisation, first) != 0 ||
        (text[1 + first] != 0 && text[1 + first] != '/') || !is_well_formed(text)) {
        return -1;
    }
    for (size_t i = 0; i < length; i++) {
        if (text[i] < ' ' || text[i] == 0x7f || text[i] == '*' || text[i] == '"') {
            return -1;
        }
    }
    memcpy(fqan, text, length + 1);
    drop_end(fqan, NO_CAPABILITY);
    drop_end(fqan, NO_ROLE);
    return 0;
}

static bool covers(const char *name, const char *text) {
    size_t length = strlen(name);
    return length > 0 && name[length - 1] == '*' ? strncmp(name, text, length - 1) == 0
                                                 : strcmp(name, text) == 0;
}

bool fqan_is_covered(const char *name, const char *fqan) {
    /* Files that were made for LCMAPS write any of these forms, or stars that mean the longer ones. */
    static const char *const roles[] = {"", NO_ROLE};
    static const char *const capabilities[] = {"", NO_CAPABILITY};
    const size_t role_count = strstr(fqan, "/Role=") == NULL ? 2 : 1;
    const size_t capability_count = strstr(fqan, "/Capability=") == NULL ? 2 : 1;
    for (size_t i = 0; i < role_count * capability_count; i++) {
        char whole[FQAN_SIZE + sizeof NO_ROLE + sizeof NO_CAPABILITY];
        snprintf(whole, sizeof whole, "%s%s%s", fqan, roles[i % role_count],
                 capabilities[i / role_count]);
        if (covers(name, whole)) {
            return true;
        }
    }
    return false;
}
