/*
 * The clients that are connected. Each has a place, and a number that names place and turn: a number
 * of before never means somebody else.
 */
#ifndef EYRIE_CONTROL_CLIENT_H
#define EYRIE_CONTROL_CLIENT_H

#include <stdint.h>

#include "frame.h"
#include "front.h"
#include "output.h"

enum client_state {
    CLIENT_NONE,
    CLIENT_NEW,     /* procd has not said yet whether he may speak */
    CLIENT_READING, /* of a frame, or of none yet */
    CLIENT_WAITING, /* for procd's READY; his next frame stays in the socket */
    CLIENT_FAULTY,  /* nothing is read any more */
    CLIENT_ENDING,  /* what is left is sent */
    CLIENT_LINGERS, /* all is sent: he may read it until he hangs up */
};

struct client {
    enum client_state state;
    int socket;
    uint32_t turn;
    uint32_t uid;
    uint64_t deadline; /* in milliseconds of CLOCK_MONOTONIC; 0: none */
    uint32_t interest; /* what epoll tells of */
    struct frame frame;
    struct output output;
};

extern struct front_limits limits;
extern int epoll;

/* What epoll's data means: a client's number, or one of these, which are larger than any. */
#define FROM_PROCD (1ull << 32)
#define FROM_LISTENER (2ull << 32)
#define FROM_HANDOVERS (3ull << 32)
#define FROM_HANDOVER (4ull << 32)

uint64_t now_ms(void);

/* Takes a connection and tells procd of it. Gives -1 where its user has too many. */
int client_open(int socket, uint32_t uid, int32_t pid, int over_tcp);

/* Whether any other one may come. */
int clients_have_room(void);

/* The one with a number; NULL: he is gone. */
struct client *client_find(uint32_t number);

/* What procd says of a client: kinds ADMIT, SEND, READY and CLOSE. */
void client_told(struct client *client, const struct front_record *record,
                 const unsigned char *payload);

/* epoll tells something of a client. */
void client_heed(struct client *client, uint32_t events);

/* Looks after those whose time is up. Gives in how many milliseconds the next one's is; -1: never. */
int clients_check_time(void);

/* Whether all may be read from: not while procd is slow to take what came. */
void clients_pause(int paused);

#endif
