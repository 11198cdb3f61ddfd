/* Capability sets of the calling process: capabilities(7). */
#ifndef EYRIE_CAPABILITIES_H
#define EYRIE_CAPABILITIES_H

#include <stdint.h>

/* The permitted and effective sets, a bit for each capability. */
struct capability_sets {
    uint64_t effective;
    uint64_t permitted;
    uint64_t inheritable;
};

/* Reads the sets. Gives 0 or -errno. */
int capabilities_get(struct capability_sets *sets);

/* Sets the sets. Gives 0 or -errno. */
int capabilities_set(const struct capability_sets *sets);

/* Empties the bounding set. Needs CAP_SETPCAP where it is not empty. Gives 0 or -errno. */
int capabilities_drop_bounding(void);

/*
 * Keeps of the permitted and effective sets only what `keep` names; inheritable and ambient are
 * emptied. Read back and compared. Gives 0 or -errno (EPERM: something stayed).
 */
int capabilities_keep(uint64_t keep);

/*
 * Makes all permitted capabilities survive an execve(2) by a user id that is not root:
 * inheritable, then ambient. Gives 0 or -errno.
 */
int capabilities_raise_ambient(void);

#endif
