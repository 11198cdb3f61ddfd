/*
 * The processes that are known, by pid, and the families. Where the kernel tells of forks these are
 * the members, and strangers that nobody was told of yet; otherwise all.
 */
#ifndef EYRIE_FAMILIES_TABLE_H
#define EYRIE_FAMILIES_TABLE_H

#include <stdint.h>

#include "process.h"

struct cgroup;
struct family;

enum {
    PROCESS_IS_FRESH = 1,    /* in no snapshot yet */
    PROCESS_IS_UNREAD = 2,   /* known from a fork only: the birthday is that of the event */
    PROCESS_HAS_EXITED = 4,  /* its first thread has, as an event told: from now on only /proc tells */
    PROCESS_IS_DEAD = 8,     /* a zombie, when it was last looked at */
    PROCESS_OWN_SESSION = 16, /* who began its session was a member */
    PROCESS_WAS_TOLD = 32,   /* in a snapshot, as a member */
    PROCESS_IN_CGROUP = 64,  /* of its family: set and used by a stop */
    PROCESS_IS_NEW = 128,    /* not put into a family yet */
    PROCESS_IS_GONE = 256,   /* from /proc, and not retired yet */
};

struct process {
    int pid;
    int ppid;
    int session;
    unsigned flags;
    uint64_t birthday;
    uint64_t user; /* ticks, as the next three */
    uint64_t system;
    uint64_t child_user;
    uint64_t child_system;
    uint64_t exited_user; /* microseconds, as the kernel told when threads of it ended */
    uint64_t exited_system;
    uint64_t image; /* KiB */
    uint64_t resident;
    uint64_t inode;   /* of /proc/PID, in a table of all */
    unsigned mark;    /* of the scan that met it last */
    unsigned sweep;   /* mark of the sweep that signalled it last */
    struct family *family;
    struct process *previous; /* in the family */
    struct process *next;
    struct process *chain; /* of the hash table */
};

/* Number 0: who is in no family. It is there always. */
struct family {
    uint32_t number;
    uint32_t count;
    unsigned mark;          /* of the sweep that signals it */
    uint64_t rest_user;     /* microseconds of members that ended, less than a tick */
    uint64_t rest_system;
    struct process *first;  /* who came last */
    struct cgroup *cgroup;  /* or NULL */
    struct family *chain;
};

/* The process of a pid, or NULL. */
struct process *table_find(int pid);

/* A new process in a family, zeros but for the pid; NULL: no memory. There must be none yet. */
struct process *table_add(int pid, struct family *family);

void table_remove(struct process *process);

/* Puts a process at the head of a family. */
void table_move(struct process *process, struct family *family);

/* How many processes there are. */
uint32_t table_count(void);

/* Calls `visit` with each process; it may remove that one. */
void table_each(void (*visit)(struct process *process, void *context), void *context);

/* Takes what a process is said to be now; whoever was unread is read then. */
void table_update(struct process *process, const struct process_stat *stat);

/* The family of a number, or NULL. */
struct family *family_find(uint32_t number);

/* As family_find(), but makes it; NULL: no memory, or too many. */
struct family *family_make(uint32_t number);

/* Forgets an empty family. */
void family_forget(struct family *family);

/* Calls `visit` with each family. */
void family_each(void (*visit)(struct family *family, void *context), void *context);

#endif
