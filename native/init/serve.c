#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "family.h"
#include "reap.h"

/*
 * Between two portions of dead children. A fork bomb leaves them faster than anybody can reap; one
 * who tries all the time gets no more of the machine than each of the bomb's processes, and then
 * neither the job's end nor the starter's commands would be heard in time.
 */
#define REST_MS 2

static void drain_signals(void) {
    struct signalfd_siginfo info;
    while (read(FD_CHILDREN_SIGNAL, &info, sizeof info) > 0) {
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
    enum { CHILDREN, CONTROL, JOB, SOURCES };
    struct pollfd sources[SOURCES] = {
        [CONTROL] = {.fd = FD_CONTROL, .events = POLLIN},
        [JOB] = {.fd = fcntl(FD_JOB, F_GETFD) < 0 ? -1 : FD_JOB, .events = POLLIN}};
    for (;;) {
        int more = reap(init) == REAP_MORE;
        /* It can have ended and not be ours to reap: while somebody traces it. The job is over. */
        if (init->job == 0 || sources[JOB].revents != 0) {
            family_end(init);
            report_end(init);
            return 0;
        }
        sources[CHILDREN] = (struct pollfd){.fd = more ? -1 : FD_CHILDREN_SIGNAL, .events = POLLIN};
        if (poll(sources, SOURCES, more ? REST_MS : -1) < 0) {
            continue;
        }
        if (sources[CONTROL].revents != 0 && !obey_control(init)) {
            family_end(init);
            return 1;
        }
        if (sources[CHILDREN].revents != 0) {
            drain_signals();
        }
    }
}
