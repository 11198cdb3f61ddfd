/*
 * eyrie-tree chown: a tree changes hands between two accounts, whole or not at all as far as can be
 * seen before: first it is looked through, and only a tree in which nothing is to be refused is
 * touched. Whoever had it may still try to change it meanwhile, so every entry is looked at again, by
 * the descriptor by which it is changed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "acl.h"
#include "kernel.h"
#include "tree.h"

#define SET_ID_BITS (S_ISUID | S_ISGID)
#define WRITABLE_BY_OTHERS (S_IWGRP | S_IWOTH)
#define PERMISSIONS 07777

/* Room for "/proc/self/fd/" and a number. */
#define DESCRIPTOR_PATH 32

/* Opens an entry that is no directory, without opening what it stands for. A descriptor or -errno. */
static int open_entry(const struct tree *tree, int directory, const char *name) {
    const struct kernel_open_how how = {
        .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
        .resolve = KERNEL_RESOLVE_NO_SYMLINKS | KERNEL_RESOLVE_NO_XDEV | KERNEL_RESOLVE_BENEATH,
    };
    struct stat status;
    int fd = kernel_openat2(directory, name, &how);
    if (fd < 0 && (errno == ENOSYS || errno == EPERM)) {
        /* Before Linux 5.6 a mount of the same file system (a bind mount) is not noticed. */
        fd = openat(directory, name, (int)how.flags);
        if (fd >= 0 && fstat(fd, &status) == 0 && status.st_dev != tree->device) {
            close(fd);
            return -EXDEV;
        }
    }
    return fd >= 0 ? fd : -errno;
}

static int refuse(struct tree *tree, enum tree_refusal refusal) {
    if (tree->report.failures == 0) {
        tree->report.refusal = refusal;
    }
    return -EPERM;
}

/* Whether an entry may change hands. Gives 0 or -errno. */
static int check(struct tree *tree, const struct stat *status) {
    if (status->st_uid != tree->from_uid && status->st_uid != tree->to_uid) {
        return refuse(tree, REFUSED_OWNER);
    }
    if (S_ISCHR(status->st_mode) || S_ISBLK(status->st_mode)) {
        return refuse(tree, REFUSED_DEVICE);
    }
    /* Its other names may be anywhere: /etc/shadow, linked by a job. */
    if (!S_ISDIR(status->st_mode) && status->st_nlink > 1) {
        return refuse(tree, REFUSED_LINK);
    }
    return 0;
}

/* The top is root's while the rest changes hands, or where that was broken off. */
static int check_directory(struct tree *tree, int fd, const struct stat *status) {
    (void)fd;
    return tree->depth == 0 && status->st_uid == 0 ? 0 : check(tree, status);
}

/* Opens an entry and checks it. Gives a descriptor or -errno. */
static int open_checked(struct tree *tree, int directory, const char *name, struct stat *status) {
    int fd = open_entry(tree, directory, name);
    if (fd < 0) {
        return fd;
    }
    int result = fstat(fd, status) == 0 ? 0 : -errno;
    if (result == 0 && S_ISDIR(status->st_mode)) {
        result = -ESTALE; /* it was none a moment ago */
    }
    if (result == 0) {
        result = check(tree, status);
    }
    if (result != 0) {
        close(fd);
        return result;
    }
    return fd;
}

static int check_file(struct tree *tree, int directory, const char *name, const struct stat *seen) {
    struct stat status;
    (void)seen;
    int fd = open_checked(tree, directory, name, &status);
    if (fd < 0) {
        return fd;
    }
    close(fd);
    return 0;
}

/* Takes an extended attribute away. Gives 0, also where it is not there, or -errno. */
static int drop(const char *path, const char *attribute) {
    return removexattr(path, attribute) == 0 || errno == ENODATA || errno == EOPNOTSUPP ||
                   errno == ENOSYS
               ? 0
               : -errno;
}

/* What gives rights beyond those of an owner: set-id bits, capabilities, names in access lists. */
static int take_rights(int fd, const struct stat *status, mode_t unwanted) {
    char path[DESCRIPTOR_PATH];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    mode_t mode = acl_mode(path, status->st_mode & PERMISSIONS) & ~unwanted;
    /* Before the list goes: group's bits are its mask, and would be what group may do. */
    if (mode != (status->st_mode & PERMISSIONS) && chmod(path, mode) != 0) {
        return -errno;
    }
    int result = drop(path, ACL_ACCESS);
    if (result == 0 && S_ISDIR(status->st_mode)) {
        result = drop(path, ACL_DEFAULT);
    }
    if (result == 0 && S_ISREG(status->st_mode)) {
        result = drop(path, "security.capability");
    }
    return result;
}

static int give_file(struct tree *tree, int directory, const char *name, const struct stat *seen) {
    struct stat status;
    (void)seen;
    int fd = open_checked(tree, directory, name, &status);
    if (fd < 0) {
        return fd;
    }
    int result = S_ISLNK(status.st_mode) ? 0 : take_rights(fd, &status, SET_ID_BITS);
    /* The kernel drops set-id bits and capabilities once more, with the owner. */
    if (result == 0 && fchownat(fd, "", tree->to_uid, tree->to_gid, AT_EMPTY_PATH) != 0) {
        result = -errno;
    }
    close(fd);
    if (result == 0) {
        tree_count(tree, &status);
    }
    return result;
}

/*
 * A directory that others may write to would let a process of its old owner, who has it open, move
 * what is in it by then to anywhere, as the new owner's: that right goes as well.
 */
static int give_directory(struct tree *tree, int fd, const struct stat *status) {
    const mode_t unwanted = SET_ID_BITS | WRITABLE_BY_OTHERS;
    int result = check_directory(tree, fd, status);
    if (result == 0) {
        result = take_rights(fd, status, unwanted);
    }
    if (result != 0) {
        return result;
    }
    if (tree->depth == 0) {
        return fchown(fd, 0, 0) == 0 && fchmod(fd, S_IRWXU) == 0 ? 0 : -errno;
    }
    if (fchown(fd, tree->to_uid, tree->to_gid) != 0) {
        return -errno;
    }
    /* Its old owner may have set them again in between. */
    struct stat after;
    return fstat(fd, &after) == 0 && ((after.st_mode & unwanted) == 0 ||
                                      fchmod(fd, after.st_mode & PERMISSIONS & ~unwanted) == 0)
               ? 0
               : -errno;
}

/* The last step: from here on it is the new owner's. */
static void give_top(struct tree *tree, const char *name) {
    int fd = tree_open(tree, tree->parent, name);
    int result = fd < 0 ? fd : 0;
    if (result == 0 && (fchown(fd, tree->to_uid, tree->to_gid) != 0 || fchmod(fd, tree->mode) != 0)) {
        result = -errno;
    }
    if (fd >= 0) {
        close(fd);
    }
    if (result != 0) {
        tree_failed(tree, name, result);
    }
}

void tree_chown(struct tree *tree, const char *name) {
    static const struct work look = {.file = check_file, .enter = check_directory};
    static const struct work give = {.file = give_file, .enter = give_directory};
    struct stat status;
    /* Only a directory can be shut while its content changes hands. */
    if (fstatat(tree->parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR(status.st_mode)) {
        tree_failed(tree, name, -ENOTDIR);
        return;
    }
    tree->work = &look;
    tree_walk(tree, name);
    tree->report.files = tree->report.directories = 0;
    tree->report.apparent = tree->report.allocated = 0;
    if (tree->report.failures > 0) {
        return;
    }
    tree->work = &give;
    tree_walk(tree, name);
    if (tree->report.failures == 0) {
        give_top(tree, name);
    }
}
