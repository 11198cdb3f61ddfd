/* Steps that fill slots and make places to mount on. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "identity.h"
#include "identity.h"
#include "steps.h"
#include "walk.h"

/* Walks with the job's ids: what the job cannot reach is not opened for it. */
static int walk_as_job(const struct init *init, int base, const char *path) {
    struct identity own;
    int result = identity_borrow(&init->plan, &own);
    if (result != 0) {
        return result;
    }
    int fd = walk_open(base, path, O_PATH, 0);
    result = identity_return(&own);
    if (result != 0 && fd >= 0) {
        close(fd);
    }
    return result != 0 ? result : fd;
}

int step_pin(struct init *init, const union plan_field *field) {
    int base = base_of(init, &field[PIN_BASE]);
    const char *path = field[PIN_PATH].text;
    int as_job = field[PIN_AS_JOB].number != 0;
    int fd = as_job ? walk_as_job(init, base, path) : walk_open(base, path, O_PATH, 0);
    return fill_slot(init, &field[PIN_SLOT], fd);
}

int step_inherit(struct init *init, const union plan_field *field) {
    /*
     * A copy: two slots may take the same one, and a slot that is filled again closes what it held.
     */
    int fd = fcntl(FD_HANDED + (int)field[INHERIT_INDEX].number, F_DUPFD_CLOEXEC, FD_HANDED);
    return fill_slot(init, &field[INHERIT_SLOT], fd < 0 ? -errno : fd);
}

/* The owner of directories that mkdir makes. */
struct owner {
    uid_t uid;
    gid_t gid;
};

/*
 * Gives a directory that was just made to its owner. It is taken by descriptor and only while it is
 * ours: where somebody else may write, they could have put another one in its place.
 */
static int give(int fd, const struct owner *owner) {
    struct stat status;
    if (owner->uid == PLAN_NONE) {
        return 0;
    }
    if (fstat(fd, &status) != 0) {
        return -errno;
    }
    if (status.st_uid != geteuid()) {
        return -EPERM;
    }
    return fchownat(fd, "", owner->uid, owner->gid, AT_EMPTY_PATH) == 0 ? 0 : -errno;
}

/* Opens the directory `name`, making it where it is missing and `make` is true. */
static int enter(int parent, const char *name, int make, mode_t mode, const struct owner *owner) {
    int fd = walk_open(parent, name, O_PATH | O_DIRECTORY, 0);
    if (fd != -ENOENT || !make) {
        return fd;
    }
    if (mkdirat(parent, name, mode) != 0) {
        return -errno;
    }
    fd = walk_open(parent, name, O_PATH | O_DIRECTORY, 0);
    int result = fd < 0 ? fd : give(fd, owner);
    if (result < 0 && fd >= 0) {
        close(fd);
        return result;
    }
    return fd;
}

int step_mkdir(struct init *init, const union plan_field *field) {
    (void)init;
    const struct owner owner = {field[MKDIR_UID].number, field[MKDIR_GID].number};
    const char *rest = field[MKDIR_PATH].text;
    int directory = walk_open(WALK_FROM_ROOT, "/", O_PATH | O_DIRECTORY, 0);
    for (rest += strspn(rest, "/"); directory >= 0 && *rest != 0;) {
        char name[NAME_MAX + 1];
        size_t length = strcspn(rest, "/");
        if (length > NAME_MAX) {
            close(directory);
            return -ENAMETOOLONG;
        }
        memcpy(name, rest, length);
        name[length] = 0;
        rest += length;
        rest += strspn(rest, "/");
        int make = field[MKDIR_PARENTS].number || *rest == 0;
        int next = enter(directory, name, make, field[MKDIR_MODE].number, &owner);
        close(directory);
        directory = next;
    }
    if (directory < 0) {
        return directory;
    }
    close(directory);
    return 0;
}

int step_touch(struct init *init, const union plan_field *field) {
    (void)init;
    const char *name;
    int parent = walk_parent(WALK_FROM_ROOT, field[TOUCH_PATH].text, &name);
    if (parent < 0) {
        return parent;
    }
    int fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                    field[TOUCH_MODE].number);
    int result = fd < 0 && errno != EEXIST ? -errno : 0;
    close(parent);
    if (fd >= 0) {
        close(fd);
    }
    return result;
}

int step_symlink(struct init *init, const union plan_field *field) {
    (void)init;
    const char *name;
    int parent = walk_parent(WALK_FROM_ROOT, field[SYMLINK_PATH].text, &name);
    if (parent < 0) {
        return parent;
    }
    int result = symlinkat(field[SYMLINK_TARGET].text, parent, name) == 0 ? 0 : -errno;
    close(parent);
    return result;
}
