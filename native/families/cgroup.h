/* Cgroups of families: whoever is in the cgroup is in the family. */
#ifndef EYRIE_FAMILIES_CGROUP_H
#define EYRIE_FAMILIES_CGROUP_H

#include <stddef.h>
#include <sys/stat.h>

#include "hierarchy.h"
#include "request.h"
#include "table.h"

/* A family's cgroup: a directory in each hierarchy, or -1. */
struct cgroup {
    int directories[HIERARCHIES];
    enum hierarchy main; /* where members are looked up, frozen and killed */
    ino_t inode;         /* of its directory there */
    int is_own;          /* we made it for the family, and remove it */
    int above;           /* the directory that it is in, of an own one */
    char name[64];       /* there */
    struct families_usage before; /* what it counted when it became the family's */
};

/* FAMILIES_CGROUP_…: where a family can get a cgroup of its own. */
uint32_t cgroup_means(void);

/* Makes a cgroup for a family and puts its root there. `path` gets it. 0 or -errno with the call. */
int cgroup_make_own(struct family *family, int pid, uint64_t birthday, char *path, size_t size,
                    enum families_call *call);

/*
 * Makes the cgroup of a name the family's, and moves its members there; `as_it_is`: it is there, and
 * nobody is moved. 0 or -errno with the call.
 */
int cgroup_track(struct family *family, const char *name, int as_it_is, enum families_call *call);

/* Puts a process into its family's cgroup, if that has one. */
void cgroup_enter(const struct family *family, int pid);

/* Takes the cgroup from its family; an own one is removed, and its processes go where it was. */
void cgroup_leave(struct family *family);

/* Removes own cgroups that nobody is in, at the end of the program. */
void cgroup_remove_empty(void);

/* Puts strangers that are in families' cgroups into the families. */
void cgroup_adopt(void);

/* What the family's cgroup counted. Gives false where it has none, or none that counts. */
int cgroup_usage(const struct family *family, struct families_usage *usage);

/* Kills all that is in a family's cgroup. Gives how many were signalled one by one, or -errno. */
int cgroup_kill(const struct family *family);

/* Freezes or thaws it. Gives 0 or -errno. */
int cgroup_freeze(const struct family *family, int freeze);

/* Whether all in it are frozen. */
int cgroup_is_frozen(const struct family *family);

/* For the parts of this: cgroup_files.c. */

/* Reads a small file of a cgroup, with a NUL. Gives the number of bytes or -errno. */
long cgroup_read(int directory, const char *file, char *into, size_t size);

/* Writes a text to one. Gives 0 or -errno. */
int cgroup_write(int directory, const char *file, const char *text);

/* Moves a process. Gives 0 or -errno. */
int cgroup_put(int directory, int pid);

/* Calls `visit` with the pid of each process in a cgroup and those below that no family has. */
void cgroup_each(const struct family *family, void (*visit)(int pid, void *context), void *context);

#endif
