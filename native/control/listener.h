/* Those who want to connect: at the socket itself, or handed over by `condor_procd --inetd`. */
#ifndef EYRIE_CONTROL_LISTENER_H
#define EYRIE_CONTROL_LISTENER_H

#include <stdint.h>

/* Listens on the socket, and on that of handed over connections where it is not -1. Gives 0 or -1. */
int listener_begin(int handovers);

/* Takes those who wait, as far as there is room. */
void listener_heed(void);
void handovers_heed(void);

/* A connection on which one is handed over has something to say, or its time is up. */
void handover_heed(void);

/* Begins or ceases to listen, as there is room or not. Gives in how many milliseconds to ask again. */
int listener_adjust(void);

#endif
