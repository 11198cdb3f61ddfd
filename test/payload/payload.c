/*
 * The hostile job of the break-out tests: one program, one verb an attack.
 *
 * Every verb first prints "ran VERB", so that no test passes because its attack never ran, and
 * then one line for each thing it tried: "NAME: ok" or "NAME: ERRNO-TEXT". It exits 0 when it
 * came to its end, whatever the attacks did: the tests judge.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Says how one attempt ended; result is a system call's (-1 with errno on failure). */
static void tell(const char *name, long result) {
    printf("%s: %s\n", name, result < 0 ? strerror(errno) : "ok");
    fflush(stdout);
}

static int kill_all(void) {
    tell("kill -9 -1", kill(-1, SIGKILL));
    return 0;
}

/* Traces a process and lets it go nowhere when it ends; makes a file once it does. */
static _Noreturn int hold(int pid, const char *file) {
    long seized = ptrace(PTRACE_SEIZE, pid, 0, 0);
    tell("seize", seized);
    if (seized == 0) close(open(file, O_WRONLY | O_CREAT, 0644));
    for (;;) pause();
}

/* Leaves a daemon behind: two forks, a session of its own, no environment, other names. */
static int daemonize(int argc, char **argv) {
    int ready[2];
    char byte;
    if (argc < 1 || pipe(ready)) return 1;
    if (fork() == 0) {
        setsid();
        if (fork() == 0) {
            char *const no_environment[] = {NULL};
            char *const hidden[] = {"[kworker/0:1]", "sleep", NULL};
            dup2(ready[1], 9);
            execve(argv[0], hidden, no_environment);
            _exit(1);
        }
        _exit(0);
    }
    close(ready[1]);
    wait(NULL);
    /* The daemon, in its last shape, says that it lives. */
    tell("daemon", read(ready[0], &byte, 1) == 1 ? 0 : -1);
    return 0;
}

/* What the daemon of daemonize() becomes. */
static int sleep_long(void) {
    if (write(9, "x", 1) != 1) return 1;
    sleep(600);
    return 0;
}

/* Children that ignore everything that can be ignored, stop themselves, or fork on. */
static int stubborn_children(void) {
    for (int i = 0; i < 8; i++) {
        if (fork() == 0) {
            for (int s = 1; s < 65; s++) signal(s, SIG_IGN);
            if (i % 2) setsid();
            if (i % 4 == 3) kill(getpid(), SIGSTOP);
            sleep(600);
            _exit(0);
        }
    }
    usleep(500000);
    tell("children", 0);
    return 0;
}

static void *sleep_on(void *nothing) {
    sleep(600);
    return nothing;
}

/* A child whose first thread ends while another goes on: /proc shows it as a zombie. */
static int leaderless_child(void) {
    if (fork() == 0) {
        pthread_t thread;
        setsid();
        if (pthread_create(&thread, NULL, sleep_on, NULL) != 0) _exit(1);
        syscall(SYS_exit, 0);
    }
    usleep(300000);
    tell("child", 0);
    return 0;
}

/* The bomb ends by itself after this many seconds: a test that fails must not end the machine. */
#define FUSE 20

/* `scattered`: each process leads a session, and so a process group, of its own. */
static int fork_bomb(int wanted, int scattered) {
    const time_t end = time(NULL) + FUSE;
    int alive = 0;
    for (; alive < wanted; alive++) {
        pid_t child = fork();
        if (child < 0) break;
        if (child == 0) {
            /* Each replaces itself, so that the bomb moves while it is being killed. */
            while (time(NULL) < end) {
                if (scattered) setsid();
                usleep(500000);
                if (fork() > 0) _exit(0);
            }
            _exit(0);
        }
    }
    printf("bomb: %d processes\n", alive);
    fflush(stdout);
    return 0;
}

static int read_memory_of(pid_t pid) {
    char path[64], buffer[64];
    struct iovec here = {buffer, sizeof buffer}, there = {(void *)0x400000, sizeof buffer};
    tell("ptrace attach", ptrace(PTRACE_ATTACH, pid, 0, 0));
    tell("ptrace seize", ptrace(PTRACE_SEIZE, pid, 0, 0));
    tell("process_vm_readv", process_vm_readv(pid, &here, 1, &there, 1, 0));
    static const char *const files[] = {"mem", "environ", "root/etc/passwd", "cwd", "fd", "maps"};
    for (unsigned i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "/proc/%d/%s", pid, files[i]);
        tell(files[i], open(path, O_RDONLY));
    }
    tell("kill", kill(pid, SIGKILL));
    return 0;
}

/* Goes up from a directory as far as that leads, and opens a file there. */
static void climb(int from, const char *name, const char *mark) {
    int moved = fchdir(from);
    for (int i = 0; i < 64 && moved == 0; i++) moved = chdir("..");
    tell(name, moved < 0 ? -1 : open(mark, O_RDONLY));
}

