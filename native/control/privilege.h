/* eyrie-control speaks with anybody: it must not be able to do anything else. */
#ifndef EYRIE_CONTROL_PRIVILEGE_H
#define EYRIE_CONTROL_PRIVILEGE_H

/*
 * Becomes nobody for good, without capabilities, groups and the ways to get any back; no other
 * process of nobody's may trace it. Gives 0 or -errno; then the process must not go on.
 */
int privilege_give_up(void);

#endif
