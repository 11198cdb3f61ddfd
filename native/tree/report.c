#include "report.h"

#include <string.h>

#include "tree.h"

/* Where files are removed, the last of a file's several names looks like its only one. */
static int was_counted(struct tree *tree, const struct stat *status) {
    return status->st_nlink > 1 ? !links_add(&tree->links, status->st_ino)
                                : links_have(&tree->links, status->st_ino);
}

void tree_count(struct tree *tree, const struct stat *status) {
    if (S_ISDIR(status->st_mode)) {
        tree->report.directories++;
    } else {
        tree->report.files++;
        if (was_counted(tree, status)) {
            return;
        }
    }
    tree->report.apparent += (uint64_t)status->st_size;
    tree->report.allocated += (uint64_t)status->st_blocks * 512;
}

/* Puts "/text" before what is in the path from *begin on. Gives false where there is no room. */
static int put_before(char *path, size_t *begin, const char *text) {
    size_t length = strlen(text);
    if (length + 1 > *begin) {
        return 0;
    }
    *begin -= length;
    memcpy(path + *begin, text, length);
    path[--*begin] = '/';
    return 1;
}

/* The path of a failure: its last components where it is too long. */
static void note_path(struct tree *tree, const char *name) {
    char path[sizeof tree->report.path];
    size_t begin = sizeof path - 1;
    path[begin] = 0;
    int fits = name == NULL || put_before(path, &begin, name);
    for (size_t i = tree->depth; i > 0 && fits; i--) {
        fits = put_before(path, &begin, tree->levels[i - 1].name);
    }
    const char *start = path[begin] == '/' ? path + begin + 1 : path + begin;
    memcpy(tree->report.path, start, strlen(start) + 1);
}

void tree_failed(struct tree *tree, const char *name, int error) {
    if (tree->report.failures++ == 0) {
        tree->report.error = -error;
        note_path(tree, name);
    }
    if (tree->depth > 0) {
        tree->levels[tree->depth - 1].failures++;
    }
}
