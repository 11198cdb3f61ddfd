/*
 * eyrie-tree remove-owned: what an account has left in a directory that is everybody's. Its entries
 * go wherever they are below, and its directories go with all that is in them. What others have mounted
 * there is left alone.
 */
#include <errno.h>

#include "tree.h"

/* As remove: a directory that somebody refills while it is emptied is given up some time. */
#define READINGS_MAX 100

static int is_in_theirs(const struct tree *tree) {
    return tree->depth > 0 && tree->levels[tree->depth - 1].is_theirs;
}

static int remove_file(struct tree *tree, int directory, const char *name,
                       const struct stat *status) {
    return is_in_theirs(tree) || status->st_uid == tree->owner
               ? remove_work.file(tree, directory, name, status)
               : 0;
}

static int leave_directory(struct tree *tree, int parent, const char *name, struct level *level) {
    if (level->is_theirs && tree->depth > 1) {
        return remove_work.leave(tree, parent, name, level);
    }
    return level->removed > 0 && level->readings < READINGS_MAX ? WALK_AGAIN : 0;
}

const struct work remove_owned_work = {
    .file = remove_file,
    .leave = leave_directory,
    .may_be_missing = 1,
    .may_begin_anew = 1,
    .passes_mounts = 1,
};
