#include "accounting.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/taskstats.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lineage.h"

#define MESSAGES 64
#define MESSAGE_MAX 2048
#define ROUNDS_MAX 4096
#define NANOSECONDS 1000ull /* in a microsecond */

/* The version of struct taskstats that has ac_tgid. */
#define VERSION_WITH_TGID 12

static int netlink = -1;

/* A request with one attribute. */
struct request {
    struct nlmsghdr netlink;
    struct genlmsghdr generic;
    struct nlattr attribute;
    char value[256];
};

/* Sends a request. Gives 0 or -errno. */
static int ask(uint16_t type, uint8_t command, uint16_t attribute, const char *value,
               uint16_t length) {
    struct request request = {
        .netlink = {.nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK, .nlmsg_seq = 1},
        .generic = {.cmd = command, .version = 1},
        .attribute = {.nla_type = attribute, .nla_len = (uint16_t)(NLA_HDRLEN + length)},
    };
    memcpy(request.value, value, length);
    request.netlink.nlmsg_len = (uint32_t)(offsetof(struct request, value) + NLA_ALIGN(length));
    return send(netlink, &request, request.netlink.nlmsg_len, 0) < 0 ? -errno : 0;
}

/* The attribute of that type in `length` bytes, or NULL; `*size` gets the size of its payload. */
static const unsigned char *find(const unsigned char *bytes, size_t length, uint16_t type,
                                 size_t *size) {
    struct nlattr attribute;
    while (length >= sizeof attribute) {
        memcpy(&attribute, bytes, sizeof attribute);
        if (attribute.nla_len < sizeof attribute || attribute.nla_len > length) {
            return NULL;
        }
        if ((attribute.nla_type & NLA_TYPE_MASK) == type) {
            *size = attribute.nla_len - NLA_HDRLEN;
            return bytes + NLA_HDRLEN;
        }
        size_t step = NLA_ALIGN(attribute.nla_len);
        if (step > length) {
            return NULL;
        }
        bytes += step;
        length -= step;
    }
    return NULL;
}

/*
 * Reads answers up to the acknowledgement. Gives its errno, negative, and in `family` the number of
 * the protocol where an answer has it.
 */
static int read_answers(uint16_t *family) {
    unsigned char bytes[4096];
    for (int i = 0; i < 16; i++) {
        struct nlmsghdr head;
        ssize_t got = recv(netlink, bytes, sizeof bytes, MSG_DONTWAIT);
        if (got < (ssize_t)sizeof head) {
            return got < 0 ? -errno : -EPROTO;
        }
        memcpy(&head, bytes, sizeof head);
        if (head.nlmsg_type == NLMSG_ERROR) {
            struct nlmsgerr error;
            memcpy(&error, bytes + NLMSG_HDRLEN, sizeof error);
            return error.error;
        }
        size_t size;
        const unsigned char *number =
            find(bytes + NLMSG_HDRLEN + GENL_HDRLEN, (size_t)got - NLMSG_HDRLEN - GENL_HDRLEN,
                 CTRL_ATTR_FAMILY_ID, &size);
        if (number != NULL && size == sizeof *family) {
            memcpy(family, number, sizeof *family);
        }
    }
    return -EPROTO;
}

/* All processors that there can be: "0-3". */
static int read_processors(char *list, size_t size) {
    int fd = open("/sys/devices/system/cpu/possible", O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, list, size - 1) : -1;
    if (fd >= 0) {
        close(fd);
    }
    if (got <= 1) {
        return 0;
    }
    list[got - 1] = 0; /* instead of the newline */
    return 1;
}

static int listen_to_all(void) {
    static const char name[] = TASKSTATS_GENL_NAME;
    char processors[128];
    uint16_t family = 0;
    int result = ask(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_NAME, name, sizeof name);
    result = result == 0 ? read_answers(&family) : result;
    if (result != 0 || family == 0) {
        return result != 0 ? result : -ENOENT;
    }
    if (!read_processors(processors, sizeof processors)) {
        return -ENOENT;
    }
    result = ask(family, TASKSTATS_CMD_GET, TASKSTATS_CMD_ATTR_REGISTER_CPUMASK, processors,
                 (uint16_t)(strlen(processors) + 1));
    return result == 0 ? read_answers(&family) : result;
}

int accounting_open(uint32_t buffer) {
    int size = buffer < INT32_MAX / 2 ? (int)buffer : INT32_MAX / 2;
    netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
    if (netlink < 0) {
        return -errno;
    }
    setsockopt(netlink, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    int result = listen_to_all();
    if (result != 0) {
        close(netlink);
        netlink = -1;
    }
    return result;
}

/*
 * The times of the kernel's accounting are in jiffies on most machines; what the scheduler measured is
 * divided as they are, as the kernel does for /proc.
 */
static void use(const struct taskstats *stats) {
    uint64_t user = stats->ac_utime;
    uint64_t system = stats->ac_stime;
    uint64_t measured = stats->cpu_run_virtual_total / NANOSECONDS;
    uint32_t pid = stats->ac_pid;
#if TASKSTATS_VERSION >= VERSION_WITH_TGID
    pid = stats->version >= VERSION_WITH_TGID && stats->ac_tgid != 0 ? stats->ac_tgid : pid;
#endif
    if (measured > 0) {
        uint64_t all = user + system;
        uint64_t part = all > 0 ? (uint64_t)((double)measured * (double)system / (double)all) : 0;
        user = measured - part;
        system = part;
    }
    lineage_used((int)pid, user, system);
}

static void take(const unsigned char *bytes, size_t length) {
    struct taskstats stats = {0};
    size_t size;
    if (length < NLMSG_HDRLEN + GENL_HDRLEN) {
        return;
    }
    const unsigned char *group = find(bytes + NLMSG_HDRLEN + GENL_HDRLEN,
                                      length - NLMSG_HDRLEN - GENL_HDRLEN,
                                      TASKSTATS_TYPE_AGGR_PID, &size);
    const unsigned char *found =
        group != NULL ? find(group, size, TASKSTATS_TYPE_STATS, &size) : NULL;
    if (found != NULL) {
        memcpy(&stats, found, size < sizeof stats ? size : sizeof stats);
        use(&stats);
    }
}

/* What one call gives. Gives how many messages, or -errno. */
static int take_some(void) {
    static unsigned char bytes[MESSAGES][MESSAGE_MAX] __attribute__((aligned(8)));
    static struct mmsghdr messages[MESSAGES];
    static struct iovec data[MESSAGES];
    static struct sockaddr_nl from[MESSAGES];
    for (int i = 0; i < MESSAGES; i++) {
        data[i] = (struct iovec){.iov_base = bytes[i], .iov_len = MESSAGE_MAX};
        messages[i].msg_hdr = (struct msghdr){
            .msg_name = &from[i],
            .msg_namelen = sizeof from[i],
            .msg_iov = &data[i],
            .msg_iovlen = 1,
        };
    }
    int count = recvmmsg(netlink, messages, MESSAGES, MSG_DONTWAIT, NULL);
    for (int i = 0; i < count; i++) {
        if (from[i].nl_pid == 0) {
            take(bytes[i], messages[i].msg_len);
        }
    }
    return count < 0 ? -errno : count;
}

void accounting_drain(void) {
    for (int round = 0; netlink >= 0 && round < ROUNDS_MAX; round++) {
        int result = take_some();
        /* Dropped messages cannot be had again: figures are too low then. */
        if (result == -EAGAIN || (result >= 0 && result < MESSAGES)) {
            return;
        }
    }
}
