#include "glexec/mapfile.h"

#include <stddef.h>
#include <string.h>

#include "glexec/fqan.h"
#include "glexec/subject.h"

static const char BLANKS[] = " \t\r";
/* A longer line is malformed. */
#define LINE_SIZE 4096

/*
 * Cuts the subject off, quoted or up to a blank; in quotes a backslash stands before a quote or a
 * backslash. Gives what follows it, or NULL.
 */
static char *take_subject(char *line, char **subject) {
    if (*line != '"') {
        size_t length = strcspn(line, BLANKS);
        *subject = line;
        if (line[length] == 0) {
            return NULL;
        }
        line[length] = 0;
        return line + length + 1;
    }
    char *to = ++line;
    *subject = to;
    for (; *line != '"'; line++) {
        if (line[0] == '\\' && (line[1] == '"' || line[1] == '\\')) {
            line++;
        }
        if (*line == 0) {
            return NULL;
        }
        *to++ = *line;
    }
    char *rest = line + 1;
    *to = 0;
    return strchr(BLANKS, *rest) != NULL && *rest != 0 ? rest : NULL;
}

/* Of "a,b" the first; letters, digits, dot, dash and underscore, as names of files and accounts. */
static bool take_account(const char *text, char account[ACCOUNT_SIZE]) {
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    text += strspn(text, BLANKS);
    size_t length = strspn(text, letters);
    const char *dotless = text + (*text == '.' ? 1 : 0);
    if (length == 0 || length >= ACCOUNT_SIZE || strchr(",# \t\r", text[length]) == NULL ||
        strchr(".-,# \t\r", *dotless) != NULL) {
        return false;
    }
    memcpy(account, text, length);
    account[length] = 0;
    return true;
}

/* A star counts at the end only: in the middle it is a letter of the name. */
static bool covers(const char *pattern, const char *subject) {
    size_t length = strlen(pattern);
    if (length > 0 && pattern[length - 1] == '*') {
        return strncmp(pattern, subject, length - 1) == 0;
    }
    return strcmp(pattern, subject) == 0;
}

/* Whether the line's name, cut out and free of quotes, is that of the one who is looked for. */
static enum mapfile_answer compare(const char *written, enum mapfile_name what, const char *name) {
    char normal[SUBJECT_SIZE];
    enum fqan_kind kind = fqan_kind_of(written);
    if (*written != '/' || subject_normalise(written, normal) != 0) {
        return MAPFILE_MALFORMED;
    }
    bool covered = what == MAPFILE_FQAN ? kind != NAMES_SUBJECTS && fqan_is_covered(written, name)
                                        : kind != NAMES_FQANS && covers(normal, name);
    return covered ? MAPFILE_FOUND : MAPFILE_NOT_FOUND;
}

static enum mapfile_answer ask_line(char *line, enum mapfile_name what, const char *name,
                                    char account[ACCOUNT_SIZE]) {
    char *written;
    char found[ACCOUNT_SIZE] = "";
    const char *rest = take_subject(line, &written);
    if (rest == NULL || !take_account(rest, found)) {
        return MAPFILE_MALFORMED;
    }
    enum mapfile_answer answer = compare(written, what, name);
    if (answer == MAPFILE_FOUND) {
        memcpy(account, found, ACCOUNT_SIZE);
    }
    return answer;
}

/*
 * Copies the line at *text, without blanks before it, and goes on to the next. Gives false where it is
 * too long; what is empty or a comment is an empty line.
 */
static bool next_line(const char **text, char line[LINE_SIZE]) {
    size_t whole = strcspn(*text, "\n");
    size_t blanks = strspn(*text, BLANKS);
    size_t length = whole > blanks ? whole - blanks : 0;
    bool is_comment = length == 0 || (*text)[blanks] == '#';
    line[0] = 0;
    if (!is_comment && length < LINE_SIZE) {
        memcpy(line, *text + blanks, length);
        line[length] = 0;
    }
    *text += whole + ((*text)[whole] == 0 ? 0 : 1);
    return is_comment || length < LINE_SIZE;
}

enum mapfile_answer mapfile_find(const char *text, enum mapfile_name what, const char *name,
                                 char account[ACCOUNT_SIZE], unsigned *line) {
    char copy[LINE_SIZE];
    enum mapfile_answer answer = MAPFILE_NOT_FOUND;
    for (*line = 0; *text != 0 && answer == MAPFILE_NOT_FOUND;) {
        ++*line;
        if (!next_line(&text, copy)) {
            answer = MAPFILE_MALFORMED;
        } else if (*copy != 0) {
            answer = ask_line(copy, what, name, account);
        }
    }
    return answer;
}

bool mapfile_has_fqans(const char *text) {
    char copy[LINE_SIZE];
    char *written;
    while (*text != 0) {
        if (next_line(&text, copy) && *copy != 0 && take_subject(copy, &written) != NULL &&
            *written == '/' && fqan_kind_of(written) != NAMES_SUBJECTS) {
            return true;
        }
    }
    return false;
}
