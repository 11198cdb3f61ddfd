#include "arguments.h"

#include <string.h>

int split_arguments(const struct arguments *arguments, char *argv[ARGUMENTS_MAX + 1]) {
    uint32_t at = 0;
    if (arguments->count == 0 || arguments->count > ARGUMENTS_MAX ||
        arguments->bytes > arguments->size) {
        return 0;
    }
    for (uint32_t i = 0; i < arguments->count; i++) {
        char *end = memchr(arguments->text + at, 0, arguments->bytes - at);
        if (end == NULL) {
            return 0;
        }
        argv[i] = arguments->text + at;
        at = (uint32_t)(end - arguments->text) + 1;
    }
    argv[arguments->count] = NULL;
    return at == arguments->bytes;
}