/* The classic escape: up from a directory outside of the new root. `mark` is a file of the host. */
static int chroot_escape(const char *mark) {
    mkdir("jail", 0755);
    int out = open(".", O_RDONLY | O_DIRECTORY);
    tell("chroot", chroot("jail"));
    climb(out, "climb", mark);
    tell("unshare user", unshare(CLONE_NEWUSER));
    fchdir(out);
    tell("chroot again", chroot("jail"));
    climb(out, "climb again", mark);
    static const char *const doors[] = {"/proc/1/root", "/proc/1/cwd", "/proc/self/root/.."};
    for (unsigned i = 0; i < sizeof doors / sizeof *doors; i++) {
        char path[4200];
        snprintf(path, sizeof path, "%s/%s", doors[i], mark);
        tell(doors[i], open(path, O_RDONLY));
    }
    return 0;
}

/* Directories in directories, and at the bottom a file that nobody may read. */
static int dig(int depth) {
    int dug = 0;
    while (dug < depth && mkdir("d", 0700) == 0 && chdir("d") == 0) dug++;
    close(open("f", O_WRONLY | O_CREAT, 0));
    tell("close the bottom", chmod(".", 0));
    printf("dug: %d\n", dug);
    return 0;
}

/* Undoing mounts, as the job and as root of a user namespace of its own. */
static int undo_mounts(int argc, char **argv) {
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < argc; i++) {
            char name[4200];
            snprintf(name, sizeof name, "umount %s%s", argv[i], round ? " in own namespace" : "");
            tell(name, umount2(argv[i], MNT_DETACH));
            snprintf(name, sizeof name, "remount %s%s", argv[i], round ? " in own namespace" : "");
            tell(name, mount(NULL, argv[i], NULL, MS_REMOUNT | MS_BIND, NULL));
        }
        if (round == 0) tell("unshare user+mount", unshare(CLONE_NEWUSER | CLONE_NEWNS));
    }
    return 0;
}

static int make_devices(void) {
    tell("mknod mem", mknod("mem", S_IFCHR | 0666, makedev(1, 1)));
    tell("mknod disk", mknod("disk", S_IFBLK | 0666, makedev(254, 0)));
    tell("open /dev/mem", open("/dev/mem", O_RDWR));
    tell("open /dev/vda", open("/dev/vda", O_RDONLY));
    return 0;
}

static int regain_root(void) {
    tell("setresuid 0", setresuid(0, 0, 0));
    tell("setresgid 0", setresgid(0, 0, 0));
    gid_t zero = 0;
    tell("setgroups 0", (long)syscall(SYS_setgroups, 1, &zero));
    tell("mount", mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
    return 0;
}

/* Takes a new session keyring and becomes another program, to which it passes that on. */
static int join_keyring(char **argv) {
    printf("Keyring of the caller: %ld\n", syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL));
    fflush(stdout);
    execv(argv[0], argv);
    return 1;
}

/* A process's own account of what it was given. */
static int describe(void) {
    char line[512];
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status))
        if (!strncmp(line, "Cap", 3) || !strncmp(line, "Sig", 3) || !strncmp(line, "Shd", 3) ||
            !strncmp(line, "Uid", 3) || !strncmp(line, "Gid", 3) || !strncmp(line, "Groups", 6) ||
            !strncmp(line, "NoNew", 5) || !strncmp(line, "Umask", 5))
            fputs(line, stdout);
    if (status) fclose(status);
    DIR *descriptors = opendir("/proc/self/fd");
    printf("Descriptors:");
    for (struct dirent *entry; descriptors && (entry = readdir(descriptors));)
        if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(descriptors))
            printf(" %s", entry->d_name);
    printf("\nSession leader: %s\n", getsid(0) == getpid() ? "yes" : "no");
    printf("Session keyring: %ld\n",
           syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0));
    printf("Flags of stdout: %#o\n", fcntl(1, F_GETFL) & (O_NONBLOCK | O_APPEND));
    return 0;
}

int main(int argc, char **argv) {
    const char *verb = argc > 1 ? argv[1] : "none";
    argc -= 2;
    argv += 2;
    if (!strcmp(verb, "sleep")) return sleep_long();
    printf("ran %s\n", verb);
    fflush(stdout);
    if (!strcmp(verb, "kill-all")) return kill_all();
    if (!strcmp(verb, "hold")) return hold(atoi(argv[0]), argv[1]);
    if (!strcmp(verb, "daemonize")) return daemonize(argc, argv);
    if (!strcmp(verb, "stubborn-children")) return stubborn_children();
    if (!strcmp(verb, "leaderless-child")) return leaderless_child();
    if (!strcmp(verb, "fork-bomb")) return fork_bomb(atoi(argv[0]), 0);
    if (!strcmp(verb, "scattered-bomb")) return fork_bomb(atoi(argv[0]), 1);
    if (!strcmp(verb, "read-memory")) return read_memory_of(atoi(argv[0]));
    if (!strcmp(verb, "chroot-escape")) return chroot_escape(argv[0]);
    if (!strcmp(verb, "dig")) return dig(atoi(argv[0]));
    if (!strcmp(verb, "undo-mounts")) return undo_mounts(argc, argv);
    if (!strcmp(verb, "make-devices")) return make_devices();
    if (!strcmp(verb, "regain-root")) return regain_root();
    if (!strcmp(verb, "join-keyring")) return join_keyring(argv);
    if (!strcmp(verb, "describe")) return describe();
    fprintf(stderr, "payload: no verb '%s'\n", verb);
    return 2;
}
