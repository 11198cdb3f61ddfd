#include "scan.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lineage.h"
#include "number.h"
#include "sessions.h"
#include "snapshot.h"

/* The record of getdents64(2). */
struct entry {
    uint64_t inode;
    int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[];
};

static unsigned current;
static uint64_t known_before;

/* A process that is not in the table, or not any more. */
static void add_new(const struct process_stat *stat, uint64_t inode) {
    struct process *process = table_add(stat->pid, family_find(0));
    if (process == NULL) {
        return;
    }
    table_update(process, stat);
    process->mark = current;
    process->inode = inode;
    if (stat->birthday >= known_before) {
        process->flags |= PROCESS_IS_FRESH;
    }
}

/*
 * The inode of /proc/PID belongs to one process: as long as a stranger's is the same, so is the
 * stranger, and nothing of it is read again.
 */
static void visit(int pid, uint64_t inode) {
    struct process *process = table_find(pid);
    struct process_stat stat;
    if (process != NULL && process->family->number == 0 && process->inode == inode) {
        process->mark = current;
        return;
    }
    int result = process_read(pid, &stat);
    if (result != 0) {
        if (process != NULL && result != -ESRCH) {
            process->mark = current;
        }
        return;
    }
    if (process != NULL && !lineage_is_same(process, &stat)) {
        table_take_events(); /* what the one before forked before it ended */
        process = table_find(pid);
    }
    if (process != NULL && lineage_is_same(process, &stat)) {
        table_update(process, &stat);
        process->mark = current;
        process->inode = inode;
        return;
    }
    if (process != NULL) {
        lineage_retire(process);
    }
    add_new(&stat, inode);
}

/* Visits all that /proc lists. Gives 0 or -errno; -ESRCH: we are not there ourselves. */
static int visit_all(void) {
    static char names[32768] __attribute__((aligned(8)));
    const int self = getpid();
    int is_there = 0;
    long bytes;
    if (lseek(FAMILIES_FD_PROC, 0, SEEK_SET) != 0) {
        return -errno;
    }
    while ((bytes = syscall(SYS_getdents64, FAMILIES_FD_PROC, names, sizeof names)) > 0) {
        for (long at = 0; at < bytes;) {
            const struct entry *entry = (const struct entry *)(const void *)(names + at);
            int pid = number_of_name(entry->name);
            if (pid > 0) {
                is_there |= pid == self;
                visit(pid, entry->inode);
            }
            at += entry->length;
        }
    }
    return bytes < 0 ? -errno : is_there ? 0 : -ESRCH;
}

/* What was not listed has ended, or a mount hides it: members are looked for by number. */
static void drop(struct process *process, void *context) {
    (void)context;
    if (process->mark == current) {
        return;
    }
    struct process_stat stat;
    int result = process->family->number != 0 ? process_read(process->pid, &stat) : -ESRCH;
    if (result == -ESRCH || (result == 0 && !lineage_is_same(process, &stat))) {
        process->flags |= PROCESS_IS_GONE;
    } else if (result == 0) {
        table_update(process, &stat);
    }
}

int scan(uint64_t known_since) {
    current++;
    known_before = known_since;
    int result = visit_all();
    lineage_follow_all();
    if (sessions_follow(current) > 0) {
        lineage_follow_all();
    }
    if (result == 0) {
        table_each(drop, NULL);
    }
    return result;
}
