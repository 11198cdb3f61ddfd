/*
 * condor_glexec_job_wrapper: what gLExec runs as the mapped user to become a job.
 *
 *   condor_glexec_job_wrapper STDIN STDOUT STDERR COMMAND [ARGUMENT...]
 *
 * gLExec hands on no environment and no open files, and its exit status does not tell whose it is. So the
 * starter speaks to this program through a socket, its standard input: channel.h has the words. A stream
 * is the name of a file, or `-` where its descriptor comes through the socket.
 *
 * What goes wrong before the starter has heard us goes to standard error, which it reads for gLExec's own
 * words; what goes wrong later is kept until there is the new socket to tell it through. Exit status 1.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "descriptors.h"
#include "environment.h"
#include "wrapper.h"

extern char **environ;

static _Noreturn void fail(const char *what, int error) {
    struct trouble trouble = {""};
    trouble_note(&trouble, what, "", error);
    fprintf(stderr, "condor_glexec_job_wrapper: %s\n", trouble.text);
    exit(1);
}

/* Reads the environment's text. Whoever sends another length cannot be understood any further. */
static char **read_environment(int starter, struct trouble *trouble) {
    int32_t length;
    int error = channel_read(starter, &length, sizeof length);
    if (error != 0) {
        fail("cannot read the length of the environment", error);
    }
    if (length <= 0 || (uint32_t)length > ENVIRONMENT_MAX) {
        fprintf(stderr, "condor_glexec_job_wrapper: the environment cannot have %d bytes\n", length);
        exit(1);
    }
    char *text = malloc((size_t)length);
    if (text == NULL) {
        fail("no memory for the environment", -ENOMEM);
    }
    error = channel_read(starter, text, (size_t)length);
    if (error != 0) {
        fail("cannot read the environment", error);
    }
    const char *why = "";
    char **own = environment_parse(text, (size_t)length, &why);
    if (own == NULL) {
        trouble_note(trouble, why, "", 0);
        return environ;
    }
    char **joined = environment_join(environ, own);
    if (joined == NULL) {
        fail("no memory for the environment", -ENOMEM);
    }
    return joined;
}

static void receive_streams(int starter, char *const names[3], struct streams *streams) {
    for (int i = 0; i < 3; i++) {
        if (strcmp(names[i], "-") != 0) {
            continue;
        }
        int error = channel_receive(starter, &streams->fd[i]);
        if (error != 0) {
            fail("cannot receive a standard stream", error);
        }
    }
}

static _Noreturn void tell(int report, const struct trouble *trouble) {
    channel_tell(report, trouble->text);
    exit(1);
}

/* Becomes the job. Descriptor 3 is for the report and ends with the exec; none above it is for the job. */
static _Noreturn void execute(char **argv, char **environment, int report) {
    struct trouble trouble = {""};
    if (report != 3 && dup3(report, 3, O_CLOEXEC) < 0) {
        trouble_note(&trouble, "cannot place the new socket", "", -errno);
        tell(report, &trouble);
    }
    close_descriptors(4, ~0u);
    execve(argv[0], argv, environment);
    trouble_note(&trouble, "cannot execute", argv[0], -errno);
    tell(3, &trouble);
}

int main(int argc, char **argv) {
    if (argc < 5) {
        fail("expected STDIN STDOUT STDERR COMMAND [ARGUMENT...]", 0);
    }
    int starter = fcntl(0, F_DUPFD_CLOEXEC, 3);
    if (starter < 0) {
        fail("cannot keep the starter's socket", -errno);
    }
    int error = channel_hello(starter);
    if (error != 0) {
        fail("cannot speak to the starter", error);
    }
    struct trouble trouble = {""};
    struct streams streams = {{-1, -1, -1}};
    char **environment = read_environment(starter, &trouble);
    receive_streams(starter, argv + 1, &streams);
    int report;
    error = channel_receive(starter, &report);
    if (error != 0) {
        fail("cannot receive the new socket", error);
    }
    if (trouble.text[0] != 0 || streams_open(&streams, argv + 1, &trouble) != 0 ||
        streams_place(&streams, &trouble) != 0) {
        tell(report, &trouble);
    }
    execute(argv + 4, environment, report);
}
