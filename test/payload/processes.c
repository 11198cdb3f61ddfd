/*
 * Processes for the tests of the process table: one program, one verb a family. A verb that stays
 * prints a line when all is as it says, with the pids in question.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* All end by themselves after so many seconds: a test that fails must not end the machine. */
#define FUSE 180

/* Who only stays may stay longer: making twenty thousand of them takes a slow machine minutes. */
#define STAY 400

static void say(const char *what, long number) {
    printf("%s %ld\n", what, number);
    fflush(stdout);
}

/* Stays: a child has no alarm of its parent's. */
static __attribute__((noreturn)) int stay(void) {
    signal(SIGALRM, SIG_DFL);
    alarm(STAY);
    for (;;) pause();
}

/* Seconds of CPU that this process has used. */
static double used(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void burn(int milliseconds) {
    while (used() * 1000 < milliseconds) {
    }
}

/* COUNT children that sleep. */
static int crowd(int count) {
    for (int i = 0; i < count; i++) {
        pid_t child = fork();
        if (child < 0) return 1;
        if (child == 0) return stay();
    }
    say("crowd", count);
    return stay();
}

/* COUNT children, one after the other, that use MILLISECONDS of CPU each and end. */
static int spend(int count, int milliseconds) {
    for (int i = 0; i < count; i++) {
        pid_t child = fork();
        if (child == 0) {
            burn(milliseconds);
            _exit(0);
        }
        waitpid(child, NULL, 0);
    }
    say("spent", count);
    return stay();
}

/* A daemon: its parent is gone, its session, group, environment and name are its own. */
static int orphan(char **argv) {
    int ready[2];
    int pid = 0;
    if (pipe(ready)) return 1;
    if (fork() == 0) {
        setsid();
        if (fork() == 0) {
            char *const hidden[] = {"[kworker/0:1]", "announce", NULL};
            char *const nothing[] = {NULL};
            dup2(ready[1], 9);
            execve(argv[0], hidden, nothing);
        }
        _exit(0);
    }
    wait(NULL);
    if (read(ready[0], &pid, sizeof pid) != sizeof pid) return 1;
    say("orphan", pid);
    return stay();
}

/* Like that, but the session stays. */
static int stray(void) {
    int ready[2];
    int pid = 0;
    if (pipe(ready)) return 1;
    if (fork() == 0) {
        if (fork() > 0) _exit(0);
        pid = getpid();
        if (write(ready[1], &pid, sizeof pid) != sizeof pid) _exit(1);
        return stay();
    }
    wait(NULL);
    if (read(ready[0], &pid, sizeof pid) != sizeof pid) return 1;
    say("stray", pid);
    return stay();
}

/* What orphan() becomes. */
static int announce(void) {
    int pid = getpid();
    if (write(9, &pid, sizeof pid) != sizeof pid) return 1;
    return stay();
}

/* Like fork(2), but the child is the caller's sibling. */
static pid_t fork_sibling(void) {
    return (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
}

/* A child whose parent is our parent, which forks and ends; its child is left. */
static int sibling(void) {
    int ready[2];
    int pid = 0;
    if (pipe(ready)) return 1;
    if (fork_sibling() == 0) {
        setsid();
        if (fork() > 0) _exit(0);
        pid = getpid();
        if (write(ready[1], &pid, sizeof pid) != sizeof pid) _exit(1);
        return stay();
    }
    if (read(ready[0], &pid, sizeof pid) != sizeof pid) return 1;
    say("sibling", pid);
    return stay();
}

/* A child that is traced, stopped, and to stop once more on its way to its end. */
static int traced(void) {
    pid_t child = fork();
    if (child == 0) return stay();
    if (ptrace(PTRACE_SEIZE, child, 0, PTRACE_O_TRACEEXIT) || ptrace(PTRACE_INTERRUPT, child, 0, 0))
        return 1;
    waitpid(child, NULL, __WALL);
    say("traced", child);
    return stay();
}

static void *go_on(void *nothing) {
    (void)nothing;
    say("leaderless", getpid());
    stay();
    return NULL;
}

/* The first thread ends, another goes on. */
static int leaderless(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, go_on, NULL)) return 1;
    syscall(SYS_exit, 0);
    return 1;
}

