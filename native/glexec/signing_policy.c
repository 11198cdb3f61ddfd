/*
 *   access_id_CA   X509    '/C=XX/CN=CA'
 *   pos_rights     globus  CA:sign
 *   cond_subjects  globus  '"/C=XX/O=One/ *" "/C=XX/O=Two/ *"'     (without the blank)
 *
 * and so on for further CAs. A subject is covered where an entry of its CA has the right and a
 * condition that matches.
 */
#include "glexec/signing_policy.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "glexec/subject.h"

/*
 * Cuts the next word off: up to a blank, or what is between quotes of one kind. NULL at the end, or
 * where a quote is not closed, which *malformed tells.
 */
static char *next_word(char **text, bool *malformed) {
    char *word = *text + strspn(*text, " \t\r");
    if (*word == 0) {
        *text = word;
        return NULL;
    }
    bool quoted = *word == '\'' || *word == '"';
    const char end[] = {quoted ? *word : ' ', quoted ? 0 : '\t', '\r', 0};
    word += quoted ? 1 : 0;
    size_t length = strcspn(word, end);
    if (quoted && (word[length] == 0 || word[length] == '\r')) {
        *malformed = true;
        return NULL;
    }
    *text = word + length + (word[length] == 0 ? 0 : 1);
    word[length] = 0;
    return word;
}

static bool is_same(const char *word, const char *name) {
    char normal[SUBJECT_SIZE];
    return subject_normalise(word, normal) == 0 && strcmp(normal, name) == 0;
}

/* Whether one of the patterns in a condition covers the subject. */
static bool is_covered(char *conditions, const char *subject, bool *malformed) {
    char pattern[SUBJECT_SIZE];
    for (char *word = next_word(&conditions, malformed); word != NULL;
         word = next_word(&conditions, malformed)) {
        if (subject_normalise(word, pattern) == 0 && subject_matches(pattern, subject)) {
            return true;
        }
    }
    return false;
}

struct asking {
    const char *issuer;
    const char *subject;
    bool ours;      /* in an entry of the issuer */
    bool may_sign;  /* which has the right */
    bool allowed;
    bool malformed;
};

static void take_line(struct asking *asking, char *line) {
    char *key = next_word(&line, &asking->malformed);
    char *kind = key == NULL ? NULL : next_word(&line, &asking->malformed);
    char *value = kind == NULL ? NULL : next_word(&line, &asking->malformed);
    if (key == NULL) {
        return;
    }
    if (value == NULL) {
        asking->malformed = true;
    } else if (strcmp(key, "access_id_CA") == 0) {
        asking->ours = strcmp(kind, "X509") == 0 && is_same(value, asking->issuer);
        asking->may_sign = false;
    } else if (strcmp(key, "pos_rights") == 0) {
        asking->may_sign = asking->ours && strcmp(kind, "globus") == 0 &&
                           strcmp(value, "CA:sign") == 0;
    } else if (strcmp(key, "cond_subjects") == 0) {
        asking->allowed = asking->allowed ||
                          (asking->may_sign && strcmp(kind, "globus") == 0 &&
                           is_covered(value, asking->subject, &asking->malformed));
    } else {
        /* A right taken away, or a kind of identity, that we do not know. */
        asking->malformed = true;
    }
}

enum signing_answer signing_policy_ask(char *text, const char *issuer, const char *subject) {
    struct asking asking = {.issuer = issuer, .subject = subject};
    while (text != NULL) {
        char *line = strsep(&text, "\n");
        if (line[strspn(line, " \t\r")] != '#') {
            take_line(&asking, line);
        }
    }
    if (asking.malformed) {
        return SIGNING_MALFORMED;
    }
    return asking.allowed ? SIGNING_ALLOWED : SIGNING_NOT_ALLOWED;
}
