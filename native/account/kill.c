/*
 * The end of all processes of a user id, also of those that fork as fast as they can: a process of that
 * id itself asks the kernel to kill all that it may signal, kill(2) with -1. The kernel does so in one
 * go, in which none of them can fork.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "account.h"
#include "kernel.h"

/* How long the child that kills is waited for: processes of its id can stop or kill it as well. */
#define CHILD_MILLISECONDS 200

/* The pause between two rounds, at first and at most. */
#define PAUSE_FIRST 1
#define PAUSE_MAX 50

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

static void pause_for(unsigned milliseconds) {
    const struct timespec time = {.tv_nsec = (long)milliseconds * 1000000};
    nanosleep(&time, NULL);
}

static void reap(pid_t child) {
    for (unsigned i = 0; i < CHILD_MILLISECONDS; i++) {
        if (waitpid(child, NULL, WNOHANG) != 0) {
            return;
        }
        pause_for(1);
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

static void kill_all_as(uid_t uid) {
    pid_t child = fork();
    if (child == 0) {
        /* All three: with another saved uid it could not signal, with root's it would kill the machine. */
        if (setresuid(uid, uid, uid) == 0 && getuid() == uid && uid != 0) {
            kill(-1, SIGKILL);
        }
        _exit(0);
    }
    if (child > 0) {
        reap(child);
    }
}

struct look {
    uint32_t uid;
    struct account_report *report;
};

static void note_left(const struct account_process *process, void *context) {
    const struct look *look = context;
    if ((process->real == look->uid || process->saved == look->uid) && look->report->left++ == 0) {
        look->report->first = process->pid;
        strcpy(look->report->what, "process");
    }
}

/* One round. Gives false where /proc cannot be read. */
static int kill_round(uint32_t uid, struct account_report *report) {
    kill_all_as(uid);
    report->left = 0;
    int result = processes_each(note_left, &(struct look){uid, report});
    report->error = -result;
    return result == 0;
}

void account_kill(uint32_t uid, uint32_t milliseconds, struct account_report *report) {
    uint64_t deadline = now() + milliseconds;
    unsigned pause = PAUSE_FIRST;
    while (kill_round(uid, report) && report->left > 0 && now() < deadline) {
        pause_for(pause);
        pause = pause * 2 < PAUSE_MAX ? pause * 2 : PAUSE_MAX;
    }
    if (report->error != 0 && report->left == 0) {
        report->left = 1;
        strcpy(report->what, "process");
    }
}

/* Whether the process is there and began at that time. */
static int is_same(int pid, uint64_t birthday) {
    struct account_process process;
    return process_read(pid, &process) && process_birthday(pid) == birthday;
}

void account_end(int pid, uint64_t birthday, uint32_t milliseconds,
                 struct account_report *report) {
    uint64_t deadline = now() + milliseconds;
    int pidfd = kernel_pidfd_open(pid);
    report->left = is_same(pid, birthday);
    if (report->left > 0) {
        report->first = pid;
        strcpy(report->what, "process");
        int sent = pidfd >= 0 ? kernel_pidfd_send_signal(pidfd, SIGKILL) : kill(pid, SIGKILL);
        report->error = sent == 0 || errno == ESRCH ? 0 : errno;
        while ((report->left = is_same(pid, birthday)) > 0 && now() < deadline) {
            pause_for(PAUSE_FIRST);
        }
    }
    if (pidfd >= 0) {
        close(pidfd);
    }
}
