/*
 * Stands in for gLExec in the tests of the scripts: its contract with callers, without certificates. Set-uid
 * root, it runs a command as the user TARGET for the user CALLER, who shows a private file as its proxy.
 *
 * In the directory CONTROL, which is root's, `queue` has a word for each call to come, else it is `run`:
 *   run               works
 *   NUMBER            fails with that exit status
 *   after-NUMBER      runs the command, and fails then, as with a failing epilogue
 *   hang              sleeps before it does anything
 *   hang-for-good     likewise, and no signal of its caller's ends it
 *   replace           becomes the command, as gLExec does where it does not linger
 * `path` has the command's PATH. To `calls` it adds a line a call: the proxy's path and first line.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char path[4096] = "PATH=/usr/local/bin:/usr/bin:/bin";

static _Noreturn void fail(int status, const char *why, const char *which) {
    fprintf(stderr, "glexec double: %s %s\n", why, which);
    exit(status);
}

/* Takes the first word of `queue`. */
static void next_word(char *word) {
    strcpy(word, "run");
    FILE *file = fopen(CONTROL "/queue", "r+");
    if (file == NULL) {
        return;
    }
    static char rest[4096];
    if (fscanf(file, "%31s", word) != 1) {
        strcpy(word, "run");
    }
    size_t length = fread(rest, 1, sizeof rest, file);
    rewind(file);
    fwrite(rest, 1, length, file);
    fflush(file);
    if (ftruncate(fileno(file), (off_t)length) != 0) {
        fail(202, "cannot write", CONTROL "/queue");
    }
    fclose(file);
}

static void read_path_variable(void) {
    FILE *file = fopen(CONTROL "/path", "r");
    if (file != NULL) {
        size_t length = fread(path + 5, 1, sizeof path - 6, file);
        path[5 + length] = 0;
        fclose(file);
    }
}

/* As the caller, who could name a file that only root can read. */
static void check_proxy(char *first, size_t room) {
    const char *name = getenv("GLEXEC_CLIENT_CERT");
    struct stat about;
    if (name == NULL || name[0] != '/') {
        fail(201, "no absolute path in", "GLEXEC_CLIENT_CERT");
    }
    seteuid(getuid());
    int fd = open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    seteuid(0);
    if (fd < 0 || fstat(fd, &about) != 0) {
        fail(201, strerror(errno), name);
    }
    if (!S_ISREG(about.st_mode) || about.st_uid != getuid() || (about.st_mode & 07077) != 0) {
        fail(201, "wrong kind, owner or mode:", name);
    }
    ssize_t length = read(fd, first, room - 1);
    first[length > 0 ? length : 0] = 0;
    first[strcspn(first, "\n")] = 0;
    close(fd);
    FILE *calls = fopen(CONTROL "/calls", "a");
    fprintf(calls, "%s\t%s\n", name, first);
    fclose(calls);
}

static void check_command(const char *command) {
    struct stat about;
    if (command == NULL || command[0] != '/' || lstat(command, &about) != 0 ||
        !S_ISREG(about.st_mode)) {
        fail(201, "no absolute path of a program, or a link:", command ? command : "");
    }
}

static char **clean_environment(char **all) {
    static char *kept[256];
    size_t count = 0;
    kept[count++] = "HOME=/";
    kept[count++] = path;
    for (; *all != NULL && count < 255; all++) {
        if (strncmp(*all, "GLEXEC_", 7) == 0) {
            kept[count++] = *all;
        }
    }
    return kept;
}

static _Noreturn void become(char **argv, char **environment) {
    const gid_t group = TARGET;
    if (setgroups(1, &group) != 0 || setresgid(TARGET, TARGET, TARGET) != 0 ||
        setresuid(TARGET, TARGET, TARGET) != 0) {
        fail(202, "cannot switch:", strerror(errno));
    }
    execve(argv[0], argv, environment);
    fail(126, strerror(errno), argv[0]);
}

static volatile pid_t child;

static void forward(int signal) {
    if (child > 0) {
        kill(child, signal);
    }
}

static int linger(char **argv, char **environment) {
    child = fork();
    if (child == 0) {
        become(argv, environment);
    }
    const int forwarded[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGCONT, SIGTSTP};
    for (size_t i = 0; i < sizeof forwarded / sizeof *forwarded; i++) {
        sigaction(forwarded[i], &(struct sigaction){.sa_handler = forward, .sa_flags = SA_RESTART}, NULL);
    }
    int status;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFSIGNALED(status)) {
        signal(WTERMSIG(status), SIG_DFL);
        kill(getpid(), WTERMSIG(status));
    }
    int code = WEXITSTATUS(status);
    return code >= 201 && code <= 204 ? 204 : code;
}

int main(int argc, char **argv, char **all) {
    char word[32], proxy[256];
    (void)argc;
    for (int fd = 3; fd < 256; fd++) {
        close(fd);
    }
    umask(077); /* as gLExec 0.9.0 had it */
    if (getuid() != CALLER) {
        fail(203, "not in the white list", "");
    }
    next_word(word);
    check_proxy(proxy, sizeof proxy);
    check_command(argv[1]);
    read_path_variable();
    if (strcmp(word, "hang-for-good") == 0 && setresuid(0, 0, 0) != 0) {
        fail(202, "cannot become root", "");
    }
    if (strncmp(word, "hang", 4) == 0) {
        sleep(30);
        exit(202);
    }
    if (word[0] >= '0' && word[0] <= '9') {
        fail(atoi(word), "told to fail with", word);
    }
    char **environment = clean_environment(all);
    if (strcmp(word, "replace") == 0) {
        become(argv + 1, environment);
    }
    int status = linger(argv + 1, environment);
    return strncmp(word, "after-", 6) == 0 ? atoi(word + 6) : status;
}
