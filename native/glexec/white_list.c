#include "glexec/white_list.h"

#include <string.h>

bool is_pool_member(const char *name, const char *prefix, unsigned long prefix_length) {
    if (prefix_length == 0 || strncmp(name, prefix, prefix_length) != 0) {
        return false;
    }
    const char *digits = name + prefix_length;
    return *digits != 0 && digits[strspn(digits, "0123456789")] == 0;
}

static bool entry_matches(const char *entry, size_t length, const char *name) {
    if (length == 1 && entry[0] == '*') {
        return true;
    }
    if (entry[0] == '.') {
        return is_pool_member(name, entry + 1, length - 1);
    }
    if (entry[length - 1] == '*') {
        return is_pool_member(name, entry, length - 1);
    }
    return strlen(name) == length && memcmp(name, entry, length) == 0;
}

bool white_list_has(const char *list, const char *name) {
    static const char separators[] = ", \t";
    for (list += strspn(list, separators); *list != 0;) {
        size_t length = strcspn(list, separators);
        if (entry_matches(list, length, name)) {
            return true;
        }
        list += length;
        list += strspn(list, separators);
    }
    return false;
}
