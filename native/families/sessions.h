/* Orphans that no snapshot saw with their parents, found by their session. */
#ifndef EYRIE_FAMILIES_SESSIONS_H
#define EYRIE_FAMILIES_SESSIONS_H

/*
 * Nobody can enter a session: whoever is in one that a member began descends from that member
 * (setsid(2)). Puts strangers that are not told of yet where the members of their session are that
 * the scan `mark` met. Gives how many.
 */
unsigned sessions_follow(unsigned mark);

#endif
