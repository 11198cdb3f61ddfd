/*
 * eyrie-families: keeps the table of processes for a procd, and signals families. It takes no
 * arguments; request.h has what it is asked. It ends when procd closes the socket, and at the first
 * sign that it is not procd who speaks.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "cgroup.h"
#include "descriptors.h"
#include "events.h"
#include "output.h"
#include "serve.h"
#include "signals.h"
#include "snapshot.h"
#include "sweep.h"
#include "ticks.h"
#include "watch.h"

#define MILLISECOND 1000000ull

/*
 * Events wait in the kernel this long before they are taken, in milliseconds: a busy machine wakes
 * this program so often and no oftener, an idle one never. Whoever asks something does not wait.
 */
#define EVENTS_DELAY 50

/* Where they have little room, as an ordinary user's have: a burst would not fit. */
#define EVENTS_DELAY_SMALL 1

static int epoll;
static uint64_t events_due; /* 0: none have come */

static void set_interest(int fd, uint32_t events, uint64_t from) {
    struct epoll_event event = {.events = events, .data.u64 = from};
    if (epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event) != 0 && errno == ENOENT) {
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    }
}

static int shorter(int one, int other) {
    return one < 0 || (other >= 0 && other < one) ? other : one;
}

/* Takes events whose time has come. Gives in how many milliseconds there is more to do; -1. */
static int heed_events(void) {
    uint64_t now = monotonic_now();
    if (events_due == 0) {
        return -1;
    }
    if (now < events_due) {
        return (int)((events_due - now) / MILLISECOND) + 1;
    }
    table_take_events();
    events_due = 0;
    set_interest(serve_events(), EPOLLIN, SERVE_FROM_EVENTS);
    return -1;
}

static void events_came(void) {
    set_interest(serve_events(), 0, SERVE_FROM_EVENTS);
    uint64_t delay = events_have_room() ? EVENTS_DELAY : EVENTS_DELAY_SMALL;
    events_due = monotonic_now() + delay * MILLISECOND;
}

/* Gives false where the program is to end. */
static int heed(const struct epoll_event *event) {
    const uint64_t from = event->data.u64;
    if (from == SERVE_FROM_REQUESTS) {
        return (event->events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0 || serve(epoll);
    }
    if (from == SERVE_FROM_EVENTS) {
        events_came();
    } else if (from == SERVE_FROM_FORKERS) {
        table_take_events();
    } else {
        watch_ended((uint32_t)(from >> 32));
    }
    return 1;
}

/* Waits, and does what is to be done. Gives false where the program is to end. */
static int turn(void) {
    static int were_heard;
    struct epoll_event events[64];
    int wait = shorter(shorter(sweep_all(), watch_poll()), heed_events());
    if (!output_flush()) {
        return 0;
    }
    if (serve_events() >= 0 && !were_heard) {
        were_heard = 1;
        set_interest(serve_events(), EPOLLIN, SERVE_FROM_EVENTS);
    }
    /* Who does not read his answers is not asked for more. */
    set_interest(FAMILIES_FD_REQUESTS, output_is_waiting() ? EPOLLOUT : EPOLLIN, SERVE_FROM_REQUESTS);
    int count = epoll_wait(epoll, events, sizeof events / sizeof *events, wait);
    for (int i = 0; i < count; i++) {
        if (!heed(&events[i])) {
            return 0;
        }
    }
    return count >= 0 || errno == EINTR;
}

int main(void) {
    prctl(PR_SET_NAME, "eyrie-families", 0, 0, 0);
    signal(SIGPIPE, SIG_IGN);
    /* Watches and cgroups take descriptors. */
    raise_descriptor_limit();
    signals_relax();
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0) {
        return 1;
    }
    while (turn()) {
    }
    cgroup_remove_empty();
    return 0;
}
