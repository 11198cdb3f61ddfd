/* eyrie_spawn_script, eyrie_send_descriptor and eyrie_send_new_socket: see border.h. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arguments.h"
#include "border.h"
#include "clone.h"
#include "descriptors.h"
#include "kernel.h"

extern char **environ;

enum { OURS, THEIRS };
enum { READ_END, WRITE_END };

/* A script to be. It shares our memory until its exec, and says here why it failed. */
struct birth {
    char **argv;
    int input;
    int output;
    int error;
};

/* Above 2 first, so that nothing that is put in its place covers the other. */
static int arrange(const struct birth *birth) {
    int input = fcntl(birth->input, F_DUPFD_CLOEXEC, 3);
    int output = fcntl(birth->output, F_DUPFD_CLOEXEC, 3);
    if (input < 0 || output < 0 || dup2(input, 0) < 0 || dup2(output, 1) < 0 ||
        dup2(output, 2) < 0) {
        return errno;
    }
    close_descriptors(3, ~0u);
    return 0;
}

/* Node ignores SIGPIPE, and an exec hands that on. The child's dispositions are its own. */
static void default_signals(void) {
    for (int number = 1; number < NSIG; number++) {
        struct sigaction action;
        if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN) {
            signal(number, SIG_DFL);
        }
    }
}

/*
 * No parent-death signal: the kernel clears it where gLExec becomes root, and before that the end of the
 * socket does as well.
 */
static int run_script(void *argument) {
    struct birth *birth = argument;
    const uint64_t nothing = 0;
    setsid();
    birth->error = arrange(birth);
    if (birth->error == 0) {
        default_signals();
        syscall(SYS_rt_sigprocmask, SIG_SETMASK, &nothing, NULL, sizeof nothing);
        execve(birth->argv[0], birth->argv, environ);
        birth->error = errno;
    }
    return 127;
}

static int failed(struct script_result *result, enum launch_call call, int error) {
    result->call = call;
    return -error;
}

/* The child with its ends of the socket and the pipe. */
static int start(char **argv, int input, int output, struct script_result *result) {
    struct birth birth = {.argv = argv, .input = input, .output = output};
    result->pid = clone_child(0, -1, run_script, &birth, &result->pidfd);
    if (result->pid < 0) {
        return failed(result, CALL_CLONE, -result->pid);
    }
    if (birth.error == 0 && result->pidfd < 0) { /* before Linux 5.2 */
        result->pidfd = kernel_pidfd_open(result->pid);
    }
    if (birth.error == 0) {
        return 0;
    }
    waitpid(result->pid, NULL, 0);
    close(result->pidfd);
    return failed(result, CALL_EXEC, birth.error);
}

int eyrie_spawn_script(const struct script_request *given, struct script_result *result) {
    static struct script_request request; /* too large for a stack; the main thread has it alone */
    char *argv[ARGUMENTS_MAX + 1];
    int sockets[2];
    int output[2];
    request = *given;
    memset(result, 0, sizeof *result);
    const struct arguments arguments = {request.arguments, sizeof request.arguments,
                                        request.argument_bytes, request.argument_count};
    if (!split_arguments(&arguments, argv)) {
        return -EINVAL;
    }
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) {
        return failed(result, CALL_SOCKETPAIR, errno);
    }
    if (pipe2(output, O_CLOEXEC) != 0) {
        int error = errno;
        close(sockets[OURS]);
        close(sockets[THEIRS]);
        return failed(result, CALL_PIPE, error);
    }
    int answer = start(argv, sockets[THEIRS], output[WRITE_END], result);
    close(sockets[THEIRS]);
    close(output[WRITE_END]);
    if (answer != 0) {
        close(sockets[OURS]);
        close(output[READ_END]);
        return answer;
    }
    result->socket = sockets[OURS];
    result->output = output[READ_END];
    return 0;
}

int eyrie_send_descriptor(int socket, int descriptor) {
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    char byte = 0;
    struct iovec data = {&byte, 1};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    memset(&control, 0, sizeof control);
    control.head.cmsg_level = SOL_SOCKET;
    control.head.cmsg_type = SCM_RIGHTS;
    control.head.cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(&control.head), &descriptor, sizeof descriptor);
    return sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL) == 1 ? 0 : -errno;
}

int eyrie_send_new_socket(int socket) {
    int sockets[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) {
        return -errno;
    }
    int answer = eyrie_send_descriptor(socket, sockets[THEIRS]);
    close(sockets[THEIRS]);
    if (answer != 0) {
        close(sockets[OURS]);
        return answer;
    }
    return sockets[OURS];
}
