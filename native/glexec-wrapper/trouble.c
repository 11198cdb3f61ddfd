#include "wrapper.h"

#include <stdio.h>
#include <string.h>

/* Bytes of a path that are told; of a longer one its end, which says most. */
#define WHICH_MAX 140

void trouble_note(struct trouble *trouble, const char *what, const char *which, int error) {
    if (trouble->text[0] != 0) {
        return;
    }
    size_t length = strlen(which);
    int is_long = length > WHICH_MAX;
    snprintf(trouble->text, sizeof trouble->text, "%s%s%s%s", what, *which != 0 ? " " : "",
             is_long ? "..." : "", is_long ? which + length - WHICH_MAX : which);
    if (error != 0) {
        size_t used = strlen(trouble->text);
        snprintf(trouble->text + used, sizeof trouble->text - used, ": %s (errno %d)",
                 strerror(-error), -error);
    }
}
