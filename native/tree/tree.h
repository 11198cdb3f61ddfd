/*
 * A walk through a tree that somebody hostile may have made, and may still be changing. Every entry
 * is reached by one name below an open directory, no link is followed, no mount is crossed, and
 * however deep the tree is, only DESCRIPTORS directories are open.
 */
#ifndef EYRIE_TREE_H
#define EYRIE_TREE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "links.h"
#include "report.h"

/* Directories that are open at once; those above are opened again through "..". */
#define DESCRIPTORS 32

/* A directory on the way from the top to where the walk is. */
struct level {
    char *name;
    ino_t inode;
    int64_t next;     /* getdents64(2)'s offset of the next entry */
    uint64_t removed; /* entries that went since the directory was last read from its beginning */
    unsigned readings;
    uint64_t failures; /* of the report's, those in here */
    int is_theirs;     /* for remove-owned: it, or one above it, belongs to the owner */
};

/* An open directory, and what was read of it. */
struct reader {
    size_t depth; /* of the level that it belongs to; 0: free */
    int fd;
    long used;
    long filled;
    char entries[8192] __attribute__((aligned(8)));
};

struct tree;

/* What is done with the entries. */
struct work {
    /* With an entry that is no directory. Gives 0 or -errno. */
    int (*file)(struct tree *tree, int directory, const char *name, const struct stat *status);
    /* With a directory that was opened, before its entries. Gives 0 or -errno; may be NULL. */
    int (*enter)(struct tree *tree, int fd, const struct stat *status);
    /*
     * With a directory whose entries are done. Gives 0, -errno, or WALK_AGAIN: its entries are to
     * be read once more. May be NULL.
     */
    int (*leave)(struct tree *tree, int parent, const char *name, struct level *level);
    /* True where a directory that refuses us may be given other permissions. */
    int may_change_modes;
    /* True where nothing to work on is as good. */
    int may_be_missing;
    /* True where a walk that lost its way, as a directory was moved, can begin again at the top. */
    int may_begin_anew;
    /* True where mounts are left alone in silence, but for those in directories of the owner. */
    int passes_mounts;
};

#define WALK_AGAIN 1

struct tree {
    const struct work *work;
    int parent;           /* the directory that holds the top */
    dev_t device;         /* of the top */
    struct level *levels; /* levels[0] is the top */
    size_t depth;
    size_t room;
    struct reader readers[DESCRIPTORS];
    struct links links;
    struct tree_report report;
    uint32_t owner;    /* for remove-owned; 0: nobody */
    uint32_t from_uid; /* for chown */
    uint32_t to_uid;
    uint32_t to_gid;
    uint32_t mode; /* of the top, in the end */
};

/* Does the work on `name` below the parent, whatever it is, and fills the report. */
void tree_walk(struct tree *tree, const char *name);

/* How every directory is opened. */
#define OPEN_DIRECTORY (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)

/*
 * Opens the directory `name` below an open one, with other permissions if need be and if the work
 * may change them: open_directory.c. Gives a descriptor or -errno: ELOOP is a link, EXDEV a mount.
 */
int tree_open(struct tree *tree, int directory, const char *name);

/* Adds an entry to the report: report.c. */
void tree_count(struct tree *tree, const struct stat *status);

/* Notes that something at `name` below the present directory failed; `error` is negative. */
void tree_failed(struct tree *tree, const char *name, int error);

/* What eyrie-tree can do; tree_chown() is two walks. */
extern const struct work remove_work;
extern const struct work remove_owned_work;
extern const struct work measure_work;
void tree_chown(struct tree *tree, const char *name);

#endif
