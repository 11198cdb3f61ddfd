/* eyrie_launch and eyrie_pack_launch: see border.h. */
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "border.h"
#include "kernel.h"
#include "sealed.h"
#include "spawn.h"

enum { READ_END, WRITE_END };

/* The pipes between starter and init. */
struct pipes {
    int go[2];
    int launch[2];
    int status[2];
    int control[2];
};

static int failed(struct launch_result *result, enum launch_call call, int error) {
    result->call = call;
    return -error;
}

static void close_both(const int ends[2]) {
    close(ends[READ_END]);
    close(ends[WRITE_END]);
}

/* Opens all pipes, or none. The control pipe never blocks, neither its writer nor init. */
static int open_pipes(struct pipes *pipes) {
    int *const ends[] = {pipes->go, pipes->launch, pipes->status, pipes->control};
    for (int i = 0; i < 4; i++) {
        int flags = O_CLOEXEC | (ends[i] == pipes->control ? O_NONBLOCK : 0);
        if (pipe2(ends[i], flags) != 0) {
            int error = errno;
            while (--i >= 0) {
                close_both(ends[i]);
            }
            return -error;
        }
    }
    return 0;
}

static void close_pipes(const struct pipes *pipes) {
    close_both(pipes->go);
    close_both(pipes->launch);
    close_both(pipes->status);
    close_both(pipes->control);
}

/* Closes init's ends and gives ours to the caller. */
static void keep_our_ends(const struct pipes *pipes, struct launch_result *result) {
    close(pipes->go[READ_END]);
    close(pipes->launch[WRITE_END]);
    close(pipes->status[WRITE_END]);
    close(pipes->control[READ_END]);
    result->go = pipes->go[WRITE_END];
    result->launch = pipes->launch[READ_END];
    result->status = pipes->status[READ_END];
    result->control = pipes->control[WRITE_END];
}

/* Starts eyrie-init with its descriptors as launch.h numbers them. */
static int start_init(int plan, const struct pipes *pipes, const struct launch_request *request,
                      uint32_t namespaces, struct launch_result *result) {
    char name[] = "eyrie-init";
    char *argv[] = {name, NULL};
    struct spawn spawn = {
        .namespaces = namespaces,
        .cgroup = request->cgroup,
        .program = request->program,
        .argv = argv,
        .first = FD_PLAN,
        .descriptor_count = FD_HANDED - FD_PLAN + (int)request->descriptor_count,
        .descriptors = {plan, pipes->go[READ_END], pipes->launch[WRITE_END],
                        pipes->status[WRITE_END], pipes->control[READ_END]},
        .output = -1,
    };
    memcpy(spawn.descriptors + (FD_HANDED - FD_PLAN), request->descriptors,
           request->descriptor_count * sizeof(int32_t));
    if (request->job_cgroup >= 0) {
        spawn.descriptors[spawn.descriptor_count++] = request->job_cgroup;
    }
    memcpy(spawn.descriptors + spawn.descriptor_count, request->joined,
           request->joined_count * sizeof(int32_t));
    spawn.descriptor_count += (int)request->joined_count;
    result->pid = spawn_child(&spawn, &result->pidfd);
    return result->pid < 0 ? failed(result, spawn.call, -result->pid) : 0;
}

/* Puts init's descriptors into a socket, in the order of launch.h; gives the end to read them from. */
static int send_parcel(int plan, const struct pipes *pipes, const struct launch_request *request,
                       struct launch_result *result) {
    int descriptors[FD_HANDED - FD_PLAN + HANDED_MAX] = {
        plan, pipes->go[READ_END], pipes->launch[WRITE_END], pipes->status[WRITE_END],
        pipes->control[READ_END]};
    uint32_t count = FD_HANDED - FD_PLAN + request->descriptor_count;
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof descriptors)];
    } control;
    int ends[2];
    memset(&control, 0, sizeof control);
    memcpy(descriptors + (FD_HANDED - FD_PLAN), request->descriptors,
           request->descriptor_count * sizeof(int32_t));
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        return failed(result, CALL_SOCKETPAIR, errno);
    }
    struct launch_parcel parcel = {LAUNCH_PARCEL, count};
    struct iovec data = {&parcel, sizeof parcel};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = CMSG_SPACE(count * sizeof(int))};
    control.head.cmsg_level = SOL_SOCKET;
    control.head.cmsg_type = SCM_RIGHTS;
    control.head.cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(&control.head), descriptors, count * sizeof(int));
    ssize_t sent = sendmsg(ends[WRITE_END], &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    int error = errno;
    close(ends[WRITE_END]); /* what is on its way stays there */
    if (sent != (ssize_t)sizeof parcel) {
        close(ends[READ_END]);
        return failed(result, CALL_SOCKETPAIR, error);
    }
    result->parcel = ends[READ_END];
    return 0;
}

/* What both ways need first: the plan, checked and sealed, and the pipes. */
static int prepare(const void *bytes, uint32_t length, const struct launch_request *request,
                   struct plan *plan, struct pipes *pipes, struct launch_result *result) {
    memset(result, 0, sizeof *result);
    result->parcel = -1;
    if (plan_check(bytes, length, plan, &result->offset) != 0 ||
        plan->header->descriptor_count != request->descriptor_count ||
        request->descriptor_count > HANDED_MAX ||
        request->joined_count > sizeof request->joined / sizeof request->joined[0]) {
        return failed(result, CALL_PLAN, EINVAL);
    }
    int fd = sealed_bytes("eyrie-plan", bytes, length);
    if (fd < 0) {
        return failed(result, CALL_MEMFD, -fd);
    }
    int answer = open_pipes(pipes);
    if (answer != 0) {
        close(fd);
        return failed(result, CALL_PIPE, -answer);
    }
    return fd;
}

/* Ends what both ways have in common: with their `answer` the result is whole, or nothing is open. */
static int finish(int answer, int plan, const struct pipes *pipes, struct launch_result *result) {
    close(plan);
    if (answer != 0) {
        close_pipes(pipes);
        return answer;
    }
    keep_our_ends(pipes, result);
    return 0;
}

int eyrie_launch(const void *bytes, uint32_t length, const struct launch_request *request,
                 struct launch_result *result) {
    struct plan plan;
    struct pipes pipes;
    int fd = prepare(bytes, length, request, &plan, &pipes, result);
    if (fd < 0) {
        return fd;
    }
    return finish(start_init(fd, &pipes, request, plan.header->namespaces, result), fd, &pipes, result);
}

int eyrie_pack_launch(const void *bytes, uint32_t length, const struct launch_request *request,
                      struct launch_result *result) {
    struct plan plan;
    struct pipes pipes;
    int fd = prepare(bytes, length, request, &plan, &pipes, result);
    if (fd < 0) {
        return fd;
    }
    result->pid = result->pidfd = -1;
    return finish(send_parcel(fd, &pipes, request, result), fd, &pipes, result);
}
