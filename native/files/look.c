/* Requests that look at the sandbox. Links are followed while they stay in it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "kernel.h"
#include "walk.h"

/* The record of getdents64(2). */
struct record {
    uint64_t inode;
    int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[];
};

/* O_NONBLOCK: a FIFO without a writer, or a file with a lease, would be waited for. */
int files_open(const char *path, struct failure *failure) {
    struct stat status;
    int fd = files_open_following(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (noted(failure, FILES_CALL_OPEN, fd) < 0) {
        return -1;
    }
    int result = fstat(fd, &status) != 0          ? -errno
                 : S_ISDIR(status.st_mode)        ? -EISDIR
                 : !S_ISREG(status.st_mode)       ? -EINVAL
                                                  : 0;
    if (noted(failure, FILES_CALL_OPEN, result) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static void describe(const struct stat *status, struct files_entry *entry) {
    entry->kind = S_ISREG(status->st_mode)   ? FILES_KIND_FILE
                  : S_ISDIR(status->st_mode) ? FILES_KIND_DIRECTORY
                                             : FILES_KIND_OTHER;
    entry->mode = status->st_mode & 0777;
    entry->size = (uint64_t)status->st_size;
    entry->modified = (uint64_t)status->st_mtim.tv_sec * 1000000000u +
                      (uint64_t)status->st_mtim.tv_nsec;
}

/* Reads up to FILES_CONTENTS_MAX bytes. Gives their number or -errno. */
static int read_whole(int fd, unsigned char *contents) {
    size_t filled = 0;
    while (filled < FILES_CONTENTS_MAX) {
        ssize_t got = read(fd, contents + filled, FILES_CONTENTS_MAX - filled);
        if (got == 0) {
            break;
        }
        if (got < 0 && errno != EINTR) {
            return -errno;
        }
        filled += got > 0 ? (size_t)got : 0;
    }
    return (int)filled;
}

int files_read(const char *path, struct files_entry *entry, unsigned char *contents,
               struct failure *failure) {
    struct stat status;
    int fd = files_open(path, failure);
    if (fd < 0) {
        return -1;
    }
    memset(entry, 0, sizeof *entry);
    int result = fstat(fd, &status) != 0 ? -errno : 0;
    if (result == 0) {
        describe(&status, entry);
        if (entry->size > FILES_CONTENTS_MAX) {
            return fd;
        }
        result = read_whole(fd, contents);
    }
    close(fd);
    if (noted(failure, FILES_CALL_READ, result) < 0) {
        return -1;
    }
    entry->size = (uint64_t)result;
    return FILES_WAS_READ;
}

/* Looks at the name in an open directory; `path` is the whole path of the same. */
static int look(int directory, const char *name, const char *path, struct files_entry *entry) {
    struct stat status;
    memset(entry, 0, sizeof *entry);
    if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        return -errno;
    }
    if (!S_ISLNK(status.st_mode)) {
        describe(&status, entry);
        return 0;
    }
    int fd = files_open_following(path, O_PATH);
    int found = fd >= 0 && fstat(fd, &status) == 0;
    if (fd >= 0) {
        close(fd);
    }
    describe(&status, entry);
    entry->is_link = 1;
    if (!found) {
        entry->kind = FILES_KIND_MISSING;
    }
    return 0;
}

int files_stat(const char *path, struct files_entry *entry, struct failure *failure) {
    char parent[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t length = slash == NULL ? 0 : (size_t)(slash - path);
    memcpy(parent, path, length);
    parent[length] = 0;
    int directory = files_open_following(parent, O_PATH | O_DIRECTORY);
    if (noted(failure, FILES_CALL_STAT, directory) < 0) {
        return -1;
    }
    const char *name = *path == 0 ? "." : slash == NULL ? path : slash + 1;
    int result = look(directory, name, path, entry);
    close(directory);
    return noted(failure, FILES_CALL_STAT, result);
}

/* A listing on its way. */
struct listing {
    int fd;
    char path[PATH_MAX + NAME_MAX + 2]; /* of an entry */
    size_t prefix;                      /* the bytes of it before the name */
    int (*give)(const struct files_entry *entry, const char *name, void *context);
    void *context;
};

static int list_one(struct listing *listing, const char *name) {
    struct files_entry entry;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        return 0;
    }
    memcpy(listing->path + listing->prefix, name, strlen(name) + 1);
    int result = look(listing->fd, name, listing->path, &entry);
    if (result != 0) {
        return result == -ENOENT ? 0 : result; /* it went away meanwhile */
    }
    return listing->give(&entry, name, listing->context);
}

static int list_all(struct listing *listing, struct failure *failure) {
    char records[32768] __attribute__((aligned(8)));
    for (;;) {
        long filled = syscall(SYS_getdents64, listing->fd, records, sizeof records);
        if (filled <= 0) {
            return noted(failure, FILES_CALL_READDIR, filled < 0 ? -errno : 0);
        }
        for (long at = 0; at < filled;) {
            const struct record *record = (const void *)(records + at);
            at += record->length;
            int result = list_one(listing, record->name);
            if (noted(failure, FILES_CALL_STAT, result) < 0) {
                return -1;
            }
        }
    }
}

int files_list(const char *path, struct failure *failure,
               int (*give)(const struct files_entry *entry, const char *name, void *context),
               void *context) {
    static struct listing listing;
    listing.give = give;
    listing.context = context;
    listing.fd = files_open_following(path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
    if (noted(failure, FILES_CALL_OPEN, listing.fd) < 0) {
        return -1;
    }
    size_t length = strlen(path);
    memcpy(listing.path, path, length);
    listing.prefix = length;
    if (length > 0) {
        listing.path[listing.prefix++] = '/';
    }
    int result = list_all(&listing, failure);
    close(listing.fd);
    return result;
}
