/* eyrie_start_daemon and eyrie_make_fifo: see border.h. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arguments.h"
#include "border.h"
#include "clone.h"
#include "descriptors.h"
#include "kernel.h"

/* A daemon to be. It shares our memory until its exec, and says here why it failed. */
struct birth {
    char **argv;
    char **environment;
    int errors; /* becomes standard error */
    int error;
};

/* Standard input and output are the null device; no descriptor of ours goes with it. */
static int arrange(int errors) {
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    /* Above 2, so that nothing that is put in its place covers it. */
    int kept = fcntl(errors, F_DUPFD_CLOEXEC, 3);
    if (null < 0 || kept < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(kept, 2) < 0) {
        return -errno;
    }
    close_descriptors(3, ~0u);
    return 0;
}

static int run_daemon(void *argument) {
    struct birth *birth = argument;
    const uint64_t nothing = 0;
    /* A session of its own: no signal and no hang-up of the starter's terminal reaches it. */
    setsid();
    int result = chdir("/") == 0 ? arrange(birth->errors) : -errno;
    if (result == 0) {
        syscall(SYS_rt_sigprocmask, SIG_SETMASK, &nothing, NULL, sizeof nothing);
        execve(birth->argv[0], birth->argv, birth->environment);
        result = -errno;
    }
    birth->error = -result;
    return 127;
}

static int start(struct birth *birth, struct daemon_result *result) {
    int errors[2];
    if (pipe2(errors, O_CLOEXEC) != 0) {
        return -errno;
    }
    birth->errors = errors[1];
    result->pid = clone_child(0, -1, run_daemon, birth, &result->pidfd);
    close(errors[1]);
    if (result->pid > 0 && result->pidfd < 0) { /* before Linux 5.2 */
        result->pidfd = kernel_pidfd_open(result->pid);
    }
    if (result->pid > 0 && birth->error != 0) {
        waitpid(result->pid, NULL, 0);
        close(result->pidfd);
    }
    if (result->pid < 0 || birth->error != 0) {
        close(errors[0]);
        return result->pid < 0 ? result->pid : -birth->error;
    }
    result->errors = errors[0];
    return 0;
}

int eyrie_start_daemon(const struct daemon_request *given, struct daemon_result *result) {
    struct daemon_request request = *given;
    char *words[ARGUMENTS_MAX + 1];
    char *argv[ARGUMENTS_MAX + 1];
    const struct arguments arguments = {request.words, sizeof request.words, request.word_bytes,
                                        request.argument_count + request.environment_count};
    memset(result, 0, sizeof *result);
    result->pidfd = -1;
    if (request.argument_count == 0 || request.argument_count > ARGUMENTS_MAX ||
        !split_arguments(&arguments, words)) {
        return -EINVAL;
    }
    memcpy(argv, words, request.argument_count * sizeof *argv);
    argv[request.argument_count] = NULL;
    struct birth birth = {.argv = argv, .environment = words + request.argument_count};
    return start(&birth, result);
}

int eyrie_make_fifo(const char *path, uint32_t mode) {
    return mkfifo(path, (mode_t)mode) == 0 ? 0 : -errno;
}
