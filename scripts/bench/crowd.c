/*
 * A crowd of processes for a procd to look after:
 *
 *   crowd FAMILIES EACH [bomb]
 *
 * Makes FAMILIES processes, one line with the pid of each, and waits for a line. Then each makes
 * EACH - 1 more, and `ready` says that all are there. Those of a bomb replace themselves again and
 * again. All end with standard input, or after FUSE seconds.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define FUSE 120
#define REPLACED_EVERY_US 1000000

static void sleep_until_the_end(void) {
    alarm(FUSE);
    for (;;) pause();
}

static void replace_oneself(time_t end) {
    while (time(NULL) < end) {
        usleep(REPLACED_EVERY_US);
        if (fork() > 0) _exit(0);
    }
    _exit(0);
}

static void make_family(int each, int bomb, int tell) {
    for (int i = 1; i < each; i++) {
        pid_t child = fork();
        if (child < 0) {
            perror("fork");
            break;
        }
        if (child == 0) {
            close(tell);
            if (bomb) replace_oneself(time(NULL) + FUSE);
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            sleep_until_the_end();
        }
    }
    close(tell);
    sleep_until_the_end();
}

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    int families = atoi(argv[1]), each = atoi(argv[2]), bomb = argc > 3;
    int go[2], done[2];
    char byte;
    if (pipe(go) != 0 || pipe(done) != 0) return 1;
    signal(SIGCHLD, SIG_IGN);
    for (int i = 0; i < families; i++) {
        pid_t root = fork();
        if (root < 0) return 1;
        if (root == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            close(go[1]);
            close(done[0]);
            close(STDIN_FILENO);
            while (read(go[0], &byte, 1) > 0) {
            }
            make_family(each, bomb, done[1]);
        }
        printf("%d\n", root);
    }
    fflush(stdout);
    close(go[0]);
    close(done[1]);
    if (read(STDIN_FILENO, &byte, 1) != 1) return 1;
    close(go[1]);
    while (read(done[0], &byte, 1) > 0) {
    }
    printf("ready\n");
    fflush(stdout);
    while (read(STDIN_FILENO, &byte, 1) > 0) {
    }
    return 0;
}
