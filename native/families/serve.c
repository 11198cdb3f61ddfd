#include "serve.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "accounting.h"
#include "cgroup.h"
#include "events.h"
#include "forkers.h"
#include "lineage.h"
#include "output.h"
#include "proportional.h"
#include "signals.h"
#include "snapshot.h"
#include "sweep.h"
#include "ticks.h"
#include "watch.h"

#define EVENT_BUFFER (32u << 20)

static int events = -1;
static int has_begun;

int serve_events(void) {
    return events;
}

static void begin(const struct families_request *request, int epoll) {
    const uint32_t buffer = request->number != 0 ? request->number : EVENT_BUFFER;
    enum families_call call = FAMILIES_CALL_NONE;
    int result = -ECANCELED;
    if ((request->flags & FAMILIES_NO_EVENTS) == 0) {
        events = result = events_open(buffer, &call);
    }
    struct families_means means = {
        .events = result >= 0,
        .events_call = result >= 0 ? FAMILIES_CALL_NONE : call,
        .events_error = result >= 0 ? 0 : (uint32_t)-result,
        .accounting = events >= 0 && accounting_open(buffer) == 0,
        .forkers = events >= 0 && forkers_open(epoll, SERVE_FROM_FORKERS) == 0,
        .cgroups = cgroup_means(),
        .ticks = (uint32_t)ticks_a_second(),
    };
    output_begin(request->id);
    output_put(&means, sizeof means);
    output_end();
}

static void snapshot(const struct families_request *request) {
    output_begin(request->id);
    snapshot_put(request->flags);
    output_end();
}

/* A process in the table as it is now; NULL where it is not there, or was another. */
static struct process *known(int pid, const struct process_stat *stat) {
    struct process *process = table_find(pid);
    if (process != NULL && !lineage_is_same(process, stat)) {
        table_take_events(); /* what it forked before it ended */
        process = table_find(pid);
    }
    if (process != NULL && !lineage_is_same(process, stat)) {
        lineage_retire(process);
        process = NULL;
    }
    if (process != NULL) {
        table_update(process, stat);
    }
    return process;
}

/* A process as it is now, put into the table. NULL, with the errno: there is none. */
static struct process *find_now(int pid, int *error) {
    struct process_stat stat;
    const int knows_all = table_take_events();
    int result = process_read(pid, &stat);
    if (result != 0) {
        *error = -result;
        return NULL;
    }
    struct process *process = known(pid, &stat);
    if (process == NULL) {
        /* Where all forks are told, whoever is not in the table is a stranger. */
        process = table_add(pid, knows_all ? family_find(0) : lineage_look_up(&stat));
        *error = ENOMEM;
        if (process != NULL) {
            table_update(process, &stat);
            process->flags |= knows_all ? 0 : PROCESS_IS_FRESH;
        }
    }
    return process;
}

/* Strangers that were told of are kept in a table of all only. */
static void forget_stranger(struct process *process) {
    if ((process->flags & PROCESS_IS_FRESH) == 0) {
        snapshot_forget_stranger(process);
    }
}

static void locate(const struct families_request *request) {
    int error = 0;
    struct process *process = find_now(request->pid, &error);
    if (process == NULL) {
        output_result(request->id, FAMILIES_CALL_PROCESS, error);
        return;
    }
    output_begin(request->id);
    snapshot_put_process(process, request->flags);
    output_end();
    forget_stranger(process);
}

/* Finds a process of a birthday. NULL, after the reply: there is none. */
static struct process *find_asked(const struct families_request *request) {
    int error = 0;
    struct process *process = find_now(request->pid, &error);
    if (process != NULL && process->birthday == request->birthday) {
        return process;
    }
    if (process != NULL) {
        forget_stranger(process);
        error = ESRCH;
    }
    output_result(request->id, FAMILIES_CALL_PROCESS, error);
    return NULL;
}

static void assign(const struct families_request *request) {
    struct process *process = find_asked(request);
    struct family *family = process != NULL ? family_make(request->family) : NULL;
    if (process == NULL) {
        return;
    }
    if (family == NULL) {
        output_result(request->id, FAMILIES_CALL_MEMORY, ENOMEM);
        return;
    }
    process->flags &= ~(unsigned)(PROCESS_IS_FRESH | PROCESS_IS_NEW);
    if (process->family != family) {
        table_move(process, family);
        cgroup_enter(family, process->pid);
    }
    if (process->session == process->pid && family->number != 0) {
        process->flags |= PROCESS_OWN_SESSION;
    }
    process->flags |= family->number != 0 ? PROCESS_WAS_TOLD : 0;
    forget_stranger(process);
    output_result(request->id, FAMILIES_CALL_NONE, 0);
}

static void merge(const struct families_request *request) {
    table_take_events();
    struct family *from = family_find(request->family);
    struct family *into = family_make(request->number);
    if (into == NULL) {
        output_result(request->id, FAMILIES_CALL_MEMORY, ENOMEM);
        return;
    }
    if (from != NULL && from != into) {
        cgroup_leave(from);
        while (from->first != NULL) {
            struct process *process = from->first;
            table_move(process, into);
            forget_stranger(process);
        }
        into->rest_user += from->rest_user;
        into->rest_system += from->rest_system;
        family_forget(from);
    }
    output_result(request->id, FAMILIES_CALL_NONE, 0);
}

