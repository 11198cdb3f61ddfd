/* Passing descriptors on a Unix socket, unix(7). */
#ifndef EYRIE_PASS_H
#define EYRIE_PASS_H

#include <stdint.h>

/*
 * Sends a number, and an open file with it (SCM_RIGHTS), which stays open here. `flags` are those of
 * sendmsg(2) beside MSG_NOSIGNAL. Gives 0 or -errno.
 */
int pass_descriptor(int socket, uint32_t number, int fd, int flags);

#endif
