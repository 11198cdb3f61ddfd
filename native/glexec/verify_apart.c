#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "glexec/attributes.h"
#include "glexec/exit_codes.h"
#include "glexec/identity.h"
#include "glexec/log.h"
#include "glexec/verify.h"

/* An RSA chain with lists of revoked certificates takes a few milliseconds and megabytes. */
#ifdef __SANITIZE_ADDRESS__
#define MEMORY_LIMIT RLIM_INFINITY /* its shadow is larger than any limit */
#else
#define MEMORY_LIMIT (1024ul * 1024 * 1024)
#endif
#define SECONDS_LIMIT 20
#define NOBODY 65534

static int limit(int resource, rlim_t value) {
    struct rlimit both = {value, value};
    return setrlimit((__rlimit_resource_t)resource, &both);
}

static int write_whole(int to, const void *buffer, size_t size) {
    size_t done = 0;
    while (done < size) {
        ssize_t bytes = write(to, (const char *)buffer + done, size - done);
        if (bytes < 0 && errno != EINTR) {
            return -1;
        }
        done += bytes > 0 ? (size_t)bytes : 0;
    }
    return 0;
}

/* The child. It never returns. */
static void verify_and_tell(int to, const char *pem, size_t length,
                            const struct verify_rules *rules, const struct person *who) {
    static struct verdict verdict;
    static struct attributes attributes;
    STACK_OF(X509) *chain = NULL;
    alarm(SECONDS_LIMIT);
    if (identity_become(who) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        limit(RLIMIT_AS, MEMORY_LIMIT) != 0 || limit(RLIMIT_CPU, SECONDS_LIMIT) != 0 ||
        limit(RLIMIT_FSIZE, 0) != 0 || limit(RLIMIT_NPROC, 0) != 0) {
        _exit(1);
    }
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    verify_proxy(pem, length, rules, &verdict, rules->voms_library == NULL ? NULL : &chain);
    if (write_whole(to, &verdict, sizeof verdict) != 0) {
        _exit(1);
    }
    if (chain != NULL) {
        /* Input and output are the payload's: a library of others has no business there. */
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0) {
            _exit(1);
        }
        attributes_verify(chain, rules, &attributes);
        if (write_whole(to, &attributes, sizeof attributes) != 0) {
            _exit(1);
        }
    }
    _exit(0);
}

static size_t read_whole(int from, void *buffer, size_t size) {
    size_t length = 0;
    while (length < size) {
        ssize_t bytes = read(from, (char *)buffer + length, size - length);
        if (bytes < 0 && errno == EINTR) {
            continue;
        }
        if (bytes <= 0) {
            break;
        }
        length += (size_t)bytes;
    }
    return length;
}

/* From a process that read hostile bytes: texts end, and FQANs are such. */
static void distrust(struct verdict *verdict, struct attributes *attributes) {
    verdict->subject[SUBJECT_SIZE - 1] = 0;
    verdict->why[VERDICT_WHY_SIZE - 1] = 0;
    attributes->why[VERDICT_WHY_SIZE - 1] = 0;
    if (attributes->count > ATTRIBUTES_LIMIT || attributes->code != 0) {
        attributes->count = 0;
    }
    for (unsigned i = 0; i < attributes->count; i++) {
        attributes->fqans[i][FQAN_SIZE - 1] = 0;
    }
}

static int code_of(int code) {
    return code == 0 || (code >= EXIT_CALLER && code <= EXIT_DENIED) ? code : EXIT_INTERNAL;
}

/* Reads what the child tells. Whether it was all. */
static bool hear(int from, const struct verify_rules *rules, struct verdict *verdict,
                 struct attributes *attributes) {
    *attributes = (struct attributes){0};
    if (read_whole(from, verdict, sizeof *verdict) != sizeof *verdict) {
        return false;
    }
    return verdict->code != 0 || rules->voms_library == NULL ||
           read_whole(from, attributes, sizeof *attributes) == sizeof *attributes;
}

/* Who the child is to be. */
static struct person unprivileged(const char *user) {
    struct person who = {.uid = NOBODY, .gid = NOBODY, .name = "nobody"};
    const struct passwd *entry = getpwnam(user);
    if (entry != NULL && entry->pw_uid != 0 && entry->pw_gid != 0) {
        who.uid = entry->pw_uid;
        who.gid = entry->pw_gid;
    }
    return who;
}

int verify_apart(const char *pem, size_t length, const struct verify_rules *rules,
                 const char *user, char subject[SUBJECT_SIZE], struct attributes *attributes) {
    static struct verdict verdict;
    const struct person who = unprivileged(user);
    int ends[2];
    int status;
    if (pipe(ends) != 0) {
        return refuse(EXIT_INTERNAL, "cannot make a pipe: %s", strerror(errno));
    }
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        verify_and_tell(ends[1], pem, length, rules, &who);
    }
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        return refuse(EXIT_INTERNAL, "cannot fork to verify the proxy: %s", strerror(errno));
    }
    bool is_whole = hear(ends[0], rules, &verdict, attributes);
    close(ends[0]);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!is_whole || status != 0) {
        return refuse(EXIT_INTERNAL, "the process that verifies the proxy ended with status %#x",
                      (unsigned)status);
    }
    distrust(&verdict, attributes);
    attributes->code = code_of(attributes->code);
    if (verdict.code != 0) {
        return refuse(code_of(verdict.code), "proxy: %s", verdict.why);
    }
    memcpy(subject, verdict.subject, SUBJECT_SIZE);
    return 0;
}
