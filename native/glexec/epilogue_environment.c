#include "glexec/epilogue_environment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "glexec/environment.h"

#define PREFIX "GLEXEC_EPILOG_"
/* Of a stack limit of 8 MiB, which startup.c sets, execve(2) gives a quarter: stay well below it. */
#define TOTAL_LIMIT (1536u * 1024)
/* MAX_ARG_STRLEN of linux/binfmts.h. */
#define STRING_LIMIT (128u * 1024)
/* How many variables there are beside the arguments. */
#define FIXED_COUNT 16

struct making {
    char **entries;
    size_t count;
    bool failed;
};

static void add_text(struct making *making, const char *name, const char *value) {
    char full[64];
    snprintf(full, sizeof full, PREFIX "%s", name);
    char *entry = environment_entry(full, value);
    making->failed = making->failed || entry == NULL;
    if (entry != NULL) {
        making->entries[making->count++] = entry;
    }
}

static void add_number(struct making *making, const char *name, long number) {
    char text[32];
    snprintf(text, sizeof text, "%ld", number);
    add_text(making, name, text);
}

/* "1:2:3" */
static void add_groups(struct making *making, const char *name, const struct person *person) {
    char *text = calloc((size_t)person->group_count + 1, 11);
    making->failed = making->failed || text == NULL;
    if (text == NULL) {
        return;
    }
    char *end = text;
    for (int i = 0; i < person->group_count; i++) {
        end += sprintf(end, "%s%u", i == 0 ? "" : ":", (unsigned)person->groups[i]);
    }
    add_text(making, name, text);
    free(text);
}

static size_t length_of(char *const *list) {
    size_t count = 0;
    while (list[count] != NULL) {
        count++;
    }
    return count;
}

static void add_all(struct making *making, const struct epilogue_facts *facts) {
    for (size_t i = 0; facts->argv[i] != NULL; i++) {
        char name[32];
        snprintf(name, sizeof name, "ARGV%zu", i);
        add_text(making, name, facts->argv[i]);
    }
    add_text(making, "GLEXEC_USER", facts->caller->name);
    add_text(making, "GLEXEC_GROUP", facts->caller->group_name);
    add_number(making, "GLEXEC_UID", (long)facts->caller->uid);
    add_number(making, "GLEXEC_GID", (long)facts->caller->gid);
    add_groups(making, "GLEXEC_SGIDS", facts->caller);
    add_text(making, "TARGET_USER", facts->target->name);
    add_text(making, "TARGET_GROUP", facts->target->group_name);
    add_number(making, "TARGET_UID", (long)facts->target->uid);
    add_number(making, "TARGET_GID", (long)facts->target->gid);
    add_groups(making, "TARGET_SGIDS", facts->target);
    add_number(making, "GLEXEC_PID", (long)getpid());
    add_number(making, "GLEXEC_SID", (long)getsid(0));
    add_number(making, "GLEXEC_PGID", (long)getpgid(0));
    add_number(making, "TARGET_PGID", (long)facts->target_pgid);
    add_number(making, "TARGET_RC", (long)facts->target_rc);
}

char **epilogue_environment_make(const struct epilogue_facts *facts) {
    size_t inherited = length_of(facts->environment);
    size_t room = inherited + length_of(facts->argv) + FIXED_COUNT + 1;
    struct making making = {.entries = calloc(room, sizeof(char *)), .count = inherited};
    if (making.entries == NULL) {
        return NULL;
    }
    memcpy(making.entries, facts->environment, inherited * sizeof(char *));
    add_all(&making, facts);
    return making.failed ? NULL : making.entries;
}

bool epilogue_environment_fits(const struct epilogue_facts *facts) {
    /* The greatest numbers that may come. */
    struct epilogue_facts widest = *facts;
    widest.target_pgid = 0x7fffffff;
    widest.target_rc = 255;
    char **entries = epilogue_environment_make(&widest);
    size_t total = 0;
    bool fits = entries != NULL;
    for (size_t i = 0; fits && entries[i] != NULL; i++) {
        size_t size = strlen(entries[i]) + 1;
        total += size + sizeof(char *);
        fits = size < STRING_LIMIT && total < TOTAL_LIMIT;
    }
    return fits;
}
