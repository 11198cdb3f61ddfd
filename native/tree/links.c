#include "links.h"

#include <stdint.h>
#include <stdlib.h>

#define FIRST_ROOM 1024

/* Fibonacci hashing: neighbouring inode numbers, the usual case, do not share places. */
static size_t place_of(const struct links *links, ino_t inode) {
    return (size_t)((uint64_t)inode * 0x9e3779b97f4a7c15ull >> 20) & (links->room - 1);
}

/* The place where the inode is, or the free one where it would be; the table has room. */
static size_t find(const struct links *links, ino_t inode) {
    size_t place = place_of(links, inode);
    while (links->places[place] != 0 && links->places[place] != inode) {
        place = (place + 1) & (links->room - 1);
    }
    return place;
}

static int put(struct links *links, ino_t inode) {
    size_t place = find(links, inode);
    if (links->places[place] == inode) {
        return 0;
    }
    links->places[place] = inode;
    links->used++;
    return 1;
}

static int grow(struct links *links) {
    struct links larger = {.room = links->room == 0 ? FIRST_ROOM : links->room * 2};
    larger.places = calloc(larger.room, sizeof *larger.places);
    if (larger.places == NULL) {
        return 0;
    }
    for (size_t i = 0; i < links->room; i++) {
        if (links->places[i] != 0) {
            put(&larger, links->places[i]);
        }
    }
    free(links->places);
    *links = larger;
    return 1;
}

int links_add(struct links *links, ino_t inode) {
    if (links->used * 2 >= links->room && !grow(links)) {
        return 1;
    }
    return put(links, inode);
}

int links_have(const struct links *links, ino_t inode) {
    return links->room > 0 && links->places[find(links, inode)] == inode;
}
