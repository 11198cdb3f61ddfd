#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel.h"

/* Whoever moves directories as fast as they are removed is not waited for endlessly. */
#define WALKS_MAX 100

/* Nor whoever puts something else in an entry's place each time that it is looked at. */
#define VISITS_MAX 100

/* The record of getdents64(2). */
struct entry {
    uint64_t inode;
    int64_t next;
    unsigned short length;
    unsigned char type;
    char name[];
};

static struct level *present(struct tree *tree) {
    return &tree->levels[tree->depth - 1];
}

static struct reader *reader_of(struct tree *tree, size_t depth) {
    return &tree->readers[depth % DESCRIPTORS];
}

static int make_room(struct tree *tree) {
    if (tree->depth < tree->room) {
        return 1;
    }
    size_t room = tree->room == 0 ? 64 : tree->room * 2;
    struct level *levels = realloc(tree->levels, room * sizeof *levels);
    if (levels == NULL) {
        return 0;
    }
    tree->levels = levels;
    tree->room = room;
    return 1;
}

/* Takes a reader for an open directory; the level far above that had it is opened again later. */
static void read_with(struct tree *tree, size_t depth, int fd) {
    struct reader *reader = reader_of(tree, depth);
    if (reader->depth != 0) {
        close(reader->fd);
    }
    reader->depth = depth;
    reader->fd = fd;
    reader->used = reader->filled = 0;
}

/* Goes down into an open directory. Gives 0 or -errno; then it is closed. */
static int go_down(struct tree *tree, int fd, const char *name) {
    struct stat status;
    int result = fstat(fd, &status) == 0 ? 0 : -errno;
    char *copy = result == 0 && make_room(tree) ? strdup(name) : NULL;
    if (result == 0 && copy == NULL) {
        result = -ENOMEM;
    }
    if (result == 0 && tree->work->enter != NULL) {
        result = tree->work->enter(tree, fd, &status);
    }
    if (result != 0) {
        free(copy);
        close(fd);
        return result;
    }
    tree_count(tree, &status);
    int is_theirs = (tree->owner != 0 && status.st_uid == tree->owner) ||
                    (tree->depth > 0 && present(tree)->is_theirs);
    tree->levels[tree->depth++] =
        (struct level){.name = copy, .inode = status.st_ino, .is_theirs = is_theirs};
    read_with(tree, tree->depth, fd);
    return 0;
}

/*
 * Opens the directory above the present one again and finds the place where it was left. Somebody
 * may have moved the present one meanwhile: then ".." is another directory, and the walk is lost.
 */
static int open_above(struct tree *tree) {
    struct stat status;
    size_t depth = tree->depth - 1;
    const struct level *level = &tree->levels[depth - 1];
    int fd = openat(reader_of(tree, tree->depth)->fd, "..", OPEN_DIRECTORY);
    if (fd < 0) {
        return -errno;
    }
    if (fstat(fd, &status) != 0 || status.st_ino != level->inode ||
        status.st_dev != tree->device || lseek(fd, level->next, SEEK_SET) < 0) {
        close(fd);
        return -ESTALE;
    }
    read_with(tree, depth, fd);
    return 0;
}

static void read_again(struct tree *tree) {
    struct reader *reader = reader_of(tree, tree->depth);
    struct level *level = present(tree);
    lseek(reader->fd, 0, SEEK_SET);
    reader->used = reader->filled = 0;
    level->removed = 0;
    level->readings++;
    /* What failed will fail again, and is counted then. */
    tree->report.failures -= level->failures;
    level->failures = 0;
}

/* Gives the directory back to the level above. Gives 0, or -errno where the way up is lost. */
static int go_up(struct tree *tree) {
    struct level *level = present(tree);
    int result = 0;
    if (tree->depth > 1 && reader_of(tree, tree->depth - 1)->depth != tree->depth - 1) {
        result = open_above(tree);
        if (result != 0) {
            return result;
        }
    }
    int parent = tree->depth > 1 ? reader_of(tree, tree->depth - 1)->fd : tree->parent;
    if (tree->work->leave != NULL) {
        result = tree->work->leave(tree, parent, level->name, level);
    }
    if (result == WALK_AGAIN) {
        read_again(tree);
        return 0;
    }
    if (result != 0 && level->failures == 0) {
        tree_failed(tree, NULL, result);
    }
    struct reader *reader = reader_of(tree, tree->depth);
    close(reader->fd);
    reader->depth = 0;
    free(level->name);
    tree->depth--;
    if (tree->depth > 0) {
        present(tree)->failures += level->failures;
    }
    return 0;
}

