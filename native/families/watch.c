#include "watch.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "kernel.h"
#include "output.h"
#include "process.h"

#define CHAINS 256
#define WATCHES_MAX 65536

/* Where the kernel has no pidfd_open(2) (before 5.3), how often is looked. */
#define POLL_MILLISECONDS 1000

struct watch {
    uint32_t number;
    int pid;
    uint64_t birthday;
    int pidfd; /* or -1 */
    struct watch *chain;
};

static struct watch *chains[CHAINS];
static unsigned count;
static unsigned without_descriptor;

static struct watch **find(uint32_t number) {
    struct watch **at = &chains[number % CHAINS];
    while (*at != NULL && (*at)->number != number) {
        at = &(*at)->chain;
    }
    return at;
}

static int is_there(int pid, uint64_t birthday) {
    struct process_stat stat;
    int result = process_read(pid, &stat);
    return result == 0 ? stat.birthday == birthday && !process_is_dead(&stat) : result != -ESRCH;
}

/* Gives the descriptor; -1: there is none; -2: the process has ended. */
static int open_watched(int pid, uint64_t birthday) {
    int pidfd = kernel_pidfd_open(pid);
    if ((pidfd < 0 && errno == ESRCH) || !is_there(pid, birthday)) {
        if (pidfd >= 0) {
            close(pidfd);
        }
        return -2;
    }
    return pidfd;
}

int watch_begin(int epoll, int pid, uint64_t birthday, uint32_t number) {
    struct watch **at = find(number);
    if (*at != NULL || count >= WATCHES_MAX) {
        return *at != NULL ? -EEXIST : -EAGAIN;
    }
    int pidfd = open_watched(pid, birthday);
    if (pidfd == -2) {
        output_gone(number);
        return 0;
    }
    struct watch *watch = calloc(1, sizeof *watch);
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = (uint64_t)number << 32 | 1};
    if (watch == NULL || (pidfd >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, pidfd, &event) != 0)) {
        int error = watch == NULL ? ENOMEM : errno;
        free(watch);
        if (pidfd >= 0) {
            close(pidfd);
        }
        return -error;
    }
    *watch = (struct watch){number, pid, birthday, pidfd, NULL};
    *at = watch;
    count++;
    without_descriptor += pidfd < 0;
    return 0;
}

static void forget(struct watch **at) {
    struct watch *watch = *at;
    *at = watch->chain;
    if (watch->pidfd >= 0) {
        close(watch->pidfd);
    }
    without_descriptor -= watch->pidfd < 0;
    count--;
    free(watch);
}

void watch_end(uint32_t number) {
    struct watch **at = find(number);
    if (*at != NULL) {
        forget(at);
    }
}

void watch_ended(uint32_t number) {
    struct watch **at = find(number);
    if (*at != NULL) {
        forget(at);
        output_gone(number);
    }
}

int watch_poll(void) {
    for (unsigned i = 0; without_descriptor > 0 && i < CHAINS; i++) {
        for (struct watch **at = &chains[i], *watch; (watch = *at) != NULL;) {
            if (watch->pidfd < 0 && !is_there(watch->pid, watch->birthday)) {
                output_gone(watch->number);
                forget(at);
            } else {
                at = &watch->chain;
            }
        }
    }
    return without_descriptor > 0 ? POLL_MILLISECONDS : -1;
}
