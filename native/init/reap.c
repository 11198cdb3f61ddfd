#include "reap.h"

#include <errno.h>
#include <sys/wait.h>

#include "family.h"

#define AT_ONCE 64

static void note_end(struct init *init, int status) {
    init->job_status = status;
    init->job = 0;
}

int reap(struct init *init) {
    int status;
    /* The job first: among thousands of others its turn could come late. */
    if (init->job != 0 && waitpid(init->job, &status, WNOHANG) == init->job) {
        note_end(init, status);
        return REAP_MORE;
    }
    for (int i = 0; i < AT_ONCE; i++) {
        pid_t pid = waitpid(-1, &status, WNOHANG);
        if (pid <= 0) {
            return pid < 0 && errno == ECHILD ? REAP_CHILDLESS : REAP_DONE;
        }
        family_forget(pid);
        if (pid == init->job) {
            note_end(init, status);
            return REAP_MORE;
        }
    }
    return REAP_MORE;
}
