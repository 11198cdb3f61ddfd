/*
 * Feeds texts to the parser of a job's environment, for a test under sanitizers.
 *
 *   environment-fuzz COUNT SEED   makes COUNT texts of pieces that matter; the same ones for the same
 *                                 SEED. Prints how many were refused and how many accepted.
 *   environment-fuzz parse LENGTH reads a text of that length from stdin and prints what the job would
 *                                 have beside what is in `left`: each entry with its NUL.
 *
 * Each text lies in memory of exactly its size, and of what is accepted every byte is read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "glexec-wrapper/environment.h"
#include "test/random.h"

static char *const left[] = {"LEFT=1", "GLEXEC_LEFT=2", "OLDPWD=/x", "_=/y", "BOTH=3", NULL};

static void fail(const char *what) {
    fprintf(stderr, "environment-fuzz: %s\n", what);
    exit(1);
}

static char *exactly(size_t length) {
    char *memory = malloc(length > 0 ? length : 1);
    if (memory == NULL) {
        fail("no memory");
    }
    return memory;
}

/* Whether an entry could be in an execve(2): it has a name. */
static void check_entries(char **entries) {
    for (; *entries != NULL; entries++) {
        if (**entries == 0 || **entries == '=') {
            fail("an entry without a name was accepted");
        }
    }
}

/* Every name once, and none that gLExec and its shell have set for themselves. */
static void check_joined(char **joined) {
    for (char **one = joined; *one != NULL; one++) {
        if (strcmp(*one, left[1]) == 0 || strcmp(*one, left[2]) == 0 || strcmp(*one, left[3]) == 0) {
            fail("a variable of the way came through");
        }
        size_t length = strcspn(*one, "=");
        for (char **other = one + 1; *other != NULL; other++) {
            if (strcspn(*other, "=") == length && memcmp(*one, *other, length) == 0) {
                fail("a name is there twice");
            }
        }
    }
}

static int try(const char *bytes, size_t length) {
    char *text = exactly(length);
    memcpy(text, bytes, length);
    const char *why = NULL;
    char **entries = environment_parse(text, length, &why);
    if (entries == NULL) {
        if (why == NULL) {
            fail("refused without a sentence");
        }
        free(text);
        return 0;
    }
    check_entries(entries);
    char **joined = environment_join((char **)left, entries);
    check_joined(joined);
    free(joined);
    free(entries);
    free(text);
    return 1;
}

static size_t make_text(char *bytes) {
    static const char *const pieces[] = {"A", "=", "'", " ", "''", "\t", "B=", "\n", "\r", "BOTH=", "\xff"};
    size_t length = 0;
    for (uint32_t count = random_number(16); count > 0; count--) {
        const char *piece = pieces[random_number(11)];
        memcpy(bytes + length, piece, strlen(piece));
        length += strlen(piece);
    }
    if (random_number(20) != 0) {
        bytes[length++] = 0;
    }
    if (random_number(20) == 0) {
        bytes[length++] = 0;
    }
    return length;
}

static void fuzz(unsigned long count) {
    unsigned long accepted = 0;
    for (unsigned long i = 0; i < count; i++) {
        char bytes[128];
        accepted += (unsigned long)try(bytes, make_text(bytes));
    }
    printf("refused %lu accepted %lu\n", count - accepted, accepted);
}

static int parse(size_t length) {
    char *text = exactly(length);
    if (fread(text, 1, length, stdin) != length) {
        fail("the text is shorter");
    }
    const char *why = "";
    char **entries = environment_parse(text, length, &why);
    if (entries == NULL) {
        fprintf(stderr, "%s\n", why);
        return 1;
    }
    for (char **entry = environment_join((char **)left, entries); *entry != NULL; entry++) {
        fwrite(*entry, 1, strlen(*entry) + 1, stdout);
    }
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "parse") == 0) {
        return parse(strtoul(argv[2], NULL, 10));
    }
    if (argc != 3) {
        return 2;
    }
    random_state = 2 * strtoull(argv[2], NULL, 10) + 1;
    fuzz(strtoul(argv[1], NULL, 10));
    return 0;
}
