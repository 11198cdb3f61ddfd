/*
 * eyrie-account: finds and ends what belongs to user ids.
 *
 *   eyrie-account processes
 *   eyrie-account kill MILLISECONDS UID
 *   eyrie-account end MILLISECONDS PID BIRTHDAY
 *   eyrie-account remove-ipc UID
 *
 * Descriptor 3 is /proc. `processes` writes a struct account_process for each, the others one struct
 * account_report, to standard output. Exit status 0 when that was written, whatever it says. Root's uid
 * is refused.
 */
#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "account.h"
#include "capabilities.h"
#include "ids.h"

#define USAGE_STATUS 2

static int is_word(const char *word, const char *expected) {
    return strcmp(word, expected) == 0;
}

/* What the work takes, and no more. */
static int drop_privileges(int is_ipc) {
    const uint64_t keep = 1ull << CAP_DAC_READ_SEARCH | 1ull << CAP_SYS_PTRACE |
                          1ull << CAP_SETUID | 1ull << CAP_KILL |
                          /* A mount of the message queues. */
                          (is_ipc ? 1ull << CAP_SYS_ADMIN : 0);
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? capabilities_keep(keep) : -errno;
}

/* Does what the arguments say. Gives false where they are wrong. */
static int obey(int argc, char **argv, struct account_report *report) {
    uint32_t uid, time, pid;
    if (argc == 4 && is_word(argv[1], "kill") && id_read(argv[2], &time) &&
        id_read_account(argv[3], &uid)) {
        account_kill(uid, time, report);
        return 1;
    }
    if (argc == 5 && is_word(argv[1], "end") && id_read(argv[2], &time) && id_read(argv[3], &pid) &&
        pid > 1) {
        account_end((int)pid, strtoull(argv[4], NULL, 10), time, report);
        return 1;
    }
    if (argc == 3 && is_word(argv[1], "remove-ipc") && id_read_account(argv[2], &uid)) {
        account_remove_ipc(uid, report);
        return 1;
    }
    return 0;
}

int main(int argc, char **argv) {
    struct account_report report = {0};
    prctl(PR_SET_NAME, "eyrie-account", 0, 0, 0);
    if (argc < 2) {
        return USAGE_STATUS;
    }
    if (drop_privileges(is_word(argv[1], "remove-ipc")) != 0) {
        return 1;
    }
    if (argc == 2 && is_word(argv[1], "processes")) {
        return processes_print() == 0 ? 0 : 1;
    }
    if (!obey(argc, argv, &report)) {
        return USAGE_STATUS;
    }
    return write(STDOUT_FILENO, &report, sizeof report) == (ssize_t)sizeof report ? 0 : 1;
}
