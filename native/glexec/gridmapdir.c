#include "glexec/gridmapdir.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "glexec/exit_codes.h"
#include "glexec/gridmapdir_claim.h"
#include "glexec/log.h"
#include "glexec/white_list.h"

/* Rounds, where others take what we want at the same moment. */
#define ROUNDS 24

/* What is looked for in one pass over the directory. */
struct search {
    int directory;
    const char *prefix;
    const char *lease;
    ino_t inode; /* of the lease that there is; 0: a free account is looked for */
    gridmapdir_may_lease *may_lease;
    void *context;
    char *account;
};

int gridmapdir_lease_name(const char *subject, char name[LEASE_NAME_SIZE]) {
    size_t length = 0;
    for (; *subject != 0; subject++) {
        unsigned char byte = (unsigned char)*subject;
        bool plain = byte < 0x80 && isalnum(byte);
        if (length + 4 > LEASE_NAME_SIZE) {
            return -1;
        }
        if (plain) {
            name[length++] = (char)tolower(byte);
        } else {
            length += (size_t)sprintf(name + length, "%%%02x", byte);
        }
    }
    name[length] = 0;
    return length > 0 ? 0 : -1;
}

/* Whether the entry is an account's file that the search wants. */
static bool is_wanted(const struct search *search, const char *name, const struct stat *status) {
    if (!S_ISREG(status->st_mode) || strlen(name) >= ACCOUNT_SIZE) {
        return false;
    }
    if (search->inode != 0) {
        return status->st_ino == search->inode && strcmp(name, search->lease) != 0;
    }
    return status->st_nlink == 1 && is_pool_member(name, search->prefix, strlen(search->prefix));
}

/*
 * Passes over the directory. Gives 1 and the account where one was found, of several free ones the
 * first by name, so that what happens does not hang on the file system; 0 for none; -1 with errno.
 */
static int pass(const struct search *search) {
    int copy = openat(search->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = copy < 0 ? NULL : fdopendir(copy);
    if (stream == NULL) {
        return -1;
    }
    int found = 0;
    for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
        struct stat status;
        if (gridmapdir_is_claim(search->directory, entry->d_name) ||
            fstatat(search->directory, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
            !is_wanted(search, entry->d_name, &status) ||
            (found && strcmp(entry->d_name, search->account) >= 0)) {
            continue;
        }
        if (search->inode == 0 && !search->may_lease(entry->d_name, search->context)) {
            continue;
        }
        found = 1;
        memcpy(search->account, entry->d_name, strlen(entry->d_name) + 1);
    }
    closedir(stream);
    return found;
}

/*
 * The account of the lease that there is. Gives 0, 1 where somebody is about to learn that the account
 * is taken, or an exit code.
 */
static int look_up(struct search *search, const struct stat *lease, bool may_wait) {
    if (may_wait && S_ISREG(lease->st_mode) && lease->st_nlink > 2) {
        search->inode = lease->st_ino;
        pass(search); /* takes away what a killed one left */
        search->inode = 0;
        return 1;
    }
    if (!S_ISREG(lease->st_mode) || lease->st_uid != 0 || lease->st_nlink != 2) {
        return refuse(EXIT_INTERNAL, "gridmapdir: %s is no lease: not root's file with two links",
                      search->lease);
    }
    search->inode = lease->st_ino;
    int found = pass(search);
    search->inode = 0;
    if (found != 1) {
        return refuse(EXIT_INTERNAL, "gridmapdir: the lease %s has no account", search->lease);
    }
    if (!is_pool_member(search->account, search->prefix, strlen(search->prefix))) {
        return refuse(EXIT_DENIED, "gridmapdir: the subject has leased %s, not an account of .%s",
                      search->account, search->prefix);
    }
    if (utimensat(search->directory, search->lease, NULL, AT_SYMLINK_NOFOLLOW) != 0) {
        return refuse(EXIT_INTERNAL, "gridmapdir: cannot touch %s: %s", search->lease,
                      strerror(errno));
    }
    return 0;
}

/* Leases what the search found. Gives 0, 1 where somebody was faster, or an exit code. */
static int take(const struct search *search) {
    int result = gridmapdir_claim(search->directory, search->account, search->lease);
    if (result < 0) {
        return refuse(EXIT_INTERNAL, "gridmapdir: cannot lease %s: %s", search->account,
                      strerror(errno));
    }
    if (result == 0) {
        utimensat(search->directory, search->lease, NULL, AT_SYMLINK_NOFOLLOW);
    }
    return result;
}

static int name_lease(const char *subject, bool by_role, const char *prefix,
                      char name[LEASE_NAME_SIZE]) {
    if (gridmapdir_lease_name(subject, name) != 0) {
        return -1;
    }
    size_t length = strlen(name);
    size_t room = LEASE_NAME_SIZE - length;
    return !by_role || snprintf(name + length, room, ":%s", prefix) < (int)room ? 0 : -1;
}

/* One round: gives 0, 1 where others were in the way, or an exit code. */
static int try(struct search *search, bool may_wait) {
    struct stat status;
    if (fstatat(search->directory, search->lease, &status, AT_SYMLINK_NOFOLLOW) == 0) {
        return look_up(search, &status, may_wait);
    }
    int found = pass(search);
    if (found < 0) {
        return refuse(EXIT_INTERNAL, "gridmapdir: %s", strerror(errno));
    }
    /* One that seems to be taken may be given back: by who learns that his person has another. */
    if (found == 0 && may_wait) {
        return 1;
    }
    return found == 1 ? take(search)
                      : refuse(EXIT_DENIED, "gridmapdir: no account of .%s is free", search->prefix);
}

int gridmapdir_lease(int directory, const char *subject, bool by_role, const char *prefix,
                     gridmapdir_may_lease *may_lease, void *context, char account[ACCOUNT_SIZE]) {
    char lease[LEASE_NAME_SIZE];
    struct search search = {.directory = directory, .prefix = prefix, .lease = lease,
                            .may_lease = may_lease, .context = context, .account = account};
    if (name_lease(subject, by_role, prefix, lease) != 0) {
        return refuse(EXIT_DENIED, "gridmapdir: the subject is too long for a name of a file: %s",
                      subject);
    }
    for (int round = 0; round < ROUNDS; round++) {
        int code = try(&search, round + 1 < ROUNDS);
        if (code != 1) {
            return code;
        }
        usleep((useconds_t)(1000 * (1 + (getpid() + round) % 7)));
    }
    return refuse(EXIT_DENIED, "gridmapdir: others took every account of .%s first", prefix);
}