/* Waits in the kernel for a child that calls neither exec nor exit before somebody continues it. */
static void *wait_for_vforked(void *nothing) {
    pid_t child = vfork();
    if (child == 0) {
        kill(getpid(), SIGSTOP);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    say("continued", child);
    stay();
    return nothing;
}

/* `thread` not 0: not the first thread waits. */
static int vforked(int thread) {
    pthread_t other;
    say("vforking", getpid());
    if (thread == 0) wait_for_vforked(NULL);
    if (pthread_create(&other, NULL, wait_for_vforked, NULL)) return 1;
    return stay();
}

/* COUNT children that have ended and are never waited for. */
static int zombies(int count) {
    siginfo_t info;
    pid_t child = 0;
    for (int i = 0; i < count; i++)
        if ((child = fork()) == 0) _exit(0);
    waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT);
    say("zombies", count);
    return stay();
}

/* Children that ignore what can be ignored, in sessions of their own, some of them stopped. */
static int stubborn(int count) {
    for (int i = 0; i < count; i++) {
        pid_t child = fork();
        if (child == 0) {
            for (int s = 1; s < 65; s++) signal(s, SIG_IGN);
            setsid();
            return stay();
        }
        if (i % 2) {
            kill(child, SIGSTOP);
            waitpid(child, NULL, WUNTRACED);
        }
    }
    say("stubborn", count);
    return stay();
}

/*
 * COUNT processes, each of which replaces itself again and again, so that as many are alive; when
 * scattered, every other one in a session of its own each time. None begins before all are there:
 * on a slow machine the first would leave the last no time to be made.
 */
static int bomb(int count, int milliseconds, int scattered) {
    int gate[2];
    if (pipe(gate)) return 1;
    for (int i = 0; i < count; i++) {
        pid_t child = fork();
        if (child < 0) return 1;
        if (child == 0) {
            char byte;
            close(gate[1]);
            (void)!read(gate[0], &byte, 1);
            close(gate[0]);
            const time_t end = time(NULL) + FUSE;
            while (time(NULL) < end) {
                if (scattered && i % 2) setsid();
                usleep((useconds_t)milliseconds * 1000);
                if (fork() > 0) _exit(0);
            }
            _exit(0);
        }
    }
    signal(SIGCHLD, SIG_IGN);
    close(gate[1]);
    say("bomb", count);
    return stay();
}

/* Forks and reaps COUNT children that end at once. */
static int churn(int count) {
    for (int i = 0; i < count; i++) {
        pid_t child = fork();
        if (child == 0) _exit(0);
        waitpid(child, NULL, 0);
    }
    say("churned", count);
    return stay();
}

/* `waiting-…`: nothing begins before a byte has come from stdin. */
int main(int argc, char **argv) {
    const char *verb = argc > 1 ? argv[1] : "none";
    int first = argc > 2 ? atoi(argv[2]) : 0;
    int second = argc > 3 ? atoi(argv[3]) : 0;
    if (!strncmp(verb, "waiting-", 8)) {
        char byte;
        if (read(0, &byte, 1) != 1) return 1;
        verb += 8;
    }
    if (!strcmp(verb, "announce")) return announce();
    if (!strcmp(verb, "crowd")) return crowd(first);
    if (!strcmp(verb, "spend")) return spend(first, second);
    if (!strcmp(verb, "orphan")) return orphan(argv);
    if (!strcmp(verb, "stray")) return stray();
    if (!strcmp(verb, "sibling")) return sibling();
    if (!strcmp(verb, "traced")) return traced();
    if (!strcmp(verb, "leaderless")) return leaderless();
    if (!strcmp(verb, "vforked")) return vforked(first);
    if (!strcmp(verb, "zombies")) return zombies(first);
    if (!strcmp(verb, "stubborn")) return stubborn(first);
    if (!strcmp(verb, "bomb")) return bomb(first, second, 0);
    if (!strcmp(verb, "scattered-bomb")) return bomb(first, second, 1);
    if (!strcmp(verb, "churn")) return churn(first);
    fprintf(stderr, "processes: no verb '%s'\n", verb);
    return 2;
}
