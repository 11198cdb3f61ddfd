/* The person's terminal. */
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>

#include "enter.h"

#define ESCAPE 0x1d /* Ctrl-], as machinectl(1) and telnet(1) have it */
#define ESCAPES 3

static struct termios saved;
static int is_taken;

void terminal_take(const struct entry *entry) {
    if (!entry->has_terminal || tcgetattr(FD_OUTSIDE, &saved) != 0) {
        return;
    }
    struct termios raw = saved;
    tcsetattr(entry->inside[0], TCSANOW, &saved); /* its erase character, for one */
    terminal_resize(entry);
    cfmakeraw(&raw);
    is_taken = tcsetattr(FD_OUTSIDE, TCSANOW, &raw) == 0;
}

void terminal_give_back(void) {
    if (is_taken) {
        tcsetattr(FD_OUTSIDE, TCSANOW, &saved);
    }
}

void terminal_resize(const struct entry *entry) {
    struct winsize size;
    if (entry->has_terminal && ioctl(FD_OUTSIDE + 1, TIOCGWINSZ, &size) == 0) {
        ioctl(entry->outside[0], TIOCSWINSZ, &size);
    }
}

int terminal_is_escape(const char *bytes, size_t length) {
    static struct timespec first;
    static int count;
    for (size_t i = 0; i < length; i++) {
        struct timespec now;
        if (bytes[i] != ESCAPE) {
            count = 0;
            continue;
        }
        clock_gettime(CLOCK_MONOTONIC, &now);
        long passed = (now.tv_sec - first.tv_sec) * 1000 + (now.tv_nsec - first.tv_nsec) / 1000000;
        if (count == 0 || passed > 1000) {
            first = now;
            count = 0;
        }
        if (++count == ESCAPES) {
            return 1;
        }
    }
    return 0;
}
