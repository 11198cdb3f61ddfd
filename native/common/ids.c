#include "ids.h"

#include <errno.h>
#include <stdlib.h>

int id_read(const char *text, uint32_t *id) {
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (errno != 0 || *text < '0' || *text > '9' || *end != 0 || value >= UINT32_MAX) {
        return 0;
    }
    *id = (uint32_t)value;
    return 1;
}

int id_read_account(const char *text, uint32_t *id) {
    return id_read(text, id) && *id != 0;
}
