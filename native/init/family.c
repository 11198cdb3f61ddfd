/*
 * Without a PID namespace the family is found in /proc by parent. A pass goes through the pids in
 * ascending order and signals each descendant as it is met: new processes get higher numbers, so
 * a pass runs after a fork bomb and catches up with it, where a list made first would always be
 * out of date.
 */
#include "family.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernel.h"

/* PID_MAX_LIMIT of 64-bit kernels: linux/threads.h. Only the pages that are used take memory. */
#define PIDS 4194304

/* More passes than a stop ever needs: it ends although somebody else continues what it stops. */
#define STOP_PASSES 1000

/* A bit for each pid, in pages of its own. */
typedef uint8_t pid_set[PIDS / 8] __attribute__((aligned(65536)));

/* Descendants met in this pass, or in the one before where their pid is higher than the child's. */
static pid_set family_sets[2];
static pid_set signalled;

struct entry {
    uint64_t inode;
    int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[];
};

/* What /proc/PID/stat says that matters here. */
struct process {
    int pid;
    int parent;
    char state;
};

struct pass {
    int self;
    int signal;
    int met; /* descendants that were not signalled before */
    uint8_t *now;
    const uint8_t *before;
};

static int is_in(const uint8_t *set, int pid) {
    return pid > 0 && pid < PIDS && (set[pid / 8] >> pid % 8 & 1) != 0;
}

static void put_in(uint8_t *set, int pid) {
    if (pid > 0 && pid < PIDS) {
        set[pid / 8] |= (uint8_t)(1 << pid % 8);
    }
}

/* Empties a set and gives its memory back. */
static void empty(uint8_t *set) {
    madvise(set, sizeof(pid_set), MADV_DONTNEED);
}

static int number_of(const char *text) {
    int number = 0;
    for (; *text >= '0' && *text <= '9'; text++) {
        number = number * 10 + (*text - '0');
    }
    return number;
}

/* Reads "PID (name) S PPID …": the name may hold anything, so the last parenthesis counts. */
static int read_process(const char *name, struct process *process) {
    char path[32];
    char text[512];
    size_t length = strlen(name);
    if (length > 10) {
        return 0;
    }
    memcpy(path, name, length);
    memcpy(path + length, "/stat", 6);
    int fd = openat(FD_PROC, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    ssize_t bytes = read(fd, text, sizeof text - 1);
    close(fd);
    if (bytes <= 0) {
        return 0;
    }
    text[bytes] = 0;
    const char *end = strrchr(text, ')');
    if (end == NULL || strlen(end) < 5) {
        return 0;
    }
    *process = (struct process){number_of(name), number_of(end + 4), end[2]};
    return 1;
}

static int is_descendant(const struct pass *pass, const struct process *process) {
    return process->parent == pass->self || is_in(pass->now, process->parent) ||
           is_in(pass->before, process->parent);
}

/*
 * Signals one process. The pidfd is opened first and /proc read once more: if it still names a
 * descendant then, the descriptor does, although pids are used again.
 */
static void signal_process(const struct pass *pass, const char *name, const struct process *process) {
    struct process again;
    int pidfd = kernel_pidfd_open(process->pid);
    if (pidfd < 0) {
        if (errno == ENOSYS) {
            kill(process->pid, pass->signal);
        }
        return;
    }
    if (read_process(name, &again) && is_descendant(pass, &again)) {
        kernel_pidfd_send_signal(pidfd, pass->signal);
    }
    close(pidfd);
}

static void visit(struct pass *pass, const char *name) {
    struct process process;
    if (*name < '0' || *name > '9' || !read_process(name, &process) ||
        !is_descendant(pass, &process)) {
        return;
    }
    put_in(pass->now, process.pid);
    if (process.state == 'Z' || process.state == 'X' || is_in(signalled, process.pid)) {
        return;
    }
    put_in(signalled, process.pid);
    pass->met++;
    signal_process(pass, name, &process);
}

/* Goes through /proc once. */
static void go_through(struct pass *pass) {
    static char names[32768] __attribute__((aligned(8)));
    long bytes;
    lseek(FD_PROC, 0, SEEK_SET);
    while ((bytes = syscall(SYS_getdents64, FD_PROC, names, sizeof names)) > 0) {
        for (long at = 0; at < bytes;) {
            const struct entry *entry = (const struct entry *)(const void *)(names + at);
            visit(pass, entry->name);
            at += entry->length;
        }
    }
}

/* Signals all descendants; `passes` bounds how often it looks for more. */
static void signal_descendants(const struct init *init, int signal, int passes) {
    struct pass pass = {.self = init->pid, .signal = signal};
    for (int i = 0; i < passes; i++) {
        pass.now = family_sets[i % 2];
        pass.before = family_sets[(i + 1) % 2];
        pass.met = 0;
        empty(pass.now);
        go_through(&pass);
        if (pass.met == 0) {
            break;
        }
    }
    empty(family_sets[0]);
    empty(family_sets[1]);
    empty(signalled);
}

void family_signal(const struct init *init, int signal) {
    if (init_is_pid_1(init)) {
        /* The kernel signals all in the namespace but us, while nobody in it can fork. */
        kill(-1, signal);
    } else if (signal == SIGKILL) {
        family_kill(init);
    } else {
        signal_descendants(init, signal, signal == SIGSTOP ? STOP_PASSES : 1);
    }
}

void family_kill(const struct init *init) {
    if (init_is_pid_1(init)) {
        kill(-1, SIGKILL);
        return;
    }
    signal_descendants(init, SIGSTOP, STOP_PASSES);
    signal_descendants(init, SIGKILL, 1);
}
