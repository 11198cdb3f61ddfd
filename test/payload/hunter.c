/*
 * A hostile job that waits for somebody to come in: it looks for processes that are new, over and
 * over, and tries to get at each before it has become a program of the job's.
 *
 * hunter SECONDS: prints "ready", then at the end, for each thing that it tried, how often it was
 * refused and how often it worked, while the process was called eyrie-enter before and after:
 * "mem: 12 refused, 0 worked". It goes on, for a minute more at most, until it has tried something.
 *
 * hunter as-shell: what it does when it is run in the place of /bin/sh.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static const char *const names[] = {"mem", "environ", "exe", "fd", "cwd", "root", "maps", "ptrace",
                                    "readv", "getfd", "kill"};
enum { FILES = 7, TRACE = 7, READV, GETFD, KILL, TRIES };
static int refused[TRIES], worked[TRIES], met;

/* Whether it is one that comes in, and not yet a program of the job's. */
static int is_newcomer(int pid) {
    char path[64], name[32] = "";
    snprintf(path, sizeof path, "/proc/%d/comm", pid);
    int fd = open(path, O_RDONLY);
    if (fd < 0) return 0;
    ssize_t length = read(fd, name, sizeof name - 1);
    close(fd);
    return length > 0 && strncmp(name, "eyrie-enter", 11) == 0;
}

/* Counts a try only where the process was a newcomer before and is one still. */
static void count(int what, int pid, long result) {
    if (!is_newcomer(pid)) return;
    if (result < 0) refused[what]++;
    else worked[what]++;
}

static void try_file(int what, int pid) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, names[what]);
    char byte;
    int fd = open(path, O_RDONLY | O_NONBLOCK);
    /* The maps of a process that has ended can be opened by anybody, and are empty. */
    int is_empty = strcmp(names[what], "maps") == 0 && fd >= 0 && read(fd, &byte, 1) <= 0;
    count(what, pid, is_empty ? -1 : fd);
    if (fd >= 0) close(fd);
}

/* So that more can come: whoever traces a process keeps it, even when it is dead. */
static void let_go(int pid) {
    ptrace(PTRACE_INTERRUPT, pid, 0, 0);
    waitpid(pid, NULL, __WALL);
    ptrace(PTRACE_DETACH, pid, 0, 0);
}

static void hunt(int pid) {
    char byte;
    struct iovec here = {&byte, 1}, there = {(void *)0x400000, 1};
    met++;
    for (int what = 0; what < FILES; what++) try_file(what, pid);
    long result = ptrace(PTRACE_SEIZE, pid, 0, 0);
    count(TRACE, pid, result);
    if (result == 0) let_go(pid);
    count(READV, pid, process_vm_readv(pid, &here, 1, &there, 1, 0));
    int pidfd = (int)syscall(434, pid, 0);
    int fd = (int)syscall(438, pidfd, 0, 0);
    count(GETFD, pid, fd);
    if (fd >= 0) close(fd);
    if (pidfd >= 0) close(pidfd);
}

static int has_tried(void) {
    int tries = 0;
    for (int what = 0; what < TRIES; what++) tries += refused[what] + worked[what];
    return tries > 0;
}

static int wait_for_prey(int seconds) {
    const time_t end = time(NULL) + seconds;
    /* The next pid is the likeliest, so nearly all the time is spent on it. */
    pid_t child = fork();
    if (child == 0) _exit(0);
    waitpid(child, NULL, 0);
    puts("ready");
    fflush(stdout);
    for (int next = child + 1; time(NULL) < (has_tried() ? end : end + 60);) {
        for (int turn = 0; turn < 4000; turn++) {
            for (int pid = next; pid < next + 4; pid++) {
                if (is_newcomer(pid)) hunt(pid);
            }
        }
        DIR *proc = opendir("/proc");
        struct dirent *entry;
        while ((entry = readdir(proc)) != NULL) {
            int pid = atoi(entry->d_name);
            if (pid > 0 && is_newcomer(pid)) hunt(pid);
            if (pid >= next) next = pid + 1;
        }
        closedir(proc);
    }
    printf("met: %d\n", met);
    for (int what = 0; what < TRIES - 1; what++) {
        printf("%s: %d refused, %d worked\n", names[what], refused[what], worked[what]);
    }
    fflush(stdout);
    return 0;
}

static void tell(const char *what, long result) {
    printf("%s: %s\r\n", what, result < 0 ? strerror(errno) : "ok");
    fflush(stdout);
}

/* All that a terminal can be asked for, on each descriptor there may be. */
static int as_shell(void) {
    static const char word[] = "touch /tmp/owned\n";
    struct winsize size;
    puts("ran as-shell");
    for (int fd = 3; fd < 1024; fd++) {
        if (fcntl(fd, F_GETFD) >= 0) printf("descriptor %d is open\r\n", fd);
    }
    long pushed = 0;
    for (size_t i = 0; i < sizeof word - 1 && pushed == 0; i++) {
        pushed = ioctl(0, TIOCSTI, &word[i]);
    }
    tell("TIOCSTI", pushed);
    tell("TIOCSCTTY", ioctl(0, TIOCSCTTY, 1));
    tell("TIOCSWINSZ", ioctl(0, TIOCGWINSZ, &size) | ioctl(0, TIOCSWINSZ, &size));
    tell("TIOCCONS", ioctl(0, TIOCCONS));
    tell("TIOCSETD", ioctl(0, TIOCSETD, &(int){2}));
    tell("parent ptrace", ptrace(PTRACE_SEIZE, getppid(), 0, 0));
    tell("setuid", setuid(0));
    char line[256];
    FILE *status = fopen("/proc/self/status", "r");
    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        if (strncmp(line, "Cap", 3) == 0 || strncmp(line, "Uid", 3) == 0 ||
            strncmp(line, "NoNew", 5) == 0) {
            fputs(line, stdout);
        }
    }
    tell("TIOCNOTTY", ioctl(0, TIOCNOTTY));
    return 0;
}

int main(int argc, char **argv) {
    int seconds = argc > 1 ? atoi(argv[1]) : 0;
    return seconds > 0 ? wait_for_prey(seconds) : as_shell();
}
