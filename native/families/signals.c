#include "signals.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "kernel.h"
#include "lineage.h"
#include "snapshot.h"

/* Descriptors that are open at once. */
#define BATCH 256

/* By descriptor; by number where the kernel cannot (before 5.1). */
static int send(int pidfd, int pid, int signal) {
    if (pidfd >= 0 && kernel_pidfd_send_signal(pidfd, signal) == 0) {
        return 0;
    }
    return pidfd < 0 || errno == ENOSYS ? kill(pid, signal) : -1;
}

static int is_needed(const struct process_stat *stat, int signal) {
    return (signal != SIGKILL && signal != SIGSTOP) ||
           (!process_is_dead(stat) && (signal != SIGSTOP || !process_is_stopped(stat)));
}

enum signalled signal_checked(const struct process *process, int signal,
                              struct process_stat *stat) {
    enum signalled result = SIGNAL_NOT_NEEDED;
    int pidfd = kernel_pidfd_open(process->pid);
    if (pidfd < 0 && errno == ESRCH) {
        return SIGNAL_GONE;
    }
    int read = process_read(process->pid, stat);
    if (read == -ESRCH || (read == 0 && !lineage_is_same(process, stat))) {
        result = SIGNAL_GONE;
    } else if (read != 0 || is_needed(stat, signal)) {
        result = send(pidfd, process->pid, signal) == 0 ? SIGNAL_SENT
                 : errno == ESRCH                      ? SIGNAL_GONE
                                                       : SIGNAL_FAILED;
    }
    if (pidfd >= 0) {
        int error = errno;
        close(pidfd);
        errno = error;
    }
    return result;
}

int signal_identity(int pid, uint64_t birthday, int signal) {
    struct process_stat stat;
    const struct process process = {.pid = pid, .birthday = birthday};
    switch (signal_checked(&process, signal, &stat)) {
    case SIGNAL_GONE:
        return -ESRCH;
    case SIGNAL_FAILED:
        return -errno;
    default:
        return 0;
    }
}

/* One portion. Gives false where events were dropped. */
static int signal_some(const int *pids, unsigned count, int signal,
                       struct process *(*accept)(int pid, void *context), void *context) {
    int pidfds[BATCH];
    for (unsigned i = 0; i < count; i++) {
        pidfds[i] = kernel_pidfd_open(pids[i]);
    }
    int is_whole = table_take_events();
    for (unsigned i = 0; i < count; i++) {
        const struct process *process = is_whole && pidfds[i] >= 0 ? accept(pids[i], context) : NULL;
        if (process != NULL) {
            kernel_pidfd_send_signal(pidfds[i], signal);
        }
        if (pidfds[i] >= 0) {
            close(pidfds[i]);
        }
    }
    return is_whole;
}

void signal_all(const int *pids, unsigned count, int signal,
                struct process *(*accept)(int pid, void *context), void *context) {
    for (unsigned at = 0; at < count; at += BATCH) {
        unsigned size = count - at < BATCH ? count - at : BATCH;
        if (!signal_some(pids + at, size, signal, accept, context)) {
            return;
        }
    }
}

int signals_have_descriptors(void) {
    static int answer = -1;
    if (answer < 0) {
        int pidfd = kernel_pidfd_open(getpid());
        answer = pidfd >= 0;
        if (pidfd >= 0) {
            close(pidfd);
        }
    }
    return answer;
}

/* Nice values share a processor with thousands; a real-time priority does not. */
void signals_hurry(void) {
    const struct sched_param first = {.sched_priority = 1};
    if (sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &first) != 0) {
        setpriority(PRIO_PROCESS, 0, -20);
    }
}

void signals_relax(void) {
    const struct sched_param usual = {.sched_priority = 0};
    if (sched_setscheduler(0, SCHED_OTHER, &usual) != 0) {
        return;
    }
    setpriority(PRIO_PROCESS, 0, SIGNALS_NICE);
}