static void signal_process(const struct families_request *request) {
    int result = signal_identity(request->pid, request->birthday, (int)request->signal);
    output_result(request->id, result == -ESRCH ? FAMILIES_CALL_PROCESS : FAMILIES_CALL_KILL,
                  -result);
}

static void proportional(const struct families_command *command) {
    uint64_t kib = 0;
    int result = proportional_sum(command->families, command->request.family_count, &kib);
    if (result != 0) {
        output_result(command->request.id, FAMILIES_CALL_SMAPS, -result);
        return;
    }
    output_begin(command->request.id);
    output_put(&kib, sizeof kib);
    output_end();
}

static void own_cgroup(const struct families_request *request) {
    char path[PATH_MAX + 64];
    enum families_call call = FAMILIES_CALL_FAMILY;
    const struct process *process = find_asked(request);
    if (process == NULL) {
        return;
    }
    if (process->family->number != request->family) {
        output_result(request->id, call, ENOENT);
        return;
    }
    int result = cgroup_make_own(process->family, request->pid, request->birthday, path, PATH_MAX,
                                 &call);
    if (result != 0) {
        output_result(request->id, call, -result);
        return;
    }
    output_begin(request->id);
    output_put(path, strlen(path));
    output_end();
}

static void track_cgroup(const struct families_command *command) {
    enum families_call call = FAMILIES_CALL_MEMORY;
    table_take_events();
    struct family *family = family_make(command->request.family);
    int as_it_is = (command->request.flags & FAMILIES_AS_IT_IS) != 0;
    int result = family != NULL ? cgroup_track(family, command->name, as_it_is, &call) : -ENOMEM;
    output_result(command->request.id, result != 0 ? call : FAMILIES_CALL_NONE, -result);
}

static void usage(const struct families_request *request) {
    struct families_usage figures;
    const struct family *family = family_find(request->family);
    output_begin(request->id);
    if (family != NULL && cgroup_usage(family, &figures)) {
        output_put(&figures, sizeof figures);
    }
    output_end();
}

static void answer(const struct families_command *command, int epoll) {
    const struct families_request *request = &command->request;
    int result = 0;
    switch ((enum families_operation)request->operation) {
    case FAMILIES_BEGIN:
        begin(request, epoll);
        return;
    case FAMILIES_SNAPSHOT:
        snapshot(request);
        return;
    case FAMILIES_LOCATE:
        locate(request);
        return;
    case FAMILIES_ASSIGN:
        assign(request);
        return;
    case FAMILIES_MERGE:
        merge(request);
        return;
    case FAMILIES_WATCH:
        result = watch_begin(epoll, request->pid, request->birthday, request->number);
        output_result(request->id, result != 0 ? FAMILIES_CALL_PIDFD : FAMILIES_CALL_NONE, -result);
        return;
    case FAMILIES_UNWATCH:
        watch_end(request->number);
        output_result(request->id, FAMILIES_CALL_NONE, 0);
        return;
    case FAMILIES_SIGNAL_FAMILIES:
        result = sweep_begin(command);
        if (result != 0) {
            output_result(request->id, FAMILIES_CALL_MEMORY, -result);
        }
        return;
    case FAMILIES_SIGNAL_PROCESS:
        signal_process(request);
        return;
    case FAMILIES_PROPORTIONAL:
        proportional(command);
        return;
    case FAMILIES_OWN_CGROUP:
        own_cgroup(request);
        return;
    case FAMILIES_TRACK_CGROUP:
        track_cgroup(command);
        return;
    case FAMILIES_USAGE:
        usage(request);
        return;
    }
}

/* Carries out one request. Gives false where it is none. */
static int obey(const struct families_request *request, const unsigned char *payload, int epoll) {
    static struct families_command command;
    if ((request->operation == FAMILIES_BEGIN) == (has_begun != 0) || request->id == 0) {
        return 0;
    }
    int result = families_read_request(request, payload, &command);
    if (result != 0) {
        output_result(request->id, FAMILIES_CALL_REQUEST, -result);
        return has_begun;
    }
    answer(&command, epoll);
    has_begun = 1;
    return 1;
}

int serve(int epoll) {
    static union {
        uint64_t align;
        unsigned char bytes[sizeof(struct families_request) + FAMILIES_PAYLOAD_MAX];
    } input;
    static size_t held;
    ssize_t got = recv(FAMILIES_FD_REQUESTS, input.bytes + held, sizeof input.bytes - held,
                       MSG_DONTWAIT);
    if (got <= 0) {
        return got < 0 && (errno == EAGAIN || errno == EINTR);
    }
    held += (size_t)got;
    size_t at = 0;
    for (struct families_request request; held - at >= sizeof request;) {
        memcpy(&request, input.bytes + at, sizeof request);
        if (request.length > FAMILIES_PAYLOAD_MAX) {
            return 0;
        }
        /* Requests begin at multiples of 4. */
        size_t length = sizeof request + (request.length + 3) / 4 * 4;
        if (held - at < length) {
            break;
        }
        if (!obey(&request, input.bytes + at + sizeof request, epoll)) {
            return 0;
        }
        at += length;
    }
    held -= at;
    memmove(input.bytes, input.bytes + at, held);
    return 1;
}
