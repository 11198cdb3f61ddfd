/*
 * A pass goes through the pids in ascending order and signals as it goes: new processes get higher
 * numbers, so it runs after a fork bomb and catches up with it, where a list made first would
 * always be out of date.
 */
#include "descendants.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernel.h"
#include "process_stat.h"
#include "reap.h"

/* PID_MAX_LIMIT of 64-bit kernels: linux/threads.h. Only the pages that are used take memory. */
#define PIDS 4194304

/* Portions of dead children for each portion of /proc. */
#define REAPS_PER_READING 32

/* A bit for each pid, in pages of its own. */
typedef uint8_t pid_set[PIDS / 8] __attribute__((aligned(65536)));

/*
 * Descendants met in this pass, and in the one before: where pids begin anew at the lowest, a child
 * comes before its parent.
 */
static pid_set sets[2];
static unsigned passes;

/* The record of getdents64(2). */
struct entry {
    uint64_t inode;
    int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[];
};

struct pass {
    int self; /* also the number of our process group */
    int signal; /* 0: none */
    int signalled;
    int discovered; /* met now, and not in the pass before */
    int last_group; /* its members of that moment have the signal */
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

static void take_out(uint8_t *set, int pid) {
    if (is_in(set, pid)) {
        set[pid / 8] &= (uint8_t)~(1 << pid % 8);
    }
}

/* Empties a set and gives its memory back. */
static void empty(uint8_t *set) {
    madvise(set, sizeof(pid_set), MADV_DONTNEED);
}

static int is_descendant(const struct pass *pass, const struct process *process) {
    return process->parent == pass->self || is_in(pass->now, process->parent) ||
           is_in(pass->before, process->parent);
}

/*
 * By descriptor, so that it is the process that was looked at; by number where the kernel cannot.
 */
static void signal_one(const struct pass *pass, int pidfd, int pid) {
    if (pidfd < 0 || (kernel_pidfd_send_signal(pidfd, pass->signal) != 0 && errno == ENOSYS)) {
        kill(pid, pass->signal);
    }
}

/*
 * Signals a process and its whole group: the kernel does that while no member can fork, so most
 * bombs are over at once. A group other than ours holds only descendants, for we began a session,
 * and groups never reach over sessions. Its number means the same group still: numbers come round
 * only when all others were used, and the member was read just now.
 */
static void signal_group(struct pass *pass, int pidfd, const struct process *process) {
    if (process->group != pass->self && process->group != pass->last_group) {
        pass->last_group = process->group;
        if (kill(-process->group, pass->signal) == 0) {
            return;
        }
    }
    signal_one(pass, pidfd, process->pid);
}

/*
 * Signals what was found at a pid. The pidfd is opened first and /proc read once more: if it still
 * names a descendant then, the descriptor does, although pids are used again.
 */
static void signal_process(struct pass *pass, const char *name, int pid) {
    struct process again;
    int pidfd = kernel_pidfd_open(pid);
    if (pidfd < 0 && errno != ENOSYS) {
        return; /* it has ended */
    }
    if (process_read(name, &again) && is_descendant(pass, &again)) {
        if (pass->signal == SIGSTOP || pass->signal == SIGKILL) {
            signal_group(pass, pidfd, &again);
        } else { /* once for each process, not once for each member of its group */
            signal_one(pass, pidfd, pid);
        }
    }
    if (pidfd >= 0) {
        close(pidfd);
    }
}

/*
 * True where a signal would change nothing: the process has ended, or is stopped already, or sleeps
 * in the kernel (D) with the signal of the pass before, and will do nothing else when it wakes. One
 * whose first thread has ended (Z) while others run lives; whether those are stopped it does not show.
 */
static int is_settled(const struct pass *pass, const struct process *process) {
    char state = process->state;
    if (process_is_dead(process)) {
        return 1;
    }
    return pass->signal == SIGSTOP &&
           (state == 'T' || state == 't' ||
            ((state == 'D' || state == 'Z') && is_in(pass->before, process->pid)));
}

static void visit(struct pass *pass, const char *name) {
    struct process process;
    if (*name < '0' || *name > '9' || !process_read(name, &process) ||
        !is_descendant(pass, &process)) {
        return;
    }
    put_in(pass->now, process.pid);
    pass->discovered += !is_in(pass->before, process.pid);
    if (pass->signal != 0 && !is_settled(pass, &process)) {
        pass->signalled++;
        signal_process(pass, name, process.pid);
    }
}

int descendants_pass(struct init *init, int signal) {
    static char names[8192] __attribute__((aligned(8)));
    struct pass pass = {.self = init->pid, .signal = signal};
    long bytes;
    pass.now = sets[passes % 2];
    pass.before = sets[(passes + 1) % 2];
    passes++;
    empty(pass.now);
    lseek(FD_PROC, 0, SEEK_SET);
    while ((bytes = syscall(SYS_getdents64, FD_PROC, names, sizeof names)) > 0) {
        for (long at = 0; at < bytes;) {
            const struct entry *entry = (const struct entry *)(const void *)(names + at);
            visit(&pass, entry->name);
            at += entry->length;
        }
        /* What a bomb leaves behind is ours: it would make each pass longer than the one before. */
        for (int i = 0; i < REAPS_PER_READING && reap(init) == REAP_MORE; i++) {
        }
    }
    return pass.signalled + pass.discovered;
}

void descendants_forget(int pid) {
    take_out(sets[0], pid);
    take_out(sets[1], pid);
}

void descendants_done(void) {
    empty(sets[0]);
    empty(sets[1]);
}
