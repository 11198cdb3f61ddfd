#include "glexec/epilogue.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "glexec/exit_codes.h"
#include "glexec/identity.h"
#include "glexec/linger.h"
#include "glexec/log.h"
#include "glexec/trust.h"

/* Seconds between SIGTERM and SIGKILL. */
#define GRACE 10
#define CANNOT_BEGIN 127

static int check_path(const struct epilogue *epilogue) {
    char why[TRUST_WHY_SIZE];
    const struct trust trust = {.user = epilogue->uid, .has_group = epilogue->has_group,
                                .group = epilogue->gid, .pedantic = epilogue->pedantic};
    int fd = trusted_open(epilogue->path, O_PATH, 0, &trust, why);
    if (fd < 0) {
        return refuse(EXIT_INTERNAL, "epilogue: %s", why);
    }
    close(fd);
    return 0;
}

int epilogue_prepare(const struct config *config, struct epilogue *epilogue) {
    *epilogue = (struct epilogue){.path = config->epilogue, .timeout = config->epilogue_timeout,
                                  .pedantic = config->pedantic_security_checks};
    if (config->epilogue_user != NULL) {
        const struct passwd *entry = getpwnam(config->epilogue_user);
        if (entry == NULL) {
            return refuse(EXIT_INTERNAL, "epilogue_user: there is no user %s", config->epilogue_user);
        }
        epilogue->uid = entry->pw_uid;
    }
    if (config->epilogue_group != NULL) {
        const struct group *group = getgrnam(config->epilogue_group);
        if (group == NULL) {
            return refuse(EXIT_INTERNAL, "epilogue_group: there is no group %s",
                          config->epilogue_group);
        }
        epilogue->gid = group->gr_gid;
        epilogue->has_group = true;
    }
    return check_path(epilogue);
}

/* The child. It never returns. */
static void become_epilogue(const struct epilogue *epilogue, char *const *environment) {
    const struct person who = {.uid = epilogue->uid, .gid = epilogue->gid};
    char *const argv[] = {(char *)epilogue->path, NULL};
    sigset_t none;
    int null = open("/dev/null", O_RDWR);
    sigemptyset(&none);
    setsid();
    if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0 ||
        chdir("/") != 0 || identity_become(&who) != 0) {
        refuse(EXIT_INTERNAL, "epilogue: cannot begin: %s", strerror(errno));
        _exit(CANNOT_BEGIN);
    }
    if (null > 2) {
        close(null);
    }
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(epilogue->path, argv, environment);
    refuse(EXIT_INTERNAL, "epilogue: cannot execute %s: %s", epilogue->path, strerror(errno));
    _exit(CANNOT_BEGIN);
}

static int judge(int status) {
    if (WIFSIGNALED(status)) {
        return refuse(EXIT_INTERNAL, "epilogue: signal %d ended it", WTERMSIG(status));
    }
    int code = WEXITSTATUS(status);
    if (code >= EXIT_CALLER && code <= EXIT_PAYLOAD_RESERVED) {
        return refuse(EXIT_PAYLOAD_RESERVED, "epilogue: it exited with %d", code);
    }
    return code == 0 ? 0 : refuse(EXIT_INTERNAL, "epilogue: it exited with %d", code);
}

int epilogue_run(const struct epilogue *epilogue, const struct epilogue_facts *facts) {
    int status = 0;
    char **environment = epilogue_environment_make(facts);
    if (environment == NULL) {
        return refuse(EXIT_INTERNAL, "epilogue: no memory");
    }
    int code = check_path(epilogue);
    if (code != 0) {
        return code;
    }
    pid_t child = fork();
    if (child == 0) {
        become_epilogue(epilogue, environment);
    }
    if (child < 0) {
        return refuse(EXIT_INTERNAL, "epilogue: cannot fork: %s", strerror(errno));
    }
    if (linger_wait_at_most(child, epilogue->timeout, &status)) {
        return judge(status);
    }
    /* Not waited for yet, so the pid is its own; and it made the group. */
    kill(-child, SIGTERM);
    kill(child, SIGTERM);
    bool ended = linger_wait_at_most(child, GRACE, &status);
    kill(-child, SIGKILL);
    if (!ended) {
        waitpid(child, &status, 0);
    }
    return refuse(EXIT_INTERNAL, "epilogue: it took more than epilogue_timeout, %ld s",
                  epilogue->timeout);
}
