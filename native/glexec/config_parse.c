/* The text of glexec.conf: "[glexec]", and then lines "key = value"; comments begin with # or ;. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "glexec/config.h"
#include "glexec/config_keys.h"

struct reading {
    struct config *config;
    config_warn *warn;
    char *why;
    unsigned line;
    uint64_t given; /* a bit for each key */
    enum { BEFORE_SECTIONS, OUR_SECTION, OTHER_SECTION } section;
};

static int wrong(const struct reading *reading, const char *what, const char *text) {
    snprintf(reading->why, CONFIG_WHY_SIZE, "line %u: %s: %.300s", reading->line, text, what);
    return -1;
}

static void advise(const struct reading *reading, const char *what, const char *text) {
    char advice[CONFIG_WHY_SIZE];
    snprintf(advice, sizeof advice, "line %u: %.300s: %s", reading->line, text, what);
    reading->warn(advice);
}

/* Takes blanks from both ends. */
static char *trim(char *text) {
    text += strspn(text, " \t\r");
    size_t length = strlen(text);
    while (length > 0 && strchr(" \t\r", text[length - 1]) != NULL) {
        text[--length] = 0;
    }
    return text;
}

static int read_yes_no(const char *value, bool *yes) {
    static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcasecmp(value, words[i]) == 0) {
            *yes = i % 2 == 1;
            return 0;
        }
    }
    return -1;
}

static int read_number(const struct config_key *key, const char *value, long *number) {
    char *end;
    errno = 0;
    *number = strtol(value, &end, 10);
    bool digits = *value >= '0' && *value <= '9' && *end == 0 && errno == 0;
    return digits && *number >= key->least && *number <= key->most ? 0 : -1;
}

static int read_choice(const struct config_key *key, const char *value, int *number) {
    for (const struct config_choice *choice = key->choices; choice->word != NULL; choice++) {
        if (strcasecmp(choice->word, value) == 0) {
            *number = choice->number;
            return 0;
        }
    }
    return -1;
}

static int refuse_key(const struct reading *reading, const struct config_key *key,
                      const char *value) {
    int number;
    bool yes = true;
    if (key->choices != NULL && read_choice(key, value, &number) == 0) {
        return 0;
    }
    if (key->kind == KIND_REFUSED_YES) {
        if (read_yes_no(value, &yes) != 0) {
            return wrong(reading, "must be yes or no", key->name);
        }
        if (!yes) {
            return 0;
        }
    }
    char what[CONFIG_WHY_SIZE];
    snprintf(what, sizeof what, "%.100s is not supported: %s", value, key->instead);
    return wrong(reading, what, key->name);
}

/* Writes the value into the field of the configuration. */
static int set(struct reading *reading, const struct config_key *key, char *value) {
    void *field = (char *)reading->config + key->offset;
    switch (key->kind) {
    case KIND_YES_NO:
        return read_yes_no(value, field) == 0 ? 0 : wrong(reading, "must be yes or no", key->name);
    case KIND_NUMBER:
        return read_number(key, value, field) == 0
                   ? 0
                   : wrong(reading, "must be a number in its range", key->name);
    case KIND_CHOICE:
        return read_choice(key, value, field) == 0
                   ? 0
                   : wrong(reading, "is none of the words that it may be", key->name);
    case KIND_PATH:
        if (*value != '/') {
            return wrong(reading, "must be an absolute path", key->name);
        }
        break;
    case KIND_TEXT:
        if (*value == 0) {
            return wrong(reading, "must not be empty", key->name);
        }
        break;
    case KIND_LIST:
        break;
    case KIND_IGNORED:
        advise(reading, "ignored, as there are no plug-ins here", key->name);
        return 0;
    case KIND_REFUSED:
    case KIND_REFUSED_YES:
        return refuse_key(reading, key, value);
    }
    *(const char **)field = value;
    return 0;
}

static int take_section(struct reading *reading, char *line) {
    size_t length = strlen(line);
    if (length < 3 || line[length - 1] != ']') {
        return wrong(reading, "is no section", line);
    }
    line[length - 1] = 0;
    reading->section = strcmp(line + 1, "glexec") == 0 ? OUR_SECTION : OTHER_SECTION;
    if (reading->section == OTHER_SECTION) {
        advise(reading, "a section that is not glexec's is ignored", line + 1);
    }
    return 0;
}

static int take_value(struct reading *reading, char *line) {
    char *equals = strchr(line, '=');
    if (equals == NULL || equals == line) {
        return wrong(reading, "is not of the form key = value", line);
    }
    *equals = 0;
    char *name = trim(line);
    char *value = trim(equals + 1);
    size_t length = strlen(value);
    if (length >= 2 && value[0] == '"' && value[length - 1] == '"') {
        value[length - 1] = 0;
        value++;
    }
    if (reading->section == BEFORE_SECTIONS) {
        return wrong(reading, "stands before [glexec]", name);
    }
    if (reading->section == OTHER_SECTION) {
        return 0;
    }
    const struct config_key *key = config_find_key(name);
    if (key == NULL) {
        advise(reading, "unknown key, ignored", name);
        return 0;
    }
    uint64_t bit = 1ull << config_key_number(key);
    if ((reading->given & bit) != 0) {
        return wrong(reading, "is given twice", name);
    }
    reading->given |= bit;
    return set(reading, key, value);
}

/* What no key alone tells. */
static int check_whole(const struct reading *reading) {
    const struct config *config = reading->config;
    const char *text = NULL;
    if (config->epilogue != NULL && !config->linger) {
        text = "epilogue needs linger = yes";
    } else if (config->epilogue == NULL &&
               (config->epilogue_user != NULL || config->epilogue_group != NULL)) {
        text = "epilogue_user and epilogue_group need an epilogue";
    }
    if (text != NULL) {
        snprintf(reading->why, CONFIG_WHY_SIZE, "%s", text);
        return -1;
    }
    return 0;
}

int config_parse(char *text, struct config *config, config_warn *warn, char why[CONFIG_WHY_SIZE]) {
    struct reading reading = {.config = config, .warn = warn, .why = why};
    for (char *next = text; next != NULL;) {
        char *line = strsep(&next, "\n");
        reading.line++;
        line = trim(line);
        if (*line == 0 || *line == '#' || *line == ';') {
            continue;
        }
        int result = *line == '[' ? take_section(&reading, line) : take_value(&reading, line);
        if (result != 0) {
            return result;
        }
    }
    return check_whole(&reading);
}
