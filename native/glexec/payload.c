#include "glexec/payload.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "glexec/exit_codes.h"
#include "glexec/identity.h"
#include "glexec/log.h"
#include "glexec/startup.h"

int payload_execute(const struct payload *payload) {
    sigset_t none;
    sigemptyset(&none);
    startup_restore_limits();
    if (identity_become(payload->target) != 0) {
        return refuse(EXIT_INTERNAL, "cannot become %s for good: %s", payload->target->name,
                      strerror(errno));
    }
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(payload->argv[0], payload->argv, payload->environment);
    int error = errno;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    return refuse(EXIT_CANNOT_EXECUTE, "cannot execute %s: %s", payload->argv[0], strerror(error));
}

/* The child. What it writes is why it did not become the payload. */
static void become_payload(const struct payload *payload, int failed) {
    setpgid(0, 0);
    int code = payload_execute(payload);
    _exit(write(failed, &code, sizeof code) == (ssize_t)sizeof code ? 0 : 1);
}

int payload_start(const struct payload *payload, pid_t *pid) {
    int ends[2];
    int code = 0;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return refuse(EXIT_INTERNAL, "cannot make a pipe: %s", strerror(errno));
    }
    *pid = fork();
    if (*pid == 0) {
        close(ends[0]);
        become_payload(payload, ends[1]);
    }
    int error = errno;
    close(ends[1]);
    if (*pid < 0) {
        close(ends[0]);
        return refuse(EXIT_INTERNAL, "cannot fork: %s", strerror(error));
    }
    /* Here as well: whoever comes first, a signal to the group finds it. */
    setpgid(*pid, *pid);
    ssize_t bytes;
    do {
        bytes = read(ends[0], &code, sizeof code);
    } while (bytes < 0 && errno == EINTR);
    close(ends[0]);
    if (bytes == 0) {
        return 0;
    }
    while (waitpid(*pid, NULL, 0) < 0 && errno == EINTR) {
    }
    return bytes == (ssize_t)sizeof code ? code : EXIT_INTERNAL;
}
