/*
 * Passes bytes between the person and the command. What is the person's is never made non-blocking,
 * for that would reach everybody who shares it: it is asked by poll(2) first.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "enter.h"

/* One direction. `from` and `to` are -1 when they are closed. */
struct channel {
    int from;
    int to;
    size_t begin;
    size_t end;
    char bytes[4096]; /* PIPE_BUF: a pipe that poll(2) calls writable takes this much */
};

struct relay {
    struct entry *entry;
    struct channel channel[3];
    int count;
    pid_t guard; /* 0: it has ended */
};


static void stop_reading(struct channel *channel) {
    channel->from = -1;
}

/* The end of what is passed on, where nobody reads it any more or nothing more comes. */
static void stop_writing(struct relay *relay, struct channel *channel) {
    if (channel->to >= 0 && !relay->entry->has_terminal && channel == &relay->channel[0]) {
        close(channel->to); /* end of file for the command */
    }
    if (channel->from >= 0 && !relay->entry->has_terminal && channel != &relay->channel[0]) {
        close(channel->from); /* SIGPIPE for the command */
    }
    channel->from = channel->to = -1;
}

static void end_it(const struct relay *relay) {
    if (relay->guard != 0) {
        kill(relay->guard, SIGTERM);
    }
}

static void take_in(struct relay *relay, struct channel *channel) {
    ssize_t bytes = read(channel->from, channel->bytes, sizeof channel->bytes);
    if (bytes < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    int is_person = channel == &relay->channel[0];
    if (bytes <= 0) {
        stop_reading(channel);
        if (is_person && relay->entry->has_terminal) {
            end_it(relay); /* the terminal is gone */
        }
        return;
    }
    channel->begin = 0;
    channel->end = (size_t)bytes;
    if (is_person && relay->entry->has_terminal &&
        terminal_is_escape(channel->bytes, channel->end)) {
        end_it(relay);
    }
}

static void pass_on(struct relay *relay, struct channel *channel) {
    ssize_t bytes =
        write(channel->to, channel->bytes + channel->begin, channel->end - channel->begin);
    if (bytes > 0) {
        channel->begin += (size_t)bytes;
    } else if (bytes < 0 && errno != EAGAIN && errno != EINTR) {
        channel->begin = channel->end = 0;
        stop_writing(relay, channel);
        if (relay->entry->has_terminal && channel != &relay->channel[0]) {
            end_it(relay);
        }
    }
    if (channel->begin == channel->end) {
        channel->begin = channel->end = 0;
    }
}

static int is_empty(const struct channel *channel) {
    return channel->begin == channel->end;
}

static void heed_signals(struct relay *relay, int signals) {
    struct signalfd_siginfo info;
    while (read(signals, &info, sizeof info) > 0) {
        if (info.ssi_signo == SIGWINCH) {
            terminal_resize(relay->entry);
        } else if (info.ssi_signo == SIGCHLD) {
            if (waitpid(relay->guard, NULL, WNOHANG) == relay->guard) {
                relay->guard = 0;
            }
        } else {
            end_it(relay);
        }
    }
}

/* One wait, and what it brought. */
static void turn(struct relay *relay, int signals) {
    struct pollfd sources[7] = {{.fd = signals, .events = POLLIN}};
    for (int i = 0; i < relay->count; i++) {
        struct channel *channel = &relay->channel[i];
        int idle = is_empty(channel);
        sources[1 + 2 * i] = (struct pollfd){.fd = idle ? channel->from : -1, .events = POLLIN};
        sources[2 + 2 * i] = (struct pollfd){.fd = idle ? -1 : channel->to, .events = POLLOUT};
    }
    if (poll(sources, (nfds_t)(1 + 2 * relay->count), -1) < 0) {
        return;
    }
    for (int i = 0; i < relay->count; i++) {
        struct channel *channel = &relay->channel[i];
        if (sources[1 + 2 * i].revents != 0) {
            take_in(relay, channel);
        }
        if (sources[2 + 2 * i].revents != 0) {
            pass_on(relay, channel);
        }
        if (channel->from < 0 && channel->to >= 0 && is_empty(channel)) {
            stop_writing(relay, channel);
        }
    }
    if (sources[0].revents != 0) {
        heed_signals(relay, signals);
    }
}

/* What the command wrote before it ended. What others hold open is not waited for. */
static void drain(struct relay *relay) {
    for (int i = 1; i < relay->count; i++) {
        struct channel *channel = &relay->channel[i];
        while (channel->to >= 0) {
            if (!is_empty(channel)) {
                struct pollfd room = {.fd = channel->to, .events = POLLOUT};
                poll(&room, 1, -1);
                pass_on(relay, channel);
                continue;
            }
            if (channel->from < 0) {
                break;
            }
            take_in(relay, channel);
            if (is_empty(channel)) {
                break;
            }
        }
    }
}

void relay(struct entry *entry, pid_t guard, int signals) {
    static struct relay state;
    state.entry = entry;
    state.guard = guard;
    state.count = entry->has_terminal ? 2 : 3;
    state.channel[0] = (struct channel){.from = FD_OUTSIDE, .to = entry->outside[0]};
    for (int i = 1; i < state.count; i++) {
        state.channel[i] = (struct channel){.from = entry->outside[i], .to = FD_OUTSIDE + i};
    }
    while (state.guard != 0) {
        turn(&state, signals);
    }
    drain(&state);
}
