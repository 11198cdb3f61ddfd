/* The parts of condor_glexec_job_wrapper. */
#ifndef EYRIE_GLEXEC_WRAPPER_H
#define EYRIE_GLEXEC_WRAPPER_H

#include "channel.h"

/* What goes wrong first; nothing before `text` is filled. */
struct trouble {
    char text[CHANNEL_SENTENCE_MAX];
};

/* Keeps a sentence, unless there is one. A negative errno is told, by name of the system and number. */
void trouble_note(struct trouble *trouble, const char *what, const char *which, int error);

/* The standard streams: opened by name, or received. */
struct streams {
    int fd[3];
};

/*
 * Opens those of stdin, stdout and stderr that have a name; `-` stands for one that was received. The same
 * name for stdout and stderr is one file. Gives 0, or -1 and a sentence.
 */
int streams_open(struct streams *streams, char *const names[3], struct trouble *trouble);

/* Makes them 0, 1 and 2. Gives 0, or -1 and a sentence. */
int streams_place(const struct streams *streams, struct trouble *trouble);

#endif
