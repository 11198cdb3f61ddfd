/* eyrie_spawn_helper: see border.h. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "arguments.h"
#include "border.h"
#include "spawn.h"

#define FD_INPUT 3

int eyrie_spawn_helper(const struct helper_request *given, struct helper_result *result) {
    struct helper_request request = *given;
    char *argv[ARGUMENTS_MAX + 1];
    int output[2];
    memset(result, 0, sizeof *result);
    const struct arguments arguments = {request.arguments, sizeof request.arguments,
                                        request.argument_bytes, request.argument_count};
    if (!split_arguments(&arguments, argv)) {
        return -EINVAL;
    }
    if (pipe2(output, O_CLOEXEC) != 0) {
        result->call = CALL_PIPE;
        return -errno;
    }
    struct spawn spawn = {
        .cgroup = -1,
        .program = request.program,
        .argv = argv,
        .first = FD_INPUT,
        .descriptor_count = 1,
        .descriptors = {request.input},
        .output = output[1],
        .dies_with_parent = 1,
    };
    result->pid = spawn_child(&spawn, &result->pidfd);
    close(output[1]);
    if (result->pid < 0) {
        result->call = spawn.call;
        close(output[0]);
        return result->pid;
    }
    result->output = output[0];
    return 0;
}
