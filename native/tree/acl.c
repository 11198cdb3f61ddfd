#include "acl.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>
#include <sys/xattr.h>

/* linux/posix_acl_xattr.h: struct posix_acl_xattr_header and struct posix_acl_xattr_entry. */
#define ACL_VERSION 2
#define TAG_GROUP_OBJ 0x04
struct acl_header {
    uint32_t version;
};
struct acl_entry {
    uint16_t tag;
    uint16_t permissions;
    uint32_t id;
};

/* XATTR_SIZE_MAX: no attribute is longer. */
#define LONGEST 65536

mode_t acl_mode(const char *path, mode_t mode) {
    static char list[LONGEST];
    struct acl_header header;
    struct acl_entry entry;
    ssize_t length = getxattr(path, ACL_ACCESS, list, sizeof list);
    if (length < (ssize_t)sizeof header) {
        return mode;
    }
    memcpy(&header, list, sizeof header);
    if (le32toh(header.version) != ACL_VERSION) {
        return mode & ~(mode_t)S_IRWXG;
    }
    for (size_t at = sizeof header; at + sizeof entry <= (size_t)length; at += sizeof entry) {
        memcpy(&entry, list + at, sizeof entry);
        if (le16toh(entry.tag) == TAG_GROUP_OBJ) {
            mode_t group = (mode_t)(le16toh(entry.permissions) & 07) << 3;
            return (mode & ~(mode_t)S_IRWXG) | (mode & group);
        }
    }
    return mode & ~(mode_t)S_IRWXG;
}
