#include "glexec/subject.h"

#include <string.h>

static const struct {
    const char *old;
    const char *now;
} NAMES[] = {{"/Email=", "/emailAddress="}, {"/E=", "/emailAddress="}, {"/USERID=", "/UID="}};

int subject_normalise(const char *text, char subject[SUBJECT_SIZE]) {
    size_t length = 0;
    while (*text != 0) {
        const char *piece = text;
        size_t piece_length = 1;
        size_t skip = 1;
        for (size_t i = 0; *text == '/' && i < sizeof NAMES / sizeof *NAMES; i++) {
            size_t old_length = strlen(NAMES[i].old);
            if (strncmp(text, NAMES[i].old, old_length) == 0) {
                piece = NAMES[i].now;
                piece_length = strlen(piece);
                skip = old_length;
                break;
            }
        }
        if (length + piece_length >= SUBJECT_SIZE) {
            return -1;
        }
        memcpy(subject + length, piece, piece_length);
        length += piece_length;
        text += skip;
    }
    subject[length] = 0;
    return 0;
}

/* Goes back to the last star only: no pattern costs more than the product of the lengths. */
bool subject_matches(const char *pattern, const char *subject) {
    const char *star = NULL;
    const char *resume = NULL;
    while (*subject != 0) {
        if (*pattern == '*') {
            star = pattern++;
            resume = subject;
        } else if (*pattern == *subject) {
            pattern++;
            subject++;
        } else if (star != NULL) {
            pattern = star + 1;
            subject = ++resume;
        } else {
            return false;
        }
    }
    return pattern[strspn(pattern, "*")] == 0;
}
