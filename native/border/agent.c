/* eyrie_spawn_agent: see border.h. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "border.h"
#include "spawn.h"

#define FD_DIRECTORY 3

/* The ends of both sockets: [0] stays here, [1] becomes the agent's. */
struct sockets {
    int requests[2];
    int descriptors[2];
};

static void close_pair(const int pair[2]) {
    close(pair[0]);
    close(pair[1]);
}

static int open_sockets(struct sockets *sockets) {
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets->requests) != 0) {
        return -errno;
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets->descriptors) != 0) {
        int error = errno;
        close_pair(sockets->requests);
        return -error;
    }
    return 0;
}

int eyrie_spawn_agent(const struct agent_request *request, struct agent_result *result) {
    char name[sizeof request->name + 1] = {0};
    char *argv[] = {name, NULL};
    struct sockets sockets;
    memset(result, 0, sizeof *result);
    memcpy(name, request->name, sizeof request->name);
    int opened = open_sockets(&sockets);
    if (opened != 0) {
        result->call = CALL_SOCKETPAIR;
        return opened;
    }
    struct spawn spawn = {
        .cgroup = -1,
        .program = request->program,
        .argv = argv,
        .first = FD_DIRECTORY,
        .descriptor_count = 3,
        .descriptors = {request->directory, sockets.requests[1], sockets.descriptors[1]},
        .output = -1,
        .dies_with_parent = 1,
    };
    result->pid = spawn_child(&spawn, &result->pidfd);
    if (result->pid < 0) {
        result->call = spawn.call;
        close_pair(sockets.requests);
        close_pair(sockets.descriptors);
        return result->pid;
    }
    close(sockets.requests[1]);
    close(sockets.descriptors[1]);
    result->requests = sockets.requests[0];
    result->descriptors = sockets.descriptors[0];
    return 0;
}
