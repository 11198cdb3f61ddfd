#include "serve.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "family.h"

/* How long to wait for killed processes to end before looking for others again. */
#define FIRST_PAUSE_MS 2
#define LONGEST_PAUSE_MS 100

/*
 * How many are reaped at a time. A fork bomb whose processes replace themselves leaves dead ones
 * faster than anybody can reap them: the killing, and the starter's commands, must not wait.
 */
#define REAP_AT_ONCE 1024

enum reaped { REAPED_ALL, REAPED_SOME, NO_CHILDREN };

/* Reaps what has ended, and says whether more may be waiting, or no child is left at all. */
static enum reaped reap(struct init *init) {
    for (int i = 0; i < REAP_AT_ONCE; i++) {
        int status;
        pid_t pid = waitpid(-1, &status, WNOHANG);
        if (pid <= 0) {
            return pid == 0 || errno != ECHILD ? REAPED_ALL : NO_CHILDREN;
        }
        if (pid == init->job) {
            init->job_status = status;
            init->job = 0;
        }
    }
    return REAPED_SOME;
}

static void drain_signals(void) {
    struct signalfd_siginfo info;
    while (read(FD_CHILDREN_SIGNAL, &info, sizeof info) > 0) {
    }
}

void kill_all(struct init *init) {
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    long pause = FIRST_PAUSE_MS;
    for (;;) {
        family_kill(init);
        enum reaped reaped = reap(init);
        if (reaped == NO_CHILDREN) {
            return;
        }
        if (reaped == REAPED_ALL) {
            const struct timespec timeout = {.tv_sec = 0, .tv_nsec = pause * 1000000};
            sigtimedwait(&children, NULL, &timeout);
            pause = pause * 2 < LONGEST_PAUSE_MS ? pause * 2 : LONGEST_PAUSE_MS;
        }
    }
}

static void obey(struct init *init, const struct control_record *record) {
    int signal = (int)record->signal;
    if (record->kind == CONTROL_SIGNAL_JOB && init->job != 0) {
        kill(init->job, signal);
    } else if (record->kind == CONTROL_SIGNAL_FAMILY) {
        family_signal(init, signal);
    }
}

/* Obeys all that is in the control pipe. Gives false at its end: the starter is gone. */
static int obey_control(struct init *init) {
    struct control_record record;
    for (;;) {
        ssize_t bytes = read(FD_CONTROL, &record, sizeof record);
        if (bytes == (ssize_t)sizeof record) {
            obey(init, &record);
        } else {
            return bytes < 0 && (errno == EAGAIN || errno == EINTR);
        }
    }
}

static uint64_t microseconds(struct timeval time) {
    return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_usec;
}

static void report_end(const struct init *init) {
    struct rusage usage;
    memset(&usage, 0, sizeof usage);
    getrusage(RUSAGE_CHILDREN, &usage);
    const struct exit_record record = {
        .status = init->job_status,
        .user_us = microseconds(usage.ru_utime),
        .system_us = microseconds(usage.ru_stime),
        .max_resident_kb = (uint64_t)usage.ru_maxrss,
        .blocks_in = (uint64_t)usage.ru_inblock,
        .blocks_out = (uint64_t)usage.ru_oublock,
    };
    ssize_t written = write(FD_STATUS, &record, sizeof record);
    (void)written; /* fails where the starter is gone: then there is nobody to tell */
}

int serve(struct init *init) {
    struct pollfd sources[] = {{.fd = FD_CHILDREN_SIGNAL, .events = POLLIN},
                               {.fd = FD_CONTROL, .events = POLLIN}};
    for (;;) {
        drain_signals();
        enum reaped reaped = reap(init);
        if (init->job == 0) {
            kill_all(init);
            report_end(init);
            return 0;
        }
        if (poll(sources, 2, reaped == REAPED_SOME ? 0 : -1) > 0 && sources[1].revents != 0 &&
            !obey_control(init)) {
            kill_all(init);
            return 1;
        }
    }
}
