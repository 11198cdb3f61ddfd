/*
 * Links inside of the sandbox. openat2(2)'s RESOLVE_BENEATH would refuse what jobs do most: an
 * absolute link to a file of the sandbox. So a link's text is resolved here, step by step, to a
 * path without links, and only such a path is opened: whatever is exchanged meanwhile, that open
 * meets a link and fails, or stays in the sandbox.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "walk.h"

/* As the kernel's own limit: namei.c, MAXSYMLINKS. */
#define LINKS_MAX 40
/* Each step walks from the top: a bound on what a hostile tree can cost. */
#define STEPS_MAX 2048

static const char *const *sandbox_names;
static uint32_t sandbox_name_count;

void files_set_names(const char *const *names, uint32_t count) {
    sandbox_names = names;
    sandbox_name_count = count;
}

struct resolution {
    char done[PATH_MAX];     /* without links; "" is the sandbox */
    char rest[2 * PATH_MAX]; /* what is still to be gone */
    unsigned links;
};

/* What an absolute path means below the sandbox; NULL where it is elsewhere. */
static const char *below_sandbox(const char *path) {
    for (uint32_t i = 0; i < sandbox_name_count; i++) {
        size_t length = strlen(sandbox_names[i]);
        if (strncmp(path, sandbox_names[i], length) == 0 &&
            (path[length] == '/' || path[length] == 0)) {
            return path + length;
        }
    }
    return NULL;
}

/* Puts a link's text before the rest. */
static int take_link(struct resolution *at, const char *text, const char *rest) {
    char joined[2 * PATH_MAX];
    if (++at->links > LINKS_MAX) {
        return -ELOOP;
    }
    if (*text == '/') {
        text = below_sandbox(text);
        if (text == NULL) {
            return -EXDEV;
        }
        at->done[0] = 0;
    }
    size_t length = strlen(text);
    size_t rest_length = strlen(rest);
    if (length + 1 + rest_length >= sizeof joined) {
        return -ENAMETOOLONG;
    }
    memcpy(joined, text, length);
    joined[length] = '/';
    memcpy(joined + length + 1, rest, rest_length + 1);
    memcpy(at->rest, joined, length + 1 + rest_length + 1);
    return 0;
}

static int go_up(struct resolution *at) {
    if (at->done[0] == 0) {
        return -EXDEV;
    }
    char *slash = strrchr(at->done, '/');
    *(slash == NULL ? at->done : slash) = 0;
    return 0;
}

static int go_down(struct resolution *at, const char *name) {
    size_t length = strlen(at->done);
    size_t slash = length > 0 ? 1 : 0;
    size_t name_length = strlen(name);
    if (length + slash + name_length >= sizeof at->done) {
        return -ENAMETOOLONG;
    }
    at->done[length] = '/';
    memcpy(at->done + length + slash, name, name_length + 1);
    return 0;
}

/* Takes one component of the rest, which is not empty. */
static int take_component(struct resolution *at) {
    char name[NAME_MAX + 1];
    char text[PATH_MAX];
    size_t length = strcspn(at->rest, "/");
    if (length > NAME_MAX) {
        return -ENAMETOOLONG;
    }
    memcpy(name, at->rest, length);
    name[length] = 0;
    const char *rest = at->rest + length;
    rest += strspn(rest, "/");
    memmove(at->rest, rest, strlen(rest) + 1);
    if (length == 0 || strcmp(name, ".") == 0) {
        return 0;
    }
    if (strcmp(name, "..") == 0) {
        return go_up(at);
    }
    int directory = walk_open(FILES_FD_SANDBOX, at->done[0] == 0 ? "." : at->done,
                              O_PATH | O_DIRECTORY, 0);
    if (directory < 0) {
        return directory;
    }
    ssize_t size = readlinkat(directory, name, text, sizeof text - 1);
    int error = errno;
    close(directory);
    if (size < 0) {
        return error == EINVAL ? go_down(at, name) : -error;
    }
    text[size] = 0;
    return take_link(at, text, at->rest);
}

int files_open_following(const char *path, int flags) {
    int fd = walk_open(FILES_FD_SANDBOX, *path == 0 ? "." : path, flags, 0);
    if (fd != -ELOOP) {
        return fd;
    }
    static struct resolution at;
    at.links = 0;
    at.done[0] = 0;
    size_t length = strlen(path);
    memcpy(at.rest, path, length + 1);
    for (int step = 0; at.rest[0] != 0; step++) {
        int result = step < STEPS_MAX ? take_component(&at) : -ELOOP;
        if (result != 0) {
            return result;
        }
    }
    return walk_open(FILES_FD_SANDBOX, at.done[0] == 0 ? "." : at.done, flags, 0);
}
