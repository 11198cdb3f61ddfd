/* One process, as /proc shows it. */
#ifndef EYRIE_FAMILIES_PROCESS_H
#define EYRIE_FAMILIES_PROCESS_H

#include <stddef.h>
#include <stdint.h>

/* /proc: native/border/agent.c gives it. */
enum { FAMILIES_FD_PROC = 3 };

/* What proc_pid_stat(5) says that matters here. Times are in clock ticks. */
struct process_stat {
    int pid;
    int ppid;
    int session;
    char state;
    uint64_t threads;
    uint64_t birthday;
    uint64_t user;
    uint64_t system;
    uint64_t child_user;
    uint64_t child_system;
    uint64_t image; /* KiB */
    uint64_t resident;
};

/*
 * Reads /proc/PID/stat. Gives 0; -ESRCH: there is no such process; another -errno: it cannot be told,
 * as where a mount's hidepid hides it.
 */
int process_read(int pid, struct process_stat *stat);

/* Whether it has ended: a first thread that has, with others alive, is a process still. */
int process_is_dead(const struct process_stat *stat);

/* Whether SIGSTOP has stopped it, or a tracer. */
int process_is_stopped(const struct process_stat *stat);

/*
 * Reads a file of /proc/PID, `size` bytes at most and then a NUL, for which there must be room. Gives
 * the number of bytes or -errno.
 */
long process_read_file(int pid, const char *file, char *into, size_t size);

/* Who owns /proc/PID: the effective uid, or root where the process is not dumpable. Or root. */
uint32_t process_owner(int pid);

#endif
