#include "glexec/proxy_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "glexec/environment.h"
#include "glexec/exit_codes.h"
#include "glexec/identity.h"
#include "glexec/log.h"

/* Nobody who holds a lock may hold us: attempts, and milliseconds between them. */
#define LOCK_ATTEMPTS 50
#define LOCK_PAUSE_MS 100

const char *proxy_path(char *const *environment, const struct person *caller) {
    static char fallback[64];
    const char *path = environment_get(environment, "GLEXEC_CLIENT_CERT");
    if (path == NULL) {
        path = environment_get(environment, "X509_USER_PROXY");
    }
    if (path == NULL) {
        snprintf(fallback, sizeof fallback, "/tmp/x509up_u%u", (unsigned)caller->uid);
        path = fallback;
    }
    return path;
}

static int try_lock(int fd, int mechanism, int exclusive) {
    if (mechanism == LOCK_FLOCK) {
        return flock(fd, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB);
    }
    struct flock whole = {.l_type = (short)(exclusive ? F_WRLCK : F_RDLCK), .l_whence = SEEK_SET};
    return fcntl(fd, F_SETLK, &whole);
}

int proxy_lock(int fd, int mechanism, int exclusive) {
    const struct timespec pause = {0, LOCK_PAUSE_MS * 1000000};
    if (mechanism == LOCK_DISABLED) {
        return 0;
    }
    for (int i = 0; i < LOCK_ATTEMPTS; i++) {
        if (try_lock(fd, mechanism, exclusive) == 0) {
            return 0;
        }
        if (errno != EWOULDBLOCK && errno != EACCES && errno != EINTR) {
            return -1;
        }
        nanosleep(&pause, NULL);
    }
    return -1;
}

static int check_file(const char *path, int fd, const struct person *caller) {
    struct stat status;
    if (fstat(fd, &status) != 0) {
        return refuse(EXIT_CALLER, "proxy %s: %s", path, strerror(errno));
    }
    if (!S_ISREG(status.st_mode)) {
        return refuse(EXIT_CALLER, "proxy %s is not a regular file", path);
    }
    if (status.st_uid != caller->uid) {
        return refuse(EXIT_CALLER, "proxy %s is owned by uid %u, not by the caller", path,
                      (unsigned)status.st_uid);
    }
    if ((status.st_mode & 07077) != 0) {
        return refuse(EXIT_CALLER, "proxy %s has mode %04o: only the caller may use it (chmod 600)",
                      path, (unsigned)status.st_mode & 07777);
    }
    if (status.st_size > PROXY_LIMIT) {
        return refuse(EXIT_CALLER, "proxy %s is longer than %d bytes", path, PROXY_LIMIT);
    }
    return 0;
}

static int read_all(const char *path, int fd, struct proxy_file *proxy) {
    proxy->text = malloc(PROXY_LIMIT + 2);
    proxy->length = 0;
    if (proxy->text == NULL) {
        return refuse(EXIT_INTERNAL, "no memory for the proxy");
    }
    for (ssize_t bytes = 1; bytes > 0 && proxy->length <= PROXY_LIMIT;) {
        bytes = read(fd, proxy->text + proxy->length, PROXY_LIMIT + 1 - proxy->length);
        if (bytes < 0 && errno != EINTR) {
            return refuse(EXIT_CALLER, "proxy %s: %s", path, strerror(errno));
        }
        proxy->length += bytes > 0 ? (size_t)bytes : 0;
    }
    proxy->text[proxy->length] = 0;
    return proxy->length <= PROXY_LIMIT
               ? 0
               : refuse(EXIT_CALLER, "proxy %s is longer than %d bytes", path, PROXY_LIMIT);
}

static int open_and_read(const char *path, const struct person *caller, int lock_mechanism,
                         struct proxy_file *proxy) {
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        return refuse(EXIT_CALLER, "proxy %s: %s", path,
                      errno == ELOOP ? "is a symbolic link" : strerror(errno));
    }
    int code = check_file(path, fd, caller);
    if (code == 0 && proxy_lock(fd, lock_mechanism, 0) != 0) {
        code = refuse(EXIT_CALLER, "proxy %s: cannot lock it for reading: %s", path,
                      strerror(errno));
    }
    if (code == 0) {
        code = read_all(path, fd, proxy);
    }
    close(fd);
    return code;
}

int proxy_read(const char *path, const struct person *caller, int lock_mechanism,
               struct proxy_file *proxy) {
    if (*path != '/') {
        return refuse(EXIT_CALLER, "proxy %s is no absolute path", *path == 0 ? "(empty)" : path);
    }
    if (identity_take(caller) != 0) {
        identity_root();
        return refuse(EXIT_INTERNAL, "cannot take the caller's ids: %s", strerror(errno));
    }
    int code = open_and_read(path, caller, lock_mechanism, proxy);
    identity_root();
    return code;
}
