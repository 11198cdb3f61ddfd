/* What glexec itself exits with; every other code is the payload's. gLExec's manual, since 0.6.0. */
#ifndef GLEXEC_EXIT_CODES_H
#define GLEXEC_EXIT_CODES_H

enum glexec_exit {
    EXIT_CANNOT_EXECUTE = 126,  /* the payload was found, but could not be executed */
    EXIT_CALLER = 201,          /* the caller's mistake: proxy file, target place, command */
    EXIT_INTERNAL = 202,        /* configuration, map files, the system, the epilogue */
    EXIT_DENIED = 203,          /* not authorised */
    EXIT_PAYLOAD_RESERVED = 204 /* the payload, or the epilogue, itself exited with 201 to 204 */
};

#endif
