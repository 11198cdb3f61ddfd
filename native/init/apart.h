/*
 * Init where somebody else starts it than the starter: gLExec, as the account of a job's proxy. What the
 * starter hands on comes through a socket then, and the namespaces are made here, after the switch.
 */
#ifndef EYRIE_APART_H
#define EYRIE_APART_H

#include "init.h"

/*
 * Takes the descriptors of launch.h from standard input, where they came in one message (LAUNCH_PARCEL),
 * and makes the standard streams /dev/null. False: they did not come; there is nobody to tell.
 */
int apart_receive(void);

/*
 * Divides this process: the child, in the plan's namespaces and with its ids mapped, goes on as init and
 * gets -1. This process waits for it, since gLExec waits for us, and gets the exit status to end with.
 */
int apart_divide(const struct init *init);

#endif
