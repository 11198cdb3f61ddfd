#include "events.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lineage.h"
#include "ticks.h"

/* PROC_EVENT_… of linux/cn_proc.h; older headers have no names for all numbers. */
enum { EVENT_NONE = 0, EVENT_FORK = 1 };
#define EVENT_EXIT 0x80000000u

/* Its struct proc_input, since Linux 6.6; older kernels want the operation alone. */
struct listen_input {
    uint32_t operation;
    uint32_t events;
};

/* Where things are in a message. */
#define AT_CONNECTOR NLMSG_HDRLEN
#define AT_EVENT (AT_CONNECTOR + sizeof(struct cn_msg))
#define AT_WHAT (AT_EVENT + offsetof(struct proc_event, what))
#define AT_DATA (AT_EVENT + offsetof(struct proc_event, event_data))
#define AT_CHILD (AT_DATA + offsetof(struct fork_proc_event, child_pid))

#define MESSAGES 128
#define MESSAGE_MAX 128

/* A flood does not keep the program here for good: the rest is taken the next time. */
#define ROUNDS_MAX 4096

/* Bytes that hold the events of a busy machine for a twentieth of a second. */
#define ROOM (8 << 20)

static int netlink = -1;

/* The kernel's answer to ask(): an errno, or -1 while there is none. */
static int answer = -1;

/*
 * Threads are none of our business: of forks and exits only those of a process's first thread pass,
 * of all else the kernel's answer to our own call. Numbers are loaded in network order.
 */
static int set_filter(void) {
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT_WHAT),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(EVENT_FORK), 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(EVENT_EXIT), 5, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, EVENT_NONE, 8, 9),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT_CHILD),
        BPF_STMT(BPF_MISC | BPF_TAX, 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT_CHILD + 4),
        BPF_JUMP(BPF_JMP | BPF_JA, 3, 0, 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT_DATA),
        BPF_STMT(BPF_MISC | BPF_TAX, 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT_DATA + 4),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, MESSAGE_MAX),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    struct sock_fprog program = {.len = sizeof steps / sizeof *steps, .filter = steps};
    return setsockopt(netlink, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

static void take(const unsigned char *bytes, size_t length) {
    struct cn_msg head;
    struct proc_event event = {0};
    if (length < AT_DATA + sizeof event.event_data.ack) {
        return;
    }
    memcpy(&head, bytes + AT_CONNECTOR, sizeof head);
    length -= AT_EVENT;
    memcpy(&event, bytes + AT_EVENT, length < sizeof event ? length : sizeof event);
    if (head.id.idx != CN_IDX_PROC || head.id.val != CN_VAL_PROC) {
        return;
    }
    if ((uint32_t)event.what == EVENT_FORK) {
        lineage_fork(event.event_data.fork.parent_tgid, event.event_data.fork.child_tgid,
                     ticks_of_monotonic(event.timestamp_ns));
    } else if ((uint32_t)event.what == EVENT_EXIT) {
        lineage_exit(event.event_data.exit.process_tgid);
    } else if (head.ack == (uint32_t)getpid() + 1) {
        answer = (int)event.event_data.ack.err;
    }
}

/* Takes what one call gives. Gives how many messages, or -errno. */
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
    if (count < 0) {
        return -errno;
    }
    for (int i = 0; i < count; i++) {
        if (from[i].nl_pid == 0) { /* the kernel, and nobody who claims to be it */
            take(bytes[i], messages[i].msg_len);
        }
    }
    return count;
}

int events_drain(void) {
    int result = 0;
    int is_whole = 1;
    for (int round = 0; netlink >= 0 && round < ROUNDS_MAX; round++) {
        result = take_some();
        if (result == -ENOBUFS) {
            is_whole = 0;
        } else if (result == -EAGAIN || (result >= 0 && result < MESSAGES)) {
            break;
        }
    }
    return is_whole;
}

/* Asks for events. Gives 0 or -errno. */
static int ask(const struct listen_input *input, size_t input_size) {
    unsigned char bytes[NLMSG_SPACE(sizeof(struct cn_msg) + sizeof *input)] = {0};
    struct cn_msg head = {
        .id = {CN_IDX_PROC, CN_VAL_PROC},
        .ack = (uint32_t)getpid(),
        .len = (uint16_t)input_size,
    };
    struct nlmsghdr netlink_head = {
        .nlmsg_len = (uint32_t)NLMSG_LENGTH(sizeof head + input_size),
        .nlmsg_type = NLMSG_DONE,
    };
    memcpy(bytes, &netlink_head, sizeof netlink_head);
    memcpy(bytes + AT_CONNECTOR, &head, sizeof head);
    memcpy(bytes + AT_EVENT, input, input_size);
    return send(netlink, bytes, netlink_head.nlmsg_len, 0) < 0 ? -errno : 0;
}

/*
 * First in the words of all kernels, to which the answer is there when the call is over, if there is
 * one: in another PID namespace nobody answers. Then once more with the choice of events, which
 * newer kernels make before the filter does; it leaves out their answer, and the others give none.
 */
static int ask_for_events(void) {
    const struct listen_input input = {PROC_CN_MCAST_LISTEN, EVENT_FORK | EVENT_EXIT};
    int result = ask(&input, sizeof input.operation);
    if (result == 0) {
        events_drain();
        result = answer >= 0 ? -answer : -EOPNOTSUPP;
    }
    return result == 0 ? ask(&input, sizeof input) : result;
}

static int listen_to_events(uint32_t buffer, enum families_call *call) {
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC};
    int size = buffer < INT32_MAX / 2 ? (int)buffer : INT32_MAX / 2;
    *call = FAMILIES_CALL_SOCKET;
    netlink = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR);
    if (netlink < 0 || set_filter() != 0) {
        return -errno;
    }
    if (setsockopt(netlink, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0) {
        setsockopt(netlink, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    }
    *call = FAMILIES_CALL_BIND;
    if (bind(netlink, (const struct sockaddr *)&address, sizeof address) != 0) {
        return -errno;
    }
    *call = FAMILIES_CALL_LISTEN;
    return ask_for_events();
}

int events_open(uint32_t buffer, enum families_call *call) {
    int result = listen_to_events(buffer, call);
    if (result == 0) {
        return netlink;
    }
    if (netlink >= 0) {
        close(netlink);
    }
    netlink = -1;
    return result;
}

int events_are_told(void) {
    return netlink >= 0;
}

int events_have_room(void) {
    static int size;
    socklen_t length = sizeof size;
    if (size == 0) {
        getsockopt(netlink, SOL_SOCKET, SO_RCVBUF, &size, &length);
    }
    return size >= ROOM;
}
