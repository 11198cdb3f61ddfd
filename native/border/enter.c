/* eyrie_enter: see border.h. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "arguments.h"
#include "border.h"
#include "launch.h"
#include "sealed.h"
#include "spawn.h"

#define CGROUPS_MAX 32

static int failed(struct enter_result *result, enum launch_call call, int answer) {
    result->call = call;
    return answer;
}

/* The descriptors from FD_PLAN on, as native/enter/enter.h numbers them. */
static void hand_on(struct spawn *spawn, int plan, int report, const struct enter_request *request) {
    const int fixed[] = {plan,
                         request->target,
                         report,
                         request->streams[0],
                         request->streams[1],
                         request->streams[2]};
    const int count = sizeof fixed / sizeof *fixed;
    memcpy(spawn->descriptors, fixed, sizeof fixed);
    memcpy(spawn->descriptors + count, request->cgroups, request->cgroup_count * sizeof(int32_t));
    spawn->descriptor_count = count + (int)request->cgroup_count;
}

static int start(int plan, char **argv, const struct enter_request *request,
                 struct enter_result *result) {
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0) {
        return failed(result, CALL_PIPE, -errno);
    }
    int program = sealed_program("eyrie-enter", request->program);
    struct spawn spawn = {
        .cgroup = -1,
        /* Where programs in memory are forbidden, the file itself. */
        .program = program < 0 ? request->program : program,
        .argv = argv,
        .first = FD_PLAN,
        .output = -1,
        .dies_with_parent = 1,
        .keeps_group = 1,
    };
    hand_on(&spawn, plan, report[1], request);
    result->pid = spawn_child(&spawn, &result->pidfd);
    close(report[1]);
    if (program >= 0) {
        close(program);
    }
    if (result->pid < 0) {
        close(report[0]);
        return failed(result, spawn.call, result->pid);
    }
    result->report = report[0];
    return 0;
}

int eyrie_enter(const void *bytes, uint32_t length, const struct enter_request *given,
                struct enter_result *result) {
    struct enter_request request = *given;
    struct plan plan;
    char *argv[ARGUMENTS_MAX + 1];
    const struct arguments arguments = {request.arguments, sizeof request.arguments,
                                        request.argument_bytes, request.argument_count};
    memset(result, 0, sizeof *result);
    if (!split_arguments(&arguments, argv) || request.cgroup_count > CGROUPS_MAX) {
        return -EINVAL;
    }
    if (plan_check(bytes, length, &plan, &result->offset) != 0) {
        return failed(result, CALL_PLAN, -EINVAL);
    }
    int fd = sealed_bytes("eyrie-plan", bytes, length);
    if (fd < 0) {
        return failed(result, CALL_MEMFD, fd);
    }
    int answer = start(fd, argv, &request, result);
    close(fd);
    return answer;
}
