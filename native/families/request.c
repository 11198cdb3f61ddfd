#include "request.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

/* What an operation needs. */
enum {
    NEEDS_PID = 1,
    NEEDS_FAMILY = 2,
    NEEDS_SIGNAL = 4,
    HAS_LIST = 8,
    HAS_NAME = 16,
};

static const unsigned char needs[] = {
    [FAMILIES_BEGIN] = 0,
    [FAMILIES_SNAPSHOT] = 0,
    [FAMILIES_LOCATE] = NEEDS_PID,
    [FAMILIES_ASSIGN] = NEEDS_PID,
    [FAMILIES_MERGE] = NEEDS_FAMILY,
    [FAMILIES_WATCH] = NEEDS_PID,
    [FAMILIES_UNWATCH] = 0,
    [FAMILIES_SIGNAL_FAMILIES] = NEEDS_SIGNAL | HAS_LIST,
    [FAMILIES_SIGNAL_PROCESS] = NEEDS_PID | NEEDS_SIGNAL,
    [FAMILIES_PROPORTIONAL] = HAS_LIST,
    [FAMILIES_OWN_CGROUP] = NEEDS_PID | NEEDS_FAMILY,
    [FAMILIES_TRACK_CGROUP] = NEEDS_FAMILY | HAS_NAME,
    [FAMILIES_USAGE] = NEEDS_FAMILY,
};

/* Whether a name's components lead nowhere but down. */
static int leads_down(const char *name) {
    for (;;) {
        size_t length = strcspn(name, "/");
        if (length == 0 || (length == 1 && name[0] == '.') ||
            (length == 2 && name[0] == '.' && name[1] == '.')) {
            return 0;
        }
        if (name[length] == 0) {
            return 1;
        }
        name += length + 1;
    }
}

/* A name may begin with a slash, as libcgroup's names may, and not end with one. */
static int read_name(const struct families_request *request, const unsigned char *payload,
                     struct families_command *command) {
    uint32_t length = request->length;
    if (length > 0 && payload[0] == '/') {
        payload++;
        length--;
    }
    if (length == 0 || length > FAMILIES_NAME_MAX || memchr(payload, 0, length) != NULL) {
        return 0;
    }
    memcpy(command->name, payload, length);
    command->name[length] = 0;
    return leads_down(command->name);
}

static int read_list(const struct families_request *request, const unsigned char *payload,
                     struct families_command *command) {
    uint32_t numbers = request->length / sizeof(uint32_t);
    if (request->length % sizeof(uint32_t) != 0 || request->family_count > numbers ||
        request->family_count > FAMILIES_LISTED_MAX) {
        return 0;
    }
    command->families = (const uint32_t *)(const void *)payload;
    command->except = (const int32_t *)(const void *)(command->families + request->family_count);
    command->except_count = numbers - request->family_count;
    return 1;
}

int families_read_request(const struct families_request *request, const unsigned char *payload,
                          struct families_command *command) {
    if (request->id == 0 || request->length > FAMILIES_PAYLOAD_MAX ||
        request->operation < FAMILIES_BEGIN || request->operation > FAMILIES_USAGE) {
        return -EINVAL;
    }
    const unsigned need = needs[request->operation];
    command->request = *request;
    if (((need & NEEDS_PID) != 0 && request->pid <= 0) ||
        ((need & NEEDS_FAMILY) != 0 && request->family == 0) ||
        ((need & NEEDS_SIGNAL) != 0 && (request->signal < 1 || request->signal >= (uint32_t)_NSIG))) {
        return -EINVAL;
    }
    if ((need & HAS_LIST) != 0) {
        return read_list(request, payload, command) ? 0 : -EINVAL;
    }
    if ((need & HAS_NAME) != 0) {
        return read_name(request, payload, command) ? 0 : -EINVAL;
    }
    return request->length == 0 ? 0 : -EINVAL;
}
