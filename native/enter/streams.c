/* The command's standard streams, made here: none of the person's own descriptors goes inside. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "enter.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41) /* asm-generic/ioctls.h; Linux 4.13 */
#endif

/* The other end of a pseudo-terminal; by name before Linux 4.13. */
static int open_slave(int master) {
    char path[32];
    unsigned number;
    const int flags = O_RDWR | O_NOCTTY | O_CLOEXEC;
    int fd = ioctl(master, TIOCGPTPEER, flags);
    if (fd >= 0 || ioctl(master, TIOCGPTN, &number) != 0) {
        return fd;
    }
    snprintf(path, sizeof path, "/dev/pts/%u", number);
    return open(path, flags | O_NOFOLLOW);
}

/*
 * It is the host's, made before the job's mounts are in sight, and stays the caller's own: no other
 * process of the job's user can open it by name.
 */
static int open_terminal(struct entry *entry) {
    const int unlocked = 0;
    int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (master < 0 || ioctl(master, TIOCSPTLCK, &unlocked) != 0) {
        return enter_failed(ENTER_TERMINAL, errno);
    }
    int slave = open_slave(master);
    if (slave < 0) {
        return enter_failed(ENTER_TERMINAL, errno);
    }
    fchmod(slave, 0600);
    for (int i = 0; i < 3; i++) {
        entry->inside[i] = slave;
        entry->outside[i] = master;
    }
    return 0;
}

static int open_pipes(struct entry *entry) {
    for (int i = 0; i < 3; i++) {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) != 0) {
            return enter_failed(ENTER_PIPES, errno);
        }
        entry->inside[i] = ends[i == 0 ? 0 : 1];
        entry->outside[i] = ends[i == 0 ? 1 : 0];
        /* Of our end alone: the two have open file descriptions of their own. */
        fcntl(entry->outside[i], F_SETFL, O_NONBLOCK);
    }
    return 0;
}

int open_streams(struct entry *entry) {
    return entry->has_terminal ? open_terminal(entry) : open_pipes(entry);
}

void close_inside(const struct entry *entry) {
    for (int i = 0; i < (entry->has_terminal ? 1 : 3); i++) {
        close(entry->inside[i]);
    }
}
