/* The ids and names of who calls, and of whom the payload runs as. */
#ifndef GLEXEC_PERSON_H
#define GLEXEC_PERSON_H

#include <stdbool.h>
#include <sys/types.h>

struct person {
    uid_t uid;
    gid_t gid;
    const char *name;
    const char *group_name; /* the number where the group has no name */
    const char *home;
    gid_t *groups; /* supplementary groups */
    int group_count;
};

/* The real ids and the groups of this process. -1 where the uid has no account, or memory is short. */
int person_who_calls(struct person *person);

/* An account of that name, its groups as initgroups(3) sets them. -1 where there is none. */
int person_of_account(const char *name, struct person *person);

/* Root with gid 0 and no other group. */
extern const struct person PERSON_ROOT;

#endif
