/*
 * eyrie-tree: removes, measures or gives away a whole tree.
 *
 *   eyrie-tree remove NAME
 *   eyrie-tree measure NAME
 *   eyrie-tree chown FROM_UID TO_UID TO_GID MODE NAME
 *   eyrie-tree remove-owned UID
 *
 * NAME is an entry of the directory that is open as descriptor 3, MODE what the top gets, in octal.
 * remove-owned works on that directory itself, which stays. The report goes to standard
 * output as one struct tree_report. Exit status 0 when it was written, whatever it says.
 */
#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "capabilities.h"
#include "ids.h"
#include "tree.h"

#define FD_PARENT 3
#define USAGE_STATUS 2

/* Reads permission bits in octal. Gives false where the text is none. */
static int read_mode(const char *text, uint32_t *mode) {
    char *end;
    unsigned long value = strtoul(text, &end, 8);
    *mode = (uint32_t)value;
    return *text >= '0' && *text <= '7' && *end == 0 && value <= 0777;
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
    if (argc == 3 && strcmp(argv[1], "remove-owned") == 0 &&
        id_read_account(argv[2], &tree->owner)) {
        tree->work = &remove_owned_work;
        return ".";
    }
    if (argc == 7 && strcmp(argv[1], "chown") == 0 && id_read(argv[2], &tree->from_uid) &&
        id_read(argv[3], &tree->to_uid) && id_read(argv[4], &tree->to_gid) &&
        read_mode(argv[5], &tree->mode)) {
        return argv[6];
    }
    return NULL;
}

/* One component: it cannot lead out of the directory that was given. */
static int is_entry(const char *name) {
    return *name != 0 && strchr(name, '/') == NULL && strcmp(name, ".") != 0 &&
           strcmp(name, "..") != 0;
}

/* As root: only what walking through other people's files takes. */
static int drop_privileges(int is_chown) {
    const uint64_t keep = 1ull << CAP_DAC_OVERRIDE | 1ull << CAP_DAC_READ_SEARCH |
                          1ull << CAP_FOWNER | 1ull << CAP_CHOWN |
                          /* To take a file's capabilities away. */
                          (is_chown ? 1ull << CAP_SETFCAP : 0);
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? capabilities_keep(keep) : -errno;
}

int main(int argc, char **argv) {
    static struct tree tree = {.parent = FD_PARENT};
    const char *name = read_arguments(&tree, argc, argv);
    if (name == NULL || (tree.work != &remove_owned_work && !is_entry(name))) {
        return USAGE_STATUS;
    }
    prctl(PR_SET_NAME, "eyrie-tree", 0, 0, 0);
    /* A job of the starter's own user must not tell us what to report. */
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (drop_privileges(tree.work == NULL) != 0) {
        return 1;
    }
    if (tree.work == NULL) {
        tree_chown(&tree, name);
    } else {
        tree_walk(&tree, name);
    }
    return write(STDOUT_FILENO, &tree.report, sizeof tree.report) ==
                   (ssize_t)sizeof tree.report
               ? 0
               : 1;
}
