/*
 * eyrie-files: touches a job's sandbox for the starter, with the job's ids. It takes no arguments;
 * files.h has its descriptors, request.h what it is asked. It ends when the starter closes the
 * socket, and at the first sign that it is not the starter who speaks.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "pass.h"

static unsigned char payload[FILES_PAYLOAD_MAX];

/* Reads exactly that many bytes. Gives false at the end of the socket. */
static int read_whole(void *into, size_t length) {
    unsigned char *bytes = into;
    while (length > 0) {
        ssize_t got = read(FILES_FD_REQUESTS, bytes, length);
        if (got > 0) {
            bytes += got;
            length -= (size_t)got;
        } else if (got == 0 || errno != EINTR) {
            return 0;
        }
    }
    return 1;
}

static void write_whole(const void *from, size_t length) {
    const unsigned char *bytes = from;
    while (length > 0) {
        ssize_t put = send(FILES_FD_REQUESTS, bytes, length, MSG_NOSIGNAL);
        if (put > 0) {
            bytes += put;
            length -= (size_t)put;
        } else if (errno != EINTR) {
            _exit(1);
        }
    }
}

/* A reply with its payload, written as one piece. */
static struct {
    struct files_reply head;
    unsigned char payload[FILES_PAYLOAD_MAX];
} reply;

static void send_reply(void) {
    write_whole(&reply, sizeof reply.head + reply.head.length);
    reply.head.length = 0;
}

/* Adds an entry to the reply's payload; sends what is there first where it has no room. */
static int give_entry(const struct files_entry *given, const char *name, void *context) {
    (void)context;
    struct files_entry entry = *given;
    size_t name_length = strlen(name);
    size_t size = (sizeof entry + name_length + 7) / 8 * 8;
    if (reply.head.length + size > sizeof reply.payload) {
        reply.head.more = 1;
        send_reply();
        reply.head.more = 0;
    }
    entry.name_length = (uint32_t)name_length;
    unsigned char *place = reply.payload + reply.head.length;
    memset(place, 0, size);
    memcpy(place, &entry, sizeof entry);
    memcpy(place + sizeof entry, name, name_length);
    reply.head.length += (uint32_t)size;
    return 0;
}

/* Passes an open file on; it is closed here. */
static int pass_on(uint32_t id, int fd, struct failure *failure) {
    int result = pass_descriptor(FILES_FD_DESCRIPTORS, id, fd, 0);
    close(fd);
    if (noted(failure, FILES_CALL_SENDMSG, result) == 0) {
        reply.head.descriptor = 1;
    }
    return result;
}

static void pass_opened(uint32_t id, int fd, struct failure *failure) {
    if (fd >= 0) {
        pass_on(id, fd, failure);
    }
}

static void stat_path(const struct files_command *command, struct failure *failure) {
    struct files_entry entry;
    const char *slash = strrchr(command->path, '/');
    if (files_stat(command->path, &entry, failure) == 0) {
        give_entry(&entry, slash == NULL ? command->path : slash + 1, NULL);
    }
}

/* A small file goes into the reply, of a larger one the descriptor is passed on. */
static void read_path(const struct files_command *command, struct failure *failure) {
    struct files_entry entry;
    int fd = files_read(command->path, &entry, reply.payload + sizeof entry, failure);
    if (fd == FILES_WAS_READ) {
        memcpy(reply.payload, &entry, sizeof entry);
        reply.head.length = (uint32_t)(sizeof entry + entry.size);
    } else {
        pass_opened(command->id, fd, failure);
    }
}

/* The names stay in the payload of BEGIN, so that is copied. */
static void begin(const struct files_command *command, struct failure *failure) {
    static char texts[FILES_PAYLOAD_MAX];
    static const char *names[FILES_NAMES_MAX];
    size_t used = 0;
    for (uint32_t i = 0; i < command->begin.name_count; i++) {
        size_t length = strlen(command->names[i]) + 1;
        memcpy(texts + used, command->names[i], length);
        names[i] = texts + used;
        used += length;
    }
    files_set_names(names, command->begin.name_count);
    noted(failure, FILES_CALL_IDENTITY, files_take_identity(&command->begin, command->groups));
}

static void obey(const struct files_command *command, struct failure *failure) {
    switch (command->operation) {
    case FILES_BEGIN:
        begin(command, failure);
        return;
    case FILES_MKDIR:
        files_mkdir(command->path, command->mode, failure);
        return;
    case FILES_CREATE:
        pass_opened(command->id, files_create(command->path, command->mode, failure), failure);
        return;
    case FILES_OPEN:
        pass_opened(command->id, files_open(command->path, failure), failure);
        return;
    case FILES_STAT:
        stat_path(command, failure);
        return;
    case FILES_LIST:
        files_list(command->path, failure, give_entry, NULL);
        return;
    case FILES_CHMOD:
        files_chmod(command->path, command->mode, failure);
        return;
    case FILES_WRITE:
        files_write(command->path, command->mode, command->contents, command->contents_length,
                    failure);
        return;
    case FILES_READ:
        read_path(command, failure);
        return;
    case FILES_RENAME:
        files_rename(command->path, command->new_name, failure);
        return;
    }
}

/* Reads one request and answers it. Gives false where there is none to come. */
static int serve(int *begun) {
    static struct files_command command;
    struct files_request request;
    struct failure failure = {.error = 0};
    if (!read_whole(&request, sizeof request) || request.length > sizeof payload ||
        !read_whole(payload, request.length) ||
        (request.operation == FILES_BEGIN) == (*begun != 0)) {
        return 0;
    }
    memset(&reply.head, 0, sizeof reply.head);
    reply.head.id = request.id;
    int result = files_read_request(&request, payload, &command);
    if (noted(&failure, FILES_CALL_REQUEST, result) == 0) {
        obey(&command, &failure);
    }
    reply.head.error = (uint32_t)failure.error;
    reply.head.call = failure.call;
    if (failure.error != 0) {
        reply.head.length = 0;
    }
    send_reply();
    *begun = *begun || failure.error == 0;
    return *begun;
}

int main(void) {
    int begun = 0;
    prctl(PR_SET_NAME, "eyrie-files", 0, 0, 0);
    umask(0);
    signal(SIGPIPE, SIG_IGN);
    while (serve(&begun)) {
    }
    return 0;
}
