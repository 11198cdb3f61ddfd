/* eyrie-tree chown */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "tree.h"

#define SET_ID_BITS (S_ISUID | S_ISGID)

/*
 * A file with another name outside the tree may be anybody's (/etc/shadow, linked by the job): it
 * is given on only where the tree's owner had it anyway.
 */
static int is_theirs(const struct tree *tree, const struct stat *status) {
    return status->st_uid == tree->from_uid || status->st_uid == tree->to_uid ||
           status->st_nlink == 1;
}

/* Checks and gives by one descriptor, so that it is the same file. The kernel drops set-id bits. */
static int give_file(struct tree *tree, int directory, const char *name,
                     const struct stat *seen) {
    struct stat status;
    (void)seen;
    int fd = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return -errno;
    }
    int result = fstat(fd, &status) == 0 ? 0 : -errno;
    if (result == 0 && (status.st_dev != tree->device || !is_theirs(tree, &status))) {
        result = -EPERM;
    }
    if (result == 0 && fchownat(fd, "", tree->to_uid, tree->to_gid, AT_EMPTY_PATH) != 0) {
        result = -errno;
    }
    close(fd);
    if (result == 0) {
        tree_count(tree, &status);
    }
    return result;
}

/* Of directories the kernel leaves the bits. */
static int give_directory(struct tree *tree, int fd, const struct stat *status) {
    if (fchown(fd, tree->to_uid, tree->to_gid) != 0) {
        return -errno;
    }
    if ((status->st_mode & SET_ID_BITS) != 0 &&
        fchmod(fd, status->st_mode & 07777 & ~(mode_t)SET_ID_BITS) != 0) {
        return -errno;
    }
    return 0;
}

const struct work chown_work = {.file = give_file, .enter = give_directory};
