#include "glexec/person.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GROUPS_AT_FIRST 64
/* NGROUPS_MAX of linux/limits.h: what setgroups(2) takes at most. */
#define GROUPS_AT_MOST 65536

const struct person PERSON_ROOT = {0, 0, "root", "root", "/", NULL, 0};

static int fill(struct person *person, const struct passwd *entry, gid_t gid) {
    const struct group *group = getgrgid(gid);
    char number[32];
    snprintf(number, sizeof number, "%u", (unsigned)gid);
    person->uid = entry->pw_uid;
    person->gid = gid;
    person->name = strdup(entry->pw_name);
    person->home = strdup(entry->pw_dir);
    person->group_name = strdup(group != NULL ? group->gr_name : number);
    return person->name != NULL && person->home != NULL && person->group_name != NULL ? 0 : -1;
}

int person_who_calls(struct person *person) {
    const struct passwd *entry = getpwuid(getuid());
    if (entry == NULL || fill(person, entry, getgid()) != 0) {
        return -1;
    }
    person->group_count = getgroups(0, NULL);
    if (person->group_count < 0) {
        return -1;
    }
    person->groups = calloc((size_t)person->group_count + 1, sizeof *person->groups);
    return person->groups != NULL &&
                   getgroups(person->group_count, person->groups) == person->group_count
               ? 0
               : -1;
}

int person_of_account(const char *name, struct person *person) {
    const struct passwd *entry = getpwnam(name);
    if (entry == NULL || fill(person, entry, entry->pw_gid) != 0) {
        return -1;
    }
    for (int room = GROUPS_AT_FIRST; room <= GROUPS_AT_MOST; room *= 2) {
        person->groups = calloc((size_t)room, sizeof *person->groups);
        person->group_count = room;
        if (person->groups == NULL) {
            return -1;
        }
        if (getgrouplist(person->name, person->gid, person->groups, &person->group_count) >= 0) {
            return 0;
        }
        free(person->groups);
    }
    return -1;
}
