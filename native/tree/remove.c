/* eyrie-tree remove */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "tree.h"

/* A directory that somebody refills while it is emptied is given up after so many attempts. */
#define READINGS_MAX 100

/* The owner may have taken away the own right to write in a directory: take it back. */
static int unlink_below(int directory, const char *name, int flags) {
    struct stat status;
    if (unlinkat(directory, name, flags) == 0) {
        return 0;
    }
    int error = errno;
    if (error != EACCES || fstat(directory, &status) != 0 ||
        fchmod(directory, (status.st_mode & 07777) | 0700) != 0) {
        return -error;
    }
    return unlinkat(directory, name, flags) == 0 ? 0 : -errno;
}

static int remove_file(struct tree *tree, int directory, const char *name,
                       const struct stat *status) {
    int result = unlink_below(directory, name, 0);
    if (result == 0) {
        tree_count(tree, status);
        if (tree->depth > 0) {
            tree->levels[tree->depth - 1].removed++;
        }
    }
    return result;
}

/*
 * Some file systems skip entries when others are removed while the directory is read: so one that
 * is not empty is read again for as long as that helps.
 */
static int remove_directory(struct tree *tree, int parent, const char *name, struct level *level) {
    int result = unlink_below(parent, name, AT_REMOVEDIR);
    if ((result == -ENOTEMPTY || result == -EEXIST) && level->removed > 0 &&
        level->readings < READINGS_MAX) {
        return WALK_AGAIN;
    }
    if (result == 0 && tree->depth > 1) {
        tree->levels[tree->depth - 2].removed++;
    }
    return result == -ENOENT ? 0 : result;
}

const struct work remove_work = {
    .file = remove_file,
    .leave = remove_directory,
    .may_change_modes = 1,
    .may_be_missing = 1,
    .may_begin_anew = 1,
};