/* Whether something is mounted at an entry: even to look at it can fail then. */
static int is_mount(int directory, const char *name) {
    const struct kernel_open_how how = {
        .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
        .resolve = KERNEL_RESOLVE_NO_XDEV | KERNEL_RESOLVE_BENEATH,
    };
    int fd = kernel_openat2(directory, name, &how);
    if (fd >= 0) {
        close(fd);
    }
    return fd < 0 && errno == EXDEV;
}

/* Deals with an entry as what it is when it is looked at. Gives 0 or -errno. */
static int visit_once(struct tree *tree, int directory, const char *name) {
    struct stat status;
    const int may_pass =
        tree->work->passes_mounts && tree->depth > 0 && !present(tree)->is_theirs;
    if (may_pass && is_mount(directory, name)) {
        return 0;
    }
    if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        return -errno;
    }
    if (!S_ISDIR(status.st_mode)) {
        return tree->work->file(tree, directory, name, &status);
    }
    int fd = tree_open(tree, directory, name);
    if (fd == -EXDEV && may_pass) {
        return 0;
    }
    return fd < 0 ? fd : go_down(tree, fd, name);
}

/* What was looked at as a directory is a link or a file when it is opened, or the other way about. */
static int has_changed(int result) {
    return result == -ELOOP || result == -ENOTDIR || result == -EISDIR;
}

/* Deals with one entry of an open directory. */
static void visit(struct tree *tree, int directory, const char *name) {
    int result = visit_once(tree, directory, name);
    for (int i = 0; i < VISITS_MAX && has_changed(result); i++) {
        result = visit_once(tree, directory, name);
    }
    /* What went away meanwhile is no trouble; a top that was never there is, but for remove. */
    if (result < 0 && (result != -ENOENT || (tree->depth == 0 && !tree->work->may_be_missing))) {
        tree_failed(tree, name, result);
    }
}

/* The next entry of the present directory, NULL at its end. */
static const struct entry *next_entry(struct tree *tree) {
    struct reader *reader = reader_of(tree, tree->depth);
    for (;;) {
        if (reader->used >= reader->filled) {
            reader->used = 0;
            reader->filled =
                syscall(SYS_getdents64, reader->fd, reader->entries, sizeof reader->entries);
            /* A directory that was removed meanwhile has no entries: that is no trouble. */
            if (reader->filled < 0 && errno != ENOENT) {
                tree_failed(tree, NULL, -errno);
            }
            if (reader->filled <= 0) {
                reader->filled = 0;
                return NULL;
            }
        }
        const struct entry *entry = (const void *)(reader->entries + reader->used);
        reader->used += entry->length;
        present(tree)->next = entry->next;
        if (strcmp(entry->name, ".") != 0 && strcmp(entry->name, "..") != 0) {
            return entry;
        }
    }
}

/* Leaves all directories, wherever they are by now. */
static void let_go(struct tree *tree) {
    for (; tree->depth > 0; tree->depth--) {
        struct reader *reader = reader_of(tree, tree->depth);
        if (reader->depth == tree->depth) {
            close(reader->fd);
            reader->depth = 0;
        }
        free(present(tree)->name);
    }
}

/* One walk from the top. Gives 0, or -errno where the way up was lost. */
static int walk_once(struct tree *tree, const char *name) {
    int result = 0;
    visit(tree, tree->parent, name);
    while (tree->depth > 0 && result == 0) {
        const struct entry *entry = next_entry(tree);
        if (entry != NULL) {
            visit(tree, reader_of(tree, tree->depth)->fd, entry->name);
        } else {
            result = go_up(tree);
        }
    }
    return result;
}

void tree_walk(struct tree *tree, const char *name) {
    struct stat status;
    if (fstatat(tree->parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0) {
        tree->device = status.st_dev;
    }
    int result = walk_once(tree, name);
    for (int i = 0; i < WALKS_MAX && result == -ESTALE && tree->work->may_begin_anew; i++) {
        let_go(tree);
        /* What failed will fail again, and is counted then. */
        tree->report.failures = 0;
        tree->report.error = 0;
        result = walk_once(tree, name);
    }
    if (result != 0) {
        tree_failed(tree, NULL, result);
    }
    let_go(tree);
}
