#include "glexec/linger.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "glexec/log.h"

static const int FORWARDED[] = {SIGTERM, SIGINT,  SIGQUIT, SIGHUP, SIGUSR1,
                                SIGUSR2, SIGCONT, SIGTSTP};

void linger_block_signals(void) {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
}

static bool is_forwarded(const siginfo_t *info, const struct person *caller, bool only_root) {
    bool is_listed = false;
    for (size_t i = 0; i < sizeof FORWARDED / sizeof *FORWARDED; i++) {
        is_listed = is_listed || FORWARDED[i] == info->si_signo;
    }
    if (!is_listed) {
        return false;
    }
    /* The kernel has already refused whom the ids of this process forbid; but the terminal, and
       SIGCONT within a session, ask for no ids: kill(2). */
    bool by_process = info->si_code <= 0;
    if (only_root) {
        return by_process && info->si_uid == 0;
    }
    return !by_process || info->si_uid == 0 || info->si_uid == caller->uid;
}

int linger_wait(pid_t payload, const struct person *caller, bool only_root) {
    sigset_t all;
    int status = 0;
    sigfillset(&all);
    /* Its end may have come before anybody waited. */
    while (waitpid(payload, &status, WNOHANG) == 0) {
        siginfo_t info;
        if (sigwaitinfo(&all, &info) > 0 && is_forwarded(&info, caller, only_root)) {
            log_line(LOG_DETAILS, "signal %d from uid %u sent on to process group %d", info.si_signo,
                     (unsigned)info.si_uid, (int)payload);
            kill(-payload, info.si_signo);
        }
    }
    return status;
}

static struct timespec until(const struct timespec *deadline) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    struct timespec rest = {deadline->tv_sec - now.tv_sec, deadline->tv_nsec - now.tv_nsec};
    if (rest.tv_nsec < 0) {
        rest.tv_sec--;
        rest.tv_nsec += 1000000000;
    }
    return rest.tv_sec < 0 ? (struct timespec){0, 0} : rest;
}

bool linger_wait_at_most(pid_t child, long seconds, int *status) {
    sigset_t all;
    struct timespec deadline;
    sigfillset(&all);
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += seconds;
    while (waitpid(child, status, WNOHANG) == 0) {
        struct timespec rest = until(&deadline);
        if (rest.tv_sec == 0 && rest.tv_nsec == 0) {
            return false;
        }
        siginfo_t info;
        sigtimedwait(&all, &info, &rest);
    }
    return true;
}

int linger_die_of(int signal_number) {
    const struct rlimit none = {0, 0};
    sigset_t one;
    setrlimit(RLIMIT_CORE, &none);
    signal(signal_number, SIG_DFL);
    sigemptyset(&one);
    sigaddset(&one, signal_number);
    kill(getpid(), signal_number);
    sigprocmask(SIG_UNBLOCK, &one, NULL);
    return 128 + signal_number;
}
