#include "family.h"

#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>

#include "descendants.h"
#include "process_stat.h"
#include "reap.h"

/* How long to wait for killed processes to end before looking for others again. */
#define FIRST_PAUSE_MS 1
#define LONGEST_PAUSE_MS 100

/* How long a tracer may keep the dead from us, once nobody else is left. */
#define LONGEST_HOLD_MS 2000

/* More passes than a stop needs: it ends even if somebody else continues what it stops. */
#define STOP_PASSES 1000

/* Two, and one for each time that pids began anew during the life of a family that does not fork now. */
#define FINDING_PASSES 16

/*
 * A fork bomb leaves every other process a thousandth of the machine, and whoever is to catch up
 * with it needs more. Nothing is started any more that could inherit this.
 */
static void hurry(void) {
    const struct sched_param first = {.sched_priority = 1};
    if (sched_setscheduler(0, SCHED_FIFO, &first) != 0) {
        setpriority(PRIO_PROCESS, 0, -20); /* real time is not for this control group */
    }
}

/* Stops all descendants: passes until one meets none that runs, and nobody new. */
static void stop_descendants(struct init *init) {
    for (int i = 0; i < STOP_PASSES && descendants_pass(init, SIGSTOP) > 0; i++) {
    }
}

/* Makes all descendants known, so that one more pass meets each. */
static void find_descendants(struct init *init) {
    for (int i = 0; i < FINDING_PASSES && descendants_pass(init, 0) > 0; i++) {
    }
}

int family_signal(struct init *init, int signal) {
    if (init_is_pid_1(init)) {
        /* The kernel signals all in the namespace but us, while nobody in it can fork. */
        kill(-1, signal);
        return 1;
    }
    if (signal == SIGKILL) {
        hurry();
    }
    if (signal == SIGSTOP || signal == SIGKILL) {
        stop_descendants(init);
    } else {
        find_descendants(init);
    }
    int living = signal == SIGSTOP || descendants_pass(init, signal) > 0;
    descendants_done();
    return living;
}

void family_forget(int pid) {
    descendants_forget(pid);
}

static void wait_for_child(long milliseconds) {
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    const struct timespec timeout = {.tv_nsec = milliseconds * 1000000};
    sigtimedwait(&children, NULL, &timeout);
}

static long milliseconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/*
 * Notes the end of a main process that a tracer keeps from us. False: how it ended cannot be known but
 * from the kernel, so that it has to be waited for.
 */
static int note_held(struct init *init) {
    if (init->job != 0 && !process_status_of_dead(init->job, &init->job_status)) {
        return 0;
    }
    init->job = 0;
    return 1;
}

void family_end(struct init *init) {
    long pause = FIRST_PAUSE_MS;
    long last_living = milliseconds_now();
    /* Most jobs leave nothing behind: then /proc need not be searched. */
    if (reap(init) == REAP_CHILDLESS) {
        return;
    }
    for (;;) {
        int state;
        if (family_signal(init, SIGKILL)) {
            last_living = milliseconds_now();
        }
        do {
            state = reap(init);
        } while (state == REAP_MORE);
        if (state == REAP_CHILDLESS) {
            return;
        }
        if (milliseconds_now() - last_living > LONGEST_HOLD_MS && note_held(init)) {
            return;
        }
        wait_for_child(pause);
        pause = pause * 2 < LONGEST_PAUSE_MS ? pause * 2 : LONGEST_PAUSE_MS;
    }
}
