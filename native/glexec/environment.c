#include "glexec/environment.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* gLExec's manual, 2009. */
#define PAYLOAD_PATH "/usr/local/bin:/usr/bin:/bin"

static bool begins_with(const char *text, const char *beginning) {
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

static size_t name_length(const char *entry) {
    return strcspn(entry, "=");
}

const char *environment_get(char *const *environment, const char *name) {
    size_t length = strlen(name);
    for (; *environment != NULL; environment++) {
        if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=') {
            return *environment + length + 1;
        }
    }
    return NULL;
}

static bool is_listed(const char *list, const char *name, size_t length) {
    static const char separators[] = ", \t";
    for (list += strspn(list, separators); *list != 0; list += strspn(list, separators)) {
        size_t entry_length = strcspn(list, separators);
        if (entry_length == length && memcmp(list, name, length) == 0) {
            return true;
        }
        list += entry_length;
    }
    return false;
}

static bool is_kept(const char *entry, const char *preserve) {
    static const char *const never[] = {"GLEXEC_EPILOG_", "LD_",   "MALLOC_",
                                        "HOME=",          "PATH=", "X509_USER_PROXY="};
    size_t length = name_length(entry);
    if (length == 0 || entry[length] == 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
        if (begins_with(entry, never[i])) {
            return false;
        }
    }
    return begins_with(entry, "GLEXEC_") || is_listed(preserve, entry, length);
}

/* A name that is given twice counts once: the first, as environment_get() has it. */
static bool is_there(char *const *made, size_t count, const char *entry) {
    size_t length = name_length(entry);
    for (size_t i = 0; i < count; i++) {
        if (strncmp(made[i], entry, length + 1) == 0) {
            return true;
        }
    }
    return false;
}

char *environment_entry(const char *name, const char *value) {
    size_t name_size = strlen(name);
    size_t value_size = strlen(value) + 1;
    char *entry = malloc(name_size + 1 + value_size);
    if (entry != NULL) {
        memcpy(entry, name, name_size);
        entry[name_size] = '=';
        memcpy(entry + name_size + 1, value, value_size);
    }
    return entry;
}

char **environment_make(char *const *callers, const char *preserve, const char *home,
                        const char *proxy) {
    size_t room = 4; /* ours, and the end */
    size_t count = 0;
    for (size_t i = 0; callers[i] != NULL; i++) {
        room += is_kept(callers[i], preserve) ? 1 : 0;
    }
    char **made = calloc(room, sizeof *made);
    if (made == NULL) {
        return NULL;
    }
    made[count++] = environment_entry("HOME", home);
    made[count++] = environment_entry("PATH", PAYLOAD_PATH);
    if (proxy != NULL) {
        made[count++] = environment_entry("X509_USER_PROXY", proxy);
    }
    for (size_t i = 0; i < count; i++) {
        if (made[i] == NULL) {
            return NULL;
        }
    }
    for (size_t i = 0; callers[i] != NULL; i++) {
        if (is_kept(callers[i], preserve) && !is_there(made, count, callers[i])) {
            made[count++] = callers[i];
        }
    }
    return made;
}
