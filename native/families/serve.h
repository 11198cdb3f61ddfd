/* Requests, carried out. */
#ifndef EYRIE_FAMILIES_SERVE_H
#define EYRIE_FAMILIES_SERVE_H

/* What epoll holds of descriptors; of a watched process it is its number << 32 | 1. */
enum { SERVE_FROM_REQUESTS = 2, SERVE_FROM_EVENTS = 3, SERVE_FROM_FORKERS = 4 };

/* Reads what has come and carries it out. Gives false at the end of the socket, or of all sense. */
int serve(int epoll);

/* What to wait for where events are told, or -1. */
int serve_events(void);

#endif
