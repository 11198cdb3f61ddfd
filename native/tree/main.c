/*
 * eyrie-tree: removes, measures or gives away a whole tree.
 *
 *   eyrie-tree remove NAME
 *   eyrie-tree measure NAME
 *   eyrie-tree chown FROM_UID TO_UID TO_GID NAME
 *
 * NAME is an entry of the directory that is open as descriptor 3. The report goes to standard
 * output as one struct tree_report. Exit status 0 when it was written, whatever it says.
 */
#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "capabilities.h"
#include "tree.h"

#define FD_PARENT 3
#define USAGE_STATUS 2

/* Reads an id. Gives false where the text is none. */
static int read_id(const char *text, uint32_t *id) {
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (errno != 0 || *text < '0' || *text > '9' || *end != 0 || value >= UINT32_MAX) {
        return 0;
    }
    *id = (uint32_t)value;
    return 1;
}

/* Reads the arguments. Gives the name to work on, NULL where they are wrong. */
static const char *read_arguments(struct tree *tree, int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "remove") == 0) {
        tree->work = &remove_work;
        return argv[2];
    }
    if (argc == 3 && strcmp(argv[1], "measure") == 0) {
        tree->work = &measure_work;
        return argv[2];
    }
    if (argc == 6 && strcmp(argv[1], "chown") == 0 && read_id(argv[2], &tree->from_uid) &&
        read_id(argv[3], &tree->to_uid) && read_id(argv[4], &tree->to_gid)) {
        tree->work = &chown_work;
        return argv[5];
    }
    return NULL;
}

/* One component: it cannot lead out of the directory that was given. */
static int is_entry(const char *name) {
    return *name != 0 && strchr(name, '/') == NULL && strcmp(name, ".") != 0 &&
           strcmp(name, "..") != 0;
}

/* As root: only what walking through other people's files takes. */
static int drop_privileges(void) {
    const uint64_t keep = 1ull << CAP_DAC_OVERRIDE | 1ull << CAP_DAC_READ_SEARCH |
                          1ull << CAP_FOWNER | 1ull << CAP_CHOWN;
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? capabilities_keep(keep) : -errno;
}

int main(int argc, char **argv) {
    static struct tree tree = {.parent = FD_PARENT};
    const char *name = read_arguments(&tree, argc, argv);
    if (name == NULL || !is_entry(name)) {
        return USAGE_STATUS;
    }
    prctl(PR_SET_NAME, "eyrie-tree", 0, 0, 0);
    /* A job of the starter's own user must not tell us what to report. */
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (drop_privileges() != 0) {
        return 1;
    }
    tree_walk(&tree, name);
    return write(STDOUT_FILENO, &tree.report, sizeof tree.report) ==
                   (ssize_t)sizeof tree.report
               ? 0
               : 1;
}
