/* Access control lists, acl(5), as the kernel keeps them in extended attributes. */
#ifndef EYRIE_ACL_H
#define EYRIE_ACL_H

#include <sys/stat.h>

#define ACL_ACCESS "system.posix_acl_access"
#define ACL_DEFAULT "system.posix_acl_default"

/*
 * The permission bits of a file without its access list. With one, group's bits are the list's mask,
 * the most that anybody named there may do, and group's own stand in the list.
 */
mode_t acl_mode(const char *path, mode_t mode);

#endif
