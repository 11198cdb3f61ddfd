/*
 * What condor_glexec_job_wrapper and a starter say to each other over a socket. Numbers are in the
 * machine's own byte order. Source: HTCondor 7.7.2 to 9.10.
 *
 *   wrapper                                starter
 *   HELLO, 4 bytes                   →
 *                                    ←     int32 length, with the NUL; then the environment
 *                                    ←     for each of stdin, stdout, stderr given as `-`:
 *                                          one byte with a descriptor
 *                                    ←     one byte with a descriptor: a new socket
 *   on the new socket: nothing and its
 *   end, when the job was executed; or
 *   a sentence with its NUL          →
 *
 * The new socket is there because a gLExec that lingers holds the first one open.
 */
#ifndef EYRIE_GLEXEC_CHANNEL_H
#define EYRIE_GLEXEC_CHANNEL_H

#include <stddef.h>
#include <stdint.h>

#define CHANNEL_HELLO 0xdeadbeefu
/* Bytes of a sentence, its NUL included. */
#define CHANNEL_SENTENCE_MAX 255

/* All give 0, or a negative errno: -ECONNRESET where the starter has closed the socket. */
int channel_hello(int socket);
/* Exactly so many bytes; none behind them, where a descriptor may come. */
int channel_read(int socket, void *bytes, size_t length);
/* A byte with a descriptor, which is closed on exec. -EBADMSG where there was none, or several. */
int channel_receive(int socket, int *fd);
/* What the starter tells its user. */
int channel_tell(int socket, const char *sentence);

#endif
