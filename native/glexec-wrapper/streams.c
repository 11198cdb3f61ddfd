#include "wrapper.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const char *const stream_names[] = {"stdin", "stdout", "stderr"};

/* Above the standard ones: what lies there is still in use. */
static int above_standard(int fd) {
    if (fd < 0 || fd > 2) {
        return fd;
    }
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    int error = errno;
    close(fd);
    errno = error;
    return moved;
}

static int open_stream(int number, const char *name) {
    if (number == 0) {
        return above_standard(open(name, O_RDONLY | O_CLOEXEC));
    }
    return above_standard(open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
}

int streams_open(struct streams *streams, char *const names[3], struct trouble *trouble) {
    for (int i = 0; i < 3; i++) {
        if (strcmp(names[i], "-") == 0) {
            continue;
        }
        int is_same = i == 2 && strcmp(names[1], names[2]) == 0;
        streams->fd[i] = is_same ? streams->fd[1] : open_stream(i, names[i]);
        if (streams->fd[i] < 0) {
            int error = -errno;
            trouble_note(trouble, i == 0   ? "cannot open for stdin"
                                  : i == 1 ? "cannot open for stdout"
                                           : "cannot open for stderr",
                         names[i], error);
            return -1;
        }
    }
    return 0;
}

int streams_place(const struct streams *streams, struct trouble *trouble) {
    for (int i = 0; i < 3; i++) {
        if (dup2(streams->fd[i], i) < 0) {
            trouble_note(trouble, "cannot place", stream_names[i], -errno);
            return -1;
        }
    }
    return 0;
}
