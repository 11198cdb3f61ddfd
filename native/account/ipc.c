/*
 * System V IPC, POSIX message queues and kernel keyrings of an account: they stay when its processes
 * have ended, and whoever gets its uid next has them.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account.h"
#include "kernel.h"

/* In /proc/sysvipc/shm: it goes with its last user, ipc/shm.c of the kernel. */
#define SHM_IS_GOING 01000

#define COLUMNS_MAX 10

/* A kind of object, and where /proc/sysvipc tells its owner and its maker. */
struct kind {
    const char *file;
    const char *words;
    int owner;
    int maker;
    int (*remove)(int id);
};

static int remove_memory(int id) {
    return shmctl(id, IPC_RMID, NULL);
}

static int remove_semaphores(int id) {
    return semctl(id, 0, IPC_RMID);
}

static int remove_messages(int id) {
    return msgctl(id, IPC_RMID, NULL);
}

static const struct kind kinds[] = {
    {"sysvipc/shm", "shared memory", 7, 9, remove_memory},
    {"sysvipc/sem", "semaphores", 4, 6, remove_semaphores},
    {"sysvipc/msg", "message queue", 7, 9, remove_messages},
};

static void note_left(struct account_report *report, const char *what, int id, int error) {
    if (report->left++ == 0) {
        report->first = id;
        report->error = error;
        snprintf(report->what, sizeof report->what, "%.31s", what);
    }
}

/* Deals with one line of /proc/sysvipc: KEY ID PERMISSIONS … */
static void remove_object(const struct kind *kind, const char *line, uint32_t uid,
                          struct account_report *report) {
    long columns[COLUMNS_MAX];
    int id, read = 0;
    unsigned permissions;
    for (int i = 0; i < COLUMNS_MAX; i++) {
        int length = 0;
        if (sscanf(line, " %ld%n", &columns[i], &length) != 1) {
            break;
        }
        line += length;
        read++;
    }
    if (read <= kind->maker ||
        (columns[kind->owner] != (long)uid && columns[kind->maker] != (long)uid)) {
        return;
    }
    id = (int)columns[1];
    permissions = 0;
    /* The column is octal, and was read as if it were not. */
    for (long digits = columns[2], place = 1; digits > 0; digits /= 10, place *= 8) {
        permissions += (unsigned)(digits % 10 * place);
    }
    if (kind->remove == remove_memory && (permissions & SHM_IS_GOING) != 0) {
        return;
    }
    if (kind->remove(id) == 0) {
        report->done++;
    } else if (errno != EINVAL && errno != EIDRM) {
        note_left(report, kind->words, id, errno);
    }
}

static void remove_kind(const struct kind *kind, uint32_t uid, FILE *list,
                        struct account_report *report) {
    char line[512];
    /* The first line has the names of the columns. */
    if (fgets(line, sizeof line, list) == NULL) {
        return;
    }
    while (fgets(line, sizeof line, list) != NULL) {
        remove_object(kind, line, uid, report);
    }
}

/* The file system of POSIX message queues: a mount of our own that nobody else sees, or the usual one. */
static int open_queues(void) {
    int context = kernel_fsopen("mqueue");
    if (context >= 0) {
        int mount = kernel_fsconfig_create(context) == 0 ? kernel_fsmount(context, 0) : -1;
        close(context);
        int root = mount >= 0 ? openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
        if (mount >= 0) {
            close(mount);
        }
        if (root >= 0) {
            return root;
        }
    }
    return open("/dev/mqueue", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static void remove_queues(int fd, uint32_t uid, struct account_report *report) {
    DIR *directory = fdopendir(fd);
    if (directory == NULL) {
        close(fd);
        return;
    }
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        struct stat status;
        if (fstatat(fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISREG(status.st_mode) || status.st_uid != uid) {
            continue;
        }
        if (unlinkat(fd, entry->d_name, 0) == 0) {
            report->done++;
        } else if (errno != ENOENT) {
            note_left(report, entry->d_name, 0, errno);
        }
    }
    closedir(directory);
}

/* A keyring that cannot be had, as in many containers, holds nothing. */
static void clear_keys(uint32_t uid) {
    static const int rings[] = {KEY_SPEC_USER_KEYRING, KEY_SPEC_USER_SESSION_KEYRING};
    for (size_t i = 0; i < sizeof rings / sizeof *rings; i++) {
        syscall(SYS_keyctl, KEYCTL_CLEAR, rings[i]);
    }
    long persistent = syscall(SYS_keyctl, KEYCTL_GET_PERSISTENT, uid, KEY_SPEC_PROCESS_KEYRING);
    if (persistent >= 0) {
        syscall(SYS_keyctl, KEYCTL_CLEAR, persistent);
    }
}

void account_remove_ipc(uint32_t uid, struct account_report *report) {
    FILE *lists[sizeof kinds / sizeof *kinds];
    /* What tells of others' objects as well is opened before. */
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        int fd = openat(FD_PROC, kinds[i].file, O_RDONLY | O_CLOEXEC);
        lists[i] = fd < 0 ? NULL : fdopen(fd, "r");
    }
    int queues = open_queues();
    if (setresuid(uid, uid, uid) != 0) {
        note_left(report, "identity", (int)uid, errno);
        return;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (lists[i] != NULL) {
            remove_kind(&kinds[i], uid, lists[i], report);
        }
    }
    if (queues >= 0) {
        remove_queues(queues, uid, report);
    }
    clear_keys(uid);
}
