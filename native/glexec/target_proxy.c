#include "glexec/target_proxy.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "glexec/environment.h"
#include "glexec/exit_codes.h"
#include "glexec/identity.h"
#include "glexec/log.h"
#include "walk.h"

/* Opens the directory. Gives the descriptor, or -1 after it logged why that may not hold a proxy. */
static int open_directory(const char *path, const struct person *target, const char **name) {
    struct stat status;
    int directory = walk_parent(WALK_FROM_ROOT, path, name);
    if (directory < 0) {
        refuse(EXIT_CALLER, "target proxy %s: its directory: %s", path, strerror(-directory));
        return -1;
    }
    bool is_safe = fstat(directory, &status) == 0 &&
                   ((status.st_uid == target->uid && (status.st_mode & S_IWOTH) == 0) ||
                    (status.st_uid == 0 && (status.st_mode & S_ISVTX) != 0));
    if (!is_safe) {
        close(directory);
        refuse(EXIT_CALLER,
               "target proxy %s: its directory must be %s's and not writable by everybody", path,
               target->name);
        return -1;
    }
    return directory;
}

/* A new file, or one of the target's that nobody has linked elsewhere. */
static int open_file(int directory, const char *name, const struct person *target) {
    struct stat status;
    int fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0 || errno != EEXIST) {
        return fd;
    }
    fd = openat(directory, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != target->uid ||
        status.st_nlink != 1) {
        close(fd);
        errno = EEXIST;
        return -1;
    }
    return fd;
}

static int write_all(int fd, const struct proxy_file *proxy) {
    for (size_t done = 0; done < proxy->length;) {
        ssize_t bytes = write(fd, proxy->text + done, proxy->length - done);
        if (bytes < 0 && errno != EINTR) {
            return -1;
        }
        done += bytes > 0 ? (size_t)bytes : 0;
    }
    return 0;
}

static int write_copy(const char *path, const struct proxy_file *proxy,
                      const struct person *target, int lock_mechanism) {
    const char *name;
    int directory = open_directory(path, target, &name);
    if (directory < 0) {
        return EXIT_CALLER;
    }
    int fd = open_file(directory, name, target);
    close(directory);
    int result = fd;
    if (fd >= 0) {
        result = proxy_lock(fd, lock_mechanism, 1) == 0 && fchmod(fd, 0600) == 0 &&
                         ftruncate(fd, 0) == 0
                     ? write_all(fd, proxy)
                     : -1;
        int error = errno;
        close(fd);
        errno = error;
    }
    return result >= 0 ? 0
                       : refuse(EXIT_CALLER, "target proxy %s: %s", path,
                                errno == EEXIST ? "is there and not the target's file"
                                                : strerror(errno));
}

int target_proxy_make(const struct config *config, char *const *environment,
                      const struct proxy_file *client, const struct person *caller,
                      const struct person *target, const char **path) {
    static char fallback[64];
    struct proxy_file source = *client;
    const char *source_path = environment_get(environment, "GLEXEC_SOURCE_PROXY");
    const char *target_path = environment_get(environment, "GLEXEC_TARGET_PROXY");
    *path = NULL;
    if (!config->create_target_proxy ||
        (target_path != NULL && strcmp(target_path, "/dev/null") == 0)) {
        return 0;
    }
    if (source_path != NULL) {
        int code = proxy_read(source_path, caller, config->input_lock_mechanism, &source);
        if (code != 0) {
            return code;
        }
    }
    if (target_path == NULL) {
        snprintf(fallback, sizeof fallback, "/tmp/x509up_u%u.glexec.%d", (unsigned)target->uid,
                 (int)getpid());
        target_path = fallback;
    }
    if (target_path[0] != '/' || strlen(target_path) >= PATH_MAX) {
        return refuse(EXIT_CALLER, "target proxy %s is no absolute path",
                      *target_path == 0 ? "(empty)" : target_path);
    }
    if (identity_take(target) != 0) {
        identity_root();
        return refuse(EXIT_INTERNAL, "cannot take the target's ids: %s", strerror(errno));
    }
    int code = write_copy(target_path, &source, target, config->target_lock_mechanism);
    identity_root();
    *path = code == 0 ? target_path : NULL;
    return code;
}
