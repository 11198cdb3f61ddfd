/* eyrie-files: what its parts know of each other. */
#ifndef EYRIE_FILES_H
#define EYRIE_FILES_H

#include <stddef.h>
#include <sys/stat.h>

#include "request.h"

/* Descriptors that the starter gives: native/border/agent.c. */
enum { FILES_FD_SANDBOX = 3, FILES_FD_REQUESTS = 4, FILES_FD_DESCRIPTORS = 5 };

/* A call that failed: 0, or the call and its errno. */
struct failure {
    enum files_call call;
    int error;
};

/* Takes a result (0 or more, or -errno) of a call; gives it back. identity.c and others use it. */
static inline int noted(struct failure *failure, enum files_call call, int result) {
    if (result < 0) {
        failure->call = call;
        failure->error = -result;
    }
    return result;
}

/*
 * Takes the job's ids for good, gives up every privilege, and becomes untraceable: identity.c. All
 * is read back. Gives 0 or -errno; after a failure the process must not go on.
 */
int files_take_identity(const struct files_begin *begin, const unsigned char *groups);

/* The absolute paths that stand for the sandbox in the text of links; the texts must stay. */
void files_set_names(const char *const *names, uint32_t count);

/*
 * Opens a path in the sandbox: walk_open(), but links are followed as long as they stay in the
 * sandbox. Gives a descriptor or -errno: EXDEV is a link that leads out. resolve.c.
 */
int files_open_following(const char *path, int flags);

/*
 * Opens the directory that is to hold the last component of a path, with O_PATH; directories that
 * are missing on the way are made, links are not followed. Points `*name` at the component.
 */
int files_open_parent(const char *path, const char **name, struct failure *failure);

/* The requests: make.c and look.c. Those that give a descriptor give it, or -1 and the failure. */
int files_mkdir(const char *path, mode_t mode, struct failure *failure);
int files_create(const char *path, mode_t mode, struct failure *failure);
int files_open(const char *path, struct failure *failure);
int files_write(const char *path, mode_t mode, const unsigned char *contents, size_t length,
                struct failure *failure);
int files_rename(const char *path, const char *new_name, struct failure *failure);
int files_chmod(const char *path, mode_t mode, struct failure *failure);

/*
 * Opens a file as files_open() and describes it; reads it into `contents` where it fits into
 * FILES_CONTENTS_MAX, with `entry->size` set to what was read, and gives FILES_WAS_READ.
 */
#define FILES_WAS_READ (-2)
int files_read(const char *path, struct files_entry *entry, unsigned char *contents,
               struct failure *failure);

int files_stat(const char *path, struct files_entry *entry, struct failure *failure);

/* Calls `give` with each entry of a directory, until it gives less than 0. */
int files_list(const char *path, struct failure *failure,
               int (*give)(const struct files_entry *entry, const char *name, void *context),
               void *context);

#endif
