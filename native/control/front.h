/*
 * What condor_procd and eyrie-control, the front of its control endpoint, say to each other.
 * src/kernel/structs.ts repeats the structures and tables (a test compares them).
 *
 *   procd → BEGIN: the limits; and on the socket of packets a listening socket for each `detail`
 *   front → OPENED: somebody has connected; nothing is read from him yet
 *   procd → ADMIT: what he sends may be read
 *   front → FRAME: one came, and as many descriptors on the socket of packets, sent before
 *   procd → SEND: a frame for him, any number of times
 *   procd → READY: his next frame may be read
 *   front → FAULT: what he sent is no frame; nothing more is read from him
 *   procd → CLOSE: hang up when all is sent
 *   front → CLOSED: he has hung up, or was cut off; his number means nobody any more
 *
 * Numbers are in this machine's order: both ends are one installation.
 */
#ifndef EYRIE_CONTROL_FRONT_H
#define EYRIE_CONTROL_FRONT_H

#include <stdint.h>

#define FRONT_KINDS(K)                                                                             \
    K(BEGIN, 1)                                                                                    \
    K(OPENED, 2)                                                                                   \
    K(FRAME, 3)                                                                                    \
    K(FAULT, 4)                                                                                    \
    K(CLOSED, 5)                                                                                   \
    K(ADMIT, 6)                                                                                    \
    K(SEND, 7)                                                                                     \
    K(READY, 8)                                                                                    \
    K(CLOSE, 9)

#define FRONT_KIND_NUMBER(name, number) FRONT_##name = number,
enum front_kind { FRONT_KINDS(FRONT_KIND_NUMBER) };

/* What is wrong with what a client sent. */
#define FRONT_FAULTS(F)                                                                            \
    F(NONE, 0)                                                                                     \
    F(TOO_LARGE, 1)                                                                                \
    F(EMPTY, 2)                                                                                    \
    F(SLOW, 3)                                                                                     \
    F(DESCRIPTORS, 4)

#define FRONT_FAULT_NUMBER(name, number) FRONT_FAULT_##name = number,
enum front_fault { FRONT_FAULTS(FRONT_FAULT_NUMBER) };

/* What comes before each payload. */
struct front_record {
    uint32_t length; /* of the payload: limits, or a frame with its length before it */
    uint32_t kind;
    uint32_t connection;
    uint32_t detail; /* FRAME: descriptors; FAULT: the enum front_fault; OPENED: 1 over TCP */
    uint32_t uid;    /* OPENED */
    int32_t pid;     /* OPENED; 0 over TCP */
};

/* Payload of BEGIN. */
struct front_limits {
    uint32_t frame_bytes; /* of one frame, without its length */
    uint32_t connections; /* FRONT_CONNECTIONS_MAX at most */
    uint32_t per_user;    /* connections of one uid */
    uint32_t frame_ms;    /* for the rest of a frame that has begun */
    uint32_t linger_ms;   /* for a client to read the last of what is sent to him */
    uint32_t output_bytes; /* that wait for a client to read them */
};

#define FRONT_CONNECTIONS_MAX 1024
#define FRONT_DESCRIPTORS_MAX 8
/* A frame's own length: little-endian. */
#define FRONT_FRAME_HEAD 4
/* More than any frame is allowed to have. */
#define FRONT_FRAME_MAX (1u << 20)

/* Descriptors that procd gives: native/border/agent.c. */
enum { FRONT_FD_LISTENER = 3, FRONT_FD_PROCD = 4, FRONT_FD_DESCRIPTORS = 5 };

/*
 * What `condor_procd --inetd` sends to the socket of handed over connections, with the connection as
 * its descriptor; one byte comes back when it is taken.
 */
struct front_handover {
    uint32_t uid; /* proven */
    uint32_t reserved;
};

#endif
