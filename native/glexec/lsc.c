#include "glexec/lsc.h"

#include <stddef.h>
#include <string.h>

#include "glexec/subject.h"

#define NEXT_CHAIN "------ NEXT CHAIN ------"
static const char BLANKS[] = " \t\r";

/* Takes blanks, and then quotes, from both ends. */
static char *trim(char *line) {
    line += strspn(line, BLANKS);
    size_t length = strlen(line);
    while (length > 0 && strchr(BLANKS, line[length - 1]) != NULL) {
        line[--length] = 0;
    }
    if (length >= 2 && line[0] == '"' && line[length - 1] == '"') {
        line[length - 1] = 0;
        line++;
    }
    return line;
}

static bool is_same(const char *line, const char *subject) {
    char normal[SUBJECT_SIZE];
    char other[SUBJECT_SIZE];
    return subject_normalise(line, normal) == 0 && subject_normalise(subject, other) == 0 &&
           strcmp(normal, other) == 0;
}

bool lsc_names(char *text, const char *server, const char *issuer) {
    unsigned count = 0; /* of the chain's lines so far */
    bool is_server = false;
    while (text != NULL) {
        const char *line = trim(strsep(&text, "\n"));
        if (*line == 0) {
            continue;
        }
        if (strcmp(line, NEXT_CHAIN) == 0) {
            count = 0;
            continue;
        }
        count++;
        if (count == 1) {
            is_server = is_same(line, server);
        } else if (count == 2 && is_server && is_same(line, issuer)) {
            return true;
        }
    }
    return false;
}
