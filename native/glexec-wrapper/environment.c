#include "environment.h"

#include <stdlib.h>
#include <string.h>

static int is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/*
 * Moves one entry, its quotes taken off, to `to`, which lies at or before it. Gives where the entry ended in
 * the text, or NULL where a quote is never closed. *to becomes the end of what was written.
 */
static char *take_entry(char *from, char **to) {
    int quoted = 0;
    char *put = *to;
    for (; *from != 0 && (quoted || !is_blank(*from)); from++) {
        if (*from != '\'') {
            *put++ = *from;
        } else if (quoted && from[1] == '\'') {
            *put++ = *from++;
        } else {
            quoted = !quoted;
        }
    }
    *to = put;
    return quoted ? NULL : from;
}

/* At most so many entries can be in a text of that length, and the NULL behind them. */
static char **room_for(size_t length) {
    return calloc(length / 2 + 2, sizeof(char *));
}

char **environment_parse(char *text, size_t length, const char **why) {
    if (length == 0 || memchr(text, 0, length) != text + length - 1) {
        *why = "the environment does not end with its only NUL";
        return NULL;
    }
    char **entries = room_for(length);
    if (entries == NULL) {
        *why = "no memory for the environment";
        return NULL;
    }
    size_t count = 0;
    char *from = text;
    for (;;) {
        from += strspn(from, " \t\n\r");
        if (*from == 0) {
            return entries;
        }
        char *start = from, *end = from;
        from = take_entry(from, &end);
        if (from == NULL || end == start || *start == '=') {
            free(entries);
            *why = from == NULL ? "a quote in the environment is never closed"
                                : "an entry of the environment has no name";
            return NULL;
        }
        /* The quotes made room for the NUL, or it takes the place of the blank. */
        int last = *from == 0;
        *end = 0;
        entries[count++] = start;
        if (last) {
            return entries;
        }
        from++;
    }
}

static size_t count_of(char **entries) {
    size_t count = 0;
    while (entries[count] != NULL) {
        count++;
    }
    return count;
}

/* Where the name of an entry ends. */
static size_t name_length(const char *entry) {
    return strcspn(entry, "=");
}

struct named {
    char *entry;
    size_t order;
};

static int compare_names(const char *a, const char *b) {
    size_t length_a = name_length(a), length_b = name_length(b);
    int order = memcmp(a, b, length_a < length_b ? length_a : length_b);
    return order != 0 ? order : (length_a > length_b) - (length_a < length_b);
}

/* By name, and of one name the last first. */
static int compare(const void *a, const void *b) {
    const struct named *one = a, *other = b;
    int order = compare_names(one->entry, other->entry);
    return order != 0 ? order : (one->order < other->order) - (one->order > other->order);
}

/* Whether an entry that gLExec left was set by it for nobody, or by the shell between it and us. */
static int is_of_the_way(const char *entry) {
    static const char *const names[] = {"PWD", "OLDPWD", "SHLVL", "_"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strlen(names[i]) == name_length(entry) && compare_names(entry, names[i]) == 0) {
            return 1;
        }
    }
    return strncmp(entry, "GLEXEC_", 7) == 0;
}

char **environment_join(char **left, char **own) {
    size_t most = count_of(left) + count_of(own);
    struct named *named = calloc(most + 1, sizeof *named);
    char **joined = calloc(most + 1, sizeof *joined);
    if (named == NULL || joined == NULL) {
        free(named);
        free(joined);
        return NULL;
    }
    size_t count = 0;
    for (char **entry = left; *entry != NULL; entry++) {
        if (!is_of_the_way(*entry)) {
            named[count] = (struct named){*entry, count};
            count++;
        }
    }
    for (char **entry = own; *entry != NULL; entry++, count++) {
        named[count] = (struct named){*entry, count};
    }
    qsort(named, count, sizeof *named, compare);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || compare_names(named[i].entry, named[i - 1].entry) != 0) {
            joined[kept++] = named[i].entry;
        }
    }
    free(named);
    return joined;
}
