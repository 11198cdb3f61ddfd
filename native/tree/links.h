/* Inodes with several names, so that each is measured once. */
#ifndef EYRIE_LINKS_H
#define EYRIE_LINKS_H

#include <stddef.h>
#include <sys/types.h>

/* A hash table with open addressing; inode 0 is a free place. */
struct links {
    ino_t *places;
    size_t room; /* a power of two, or 0 */
    size_t used;
};

/* True when the inode is new to the set. Without memory every inode is new. */
int links_add(struct links *links, ino_t inode);

/* True when the inode is in the set. */
int links_have(const struct links *links, ino_t inode);

#endif
