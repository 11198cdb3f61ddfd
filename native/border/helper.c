/* eyrie_spawn_helper: see border.h. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "border.h"
#include "spawn.h"

#define ARGUMENTS_MAX 16
#define FD_INPUT 3

/* Points argv into the request's text. Gives false where the text is not `count` strings. */
static int split(struct helper_request *request, char *argv[ARGUMENTS_MAX + 1]) {
    uint32_t at = 0;
    if (request->argument_count == 0 || request->argument_count > ARGUMENTS_MAX ||
        request->argument_bytes > sizeof request->arguments) {
        return 0;
    }
    for (uint32_t i = 0; i < request->argument_count; i++) {
        char *end = memchr(request->arguments + at, 0, request->argument_bytes - at);
        if (end == NULL) {
            return 0;
        }
        argv[i] = request->arguments + at;
        at = (uint32_t)(end - request->arguments) + 1;
    }
    argv[request->argument_count] = NULL;
    return at == request->argument_bytes;
}

int eyrie_spawn_helper(const struct helper_request *given, struct helper_result *result) {
    struct helper_request request = *given;
    char *argv[ARGUMENTS_MAX + 1];
    int output[2];
    memset(result, 0, sizeof *result);
    if (!split(&request, argv)) {
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
