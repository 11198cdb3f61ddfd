/*
 * Accounts through the name service switch, so that LDAP, SSSD and systemd's dynamic users count as
 * much as /etc/passwd: see border.h.
 */
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "border.h"

/* The longest entry that is waited for; getpwnam_r(3) says only that more is needed. */
#define ENTRY_MAX (1u << 20)
#define ENTRY_FIRST 1024u

/* Who is asked for: a name, or an id where the name is NULL. */
struct question {
    const char *name;
    uid_t uid;
};

static int ask(const struct question *question, struct passwd *entry, char *space, size_t size,
               struct passwd **found) {
    return question->name != NULL ? getpwnam_r(question->name, entry, space, size, found)
                                  : getpwuid_r(question->uid, entry, space, size, found);
}

/* POSIX leaves open how "there is none" is said; getpwnam(3) has this list from real systems. */
static int means_none(int error) {
    return error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM;
}

/*
 * Finds the entry; `*space` is malloc'd and the caller's to free, always. Gives 1, 0 if there is
 * none, or -errno.
 */
static int find_entry(const struct question *question, struct passwd *entry, char **space) {
    struct passwd *found = NULL;
    int error = ERANGE;
    *space = NULL;
    for (size_t size = ENTRY_FIRST; error == ERANGE && size <= ENTRY_MAX; size *= 4) {
        char *larger = realloc(*space, size);
        if (larger == NULL) {
            return -ENOMEM;
        }
        *space = larger;
        do {
            error = ask(question, entry, *space, size, &found);
        } while (error == EINTR);
    }
    if (found != NULL) {
        return 1;
    }
    return means_none(error) ? 0 : -error;
}

/* All groups of an account, the first one included; malloc'd. Gives their number, or -errno. */
static int find_groups(const struct passwd *entry, gid_t **groups) {
    int count = 64;
    *groups = NULL;
    for (;;) {
        int room = count;
        gid_t *larger = realloc(*groups, (size_t)room * sizeof **groups);
        if (larger == NULL) {
            return -ENOMEM;
        }
        *groups = larger;
        if (getgrouplist(entry->pw_name, entry->pw_gid, *groups, &count) >= 0) {
            return count;
        }
        /* The C library says how many there are; one that does not must not make us loop. */
        if (count <= room) {
            count = room * 2;
        }
        if (count > NGROUPS_MAX) {
            return -E2BIG;
        }
    }
}

/* A buffer that is filled from the front; `used` goes on counting where there is no room. */
struct text {
    char *start;
    size_t size;
    size_t used;
};

/* Appends a string with its NUL. */
static void put(struct text *text, const char *string) {
    size_t length = strlen(string) + 1;
    if (text->used + length <= text->size) {
        memcpy(text->start + text->used, string, length);
    }
    text->used += length;
}

static void put_number(struct text *text, unsigned long number) {
    char digits[24];
    snprintf(digits, sizeof digits, "%lu", number);
    put(text, digits);
}

static int describe(const struct passwd *entry, struct text *text) {
    gid_t *groups;
    int count = find_groups(entry, &groups);
    put(text, entry->pw_name);
    put_number(text, entry->pw_uid);
    put_number(text, entry->pw_gid);
    put(text, entry->pw_dir);
    put(text, entry->pw_shell);
    for (int i = 0; i < count; i++) {
        put_number(text, groups[i]);
    }
    free(groups);
    if (count < 0) {
        return count;
    }
    return text->used <= text->size ? (int)text->used : -ERANGE;
}

static int answer(const struct question *question, char *buffer, uint32_t size) {
    struct text text = {.start = buffer, .size = size};
    struct passwd entry;
    char *space;
    int result = find_entry(question, &entry, &space);
    if (result > 0) {
        result = describe(&entry, &text);
    }
    free(space);
    return result;
}

int eyrie_account_by_name(const char *name, char *buffer, uint32_t size) {
    struct question question = {.name = name};
    return answer(&question, buffer, size);
}

int eyrie_account_by_id(uint32_t uid, char *buffer, uint32_t size) {
    struct question question = {.uid = uid};
    return answer(&question, buffer, size);
}
