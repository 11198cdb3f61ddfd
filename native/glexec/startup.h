/* What a set-uid program inherits from an unfriendly caller, made harmless. */
#ifndef GLEXEC_STARTUP_H
#define GLEXEC_STARTUP_H

/*
 * Closes descriptors from 3 on, opens /dev/null where 0 to 2 are closed, takes the environment away
 * from every library, and resets what execve(2) hands on: signal actions and mask, timers, umask, and
 * the resource limits that could end this program before its work is done. Gives the caller's
 * environment, which is not to be trusted; NULL where it failed.
 */
char **startup_disarm(void);

/* Gives the process the resource limits back that it was started with: for the payload. */
void startup_restore_limits(void);

#endif
