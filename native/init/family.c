#include "family.h"

#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>

#include "descendants.h"
#include "reap.h"

/* How long to wait for killed processes to end before looking for others again. */
#define FIRST_PAUSE_MS 1
#define LONGEST_PAUSE_MS 100

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

void family_signal(struct init *init, int signal) {
    if (init_is_pid_1(init)) {
        /* The kernel signals all in the namespace but us, while nobody in it can fork. */
        kill(-1, signal);
        return;
    }
    if (signal == SIGKILL) {
        hurry();
    }
    if (signal == SIGSTOP || signal == SIGKILL) {
        stop_descendants(init);
    } else {
        find_descendants(init);
    }
    if (signal != SIGSTOP) {
        descendants_pass(init, signal);
    }
    descendants_done();
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

void family_end(struct init *init) {
    long pause = FIRST_PAUSE_MS;
    /* Most jobs leave nothing behind: then /proc need not be searched. */
    if (reap(init) == REAP_CHILDLESS) {
        return;
    }
    for (;;) {
        int state;
        family_signal(init, SIGKILL);
        do {
            state = reap(init);
        } while (state == REAP_MORE);
        if (state == REAP_CHILDLESS) {
            return;
        }
        wait_for_child(pause);
        pause = pause * 2 < LONGEST_PAUSE_MS ? pause * 2 : LONGEST_PAUSE_MS;
    }
}
