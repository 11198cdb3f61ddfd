#include "procd.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "output.h"
#include "pass.h"

/* How often descriptors are tried to be passed on where too many are on their way already. */
#define ATTEMPTS 100
#define PAUSE_MS 10

static struct output output;

void procd_tell(const struct front_record *record, const void *payload) {
    if (output_add(&output, record, sizeof *record) != 0 ||
        output_add(&output, payload, record->length) != 0) {
        _exit(1); /* procd starts another one */
    }
}

int procd_flush(void) {
    return output_send(&output, FRONT_FD_PROCD);
}

size_t procd_waiting(void) {
    return output_waiting(&output);
}

/*
 * procd takes descriptors when it has read the records that tell of them: those must be on their way,
 * or both would wait for each other.
 */
static int wait_for_room(void) {
    struct pollfd sockets[] = {
        {.fd = FRONT_FD_PROCD, .events = procd_waiting() > 0 ? POLLOUT : 0},
        {.fd = FRONT_FD_DESCRIPTORS, .events = procd_waiting() > 0 ? 0 : POLLOUT},
    };
    if (poll(sockets, 2, PAUSE_MS) < 0 && errno != EINTR) {
        return -1;
    }
    return procd_flush();
}

int procd_pass(uint32_t connection, const int *descriptors, uint32_t count) {
    uint32_t sent = 0;
    for (int attempt = 0; sent < count && attempt < ATTEMPTS; attempt++) {
        int result = pass_descriptor(FRONT_FD_DESCRIPTORS, connection, descriptors[sent], MSG_DONTWAIT);
        if (result == 0) {
            sent++;
            attempt = 0;
        } else if (result != -EAGAIN && result != -ETOOMANYREFS && result != -EINTR) {
            break;
        } else if (wait_for_room() != 0) {
            break;
        }
    }
    if (sent != 0 && sent < count) {
        _exit(1); /* procd would take those that were sent for somebody else's */
    }
    return sent == count ? 0 : -1;
}

/* What procd said and is not obeyed yet. */
static unsigned char *input;
static size_t input_size;
static size_t held;

static int make_room(size_t size) {
    if (size <= input_size) {
        return 0;
    }
    unsigned char *larger = realloc(input, size);
    if (larger == NULL) {
        return -1;
    }
    input = larger;
    input_size = size;
    return 0;
}

#define CHUNK 65536

/* Obeys all records that are whole. */
static int obey_all(int (*obey)(const struct front_record *, const unsigned char *)) {
    size_t at = 0;
    struct front_record record;
    while (held - at >= sizeof record) {
        memcpy(&record, input + at, sizeof record);
        if (procd_check(&record) != 0) {
            return -1;
        }
        if (held - at - sizeof record < record.length) {
            if (make_room(sizeof record + record.length + CHUNK) != 0) {
                return -1;
            }
            break;
        }
        if (obey(&record, input + at + sizeof record) != 0) {
            return -1;
        }
        at += sizeof record + record.length;
    }
    held -= at;
    memmove(input, input + at, held);
    return 0;
}

int procd_read(int (*obey)(const struct front_record *, const unsigned char *)) {
    if (make_room(CHUNK) != 0) {
        return -1;
    }
    const ssize_t got = recv(FRONT_FD_PROCD, input + held, input_size - held, MSG_DONTWAIT);
    if (got <= 0) {
        return got < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
    }
    held += (size_t)got;
    return obey_all(obey);
}
