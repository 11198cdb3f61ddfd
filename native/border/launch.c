/* eyrie_launch: see border.h. */
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "border.h"
#include "kernel.h"
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

static int write_whole(int fd, const unsigned char *bytes, size_t length) {
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);
        if (written < 0) {
            return -errno;
        }
        bytes += written;
        length -= (size_t)written;
    }
    return 0;
}

/* The plan in memory that nobody can change any more; gives its descriptor. */
static int seal_plan(const void *plan, size_t length) {
    /* Kernels before 6.3 do not know MFD_NOEXEC_SEAL, later ones warn where it is missing. */
    const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    int fd = memfd_create("eyrie-plan", flags | MFD_NOEXEC_SEAL);
    if (fd < 0 && errno == EINVAL) {
        fd = memfd_create("eyrie-plan", flags);
    }
    if (fd < 0) {
        return -errno;
    }
    int result = write_whole(fd, plan, length);
    if (result == 0 &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
        result = -errno;
    }
    if (result != 0) {
        close(fd);
        return result;
    }
    return fd;
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
    result->pid = spawn_child(&spawn, &result->pidfd);
    return result->pid < 0 ? failed(result, spawn.call, -result->pid) : 0;
}

int eyrie_launch(const void *bytes, uint32_t length, const struct launch_request *request,
                 struct launch_result *result) {
    struct plan plan;
    struct pipes pipes;
    memset(result, 0, sizeof *result);
    if (plan_check(bytes, length, &plan, &result->offset) != 0 ||
        plan.header->descriptor_count != request->descriptor_count) {
        return failed(result, CALL_PLAN, EINVAL);
    }
    int fd = seal_plan(bytes, length);
    if (fd < 0) {
        return failed(result, CALL_MEMFD, -fd);
    }
    int answer = open_pipes(&pipes);
    if (answer != 0) {
        close(fd);
        return failed(result, CALL_PIPE, -answer);
    }
    answer = start_init(fd, &pipes, request, plan.header->namespaces, result);
    close(fd);
    if (answer != 0) {
        close_pipes(&pipes);
        return answer;
    }
    keep_our_ends(&pipes, result);
    return 0;
}
