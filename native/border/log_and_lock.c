/* eyrie_lock_file, eyrie_syslog: see border.h. */
#include <errno.h>
#include <sys/file.h>
#include <syslog.h>

#include "border.h"

int eyrie_lock_file(int descriptor) {
    return flock(descriptor, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
}

int eyrie_syslog(const char *program, const char *text) {
    openlog(program, LOG_PID, LOG_DAEMON);
    syslog(LOG_NOTICE, "%s", text);
    /* The next call may bring the name at another place. */
    closelog();
    return 0;
}
