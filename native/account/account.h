/*
 * eyrie-account: finds and ends what belongs to user ids. src/kernel/structs.ts repeats the structures (a
 * test compares them).
 */
#ifndef EYRIE_ACCOUNT_H
#define EYRIE_ACCOUNT_H

#include <stdint.h>

/* /proc: whoever starts us gives it. */
enum { FD_PROC = 3 };

/* A process, as `processes` tells it. */
struct account_process {
    int32_t pid;
    uint32_t real;  /* uids */
    uint32_t saved; /* the kernel compares both when an ordinary user sends a signal */
    uint32_t reserved;
};

/* What kill, end and remove-ipc tell. */
struct account_report {
    uint32_t done; /* objects removed */
    uint32_t left; /* processes or objects */
    int32_t first; /* pid, or the object's id, of the first of them */
    int32_t error; /* errno, why it is left; 0: it did not end in time */
    char what[32]; /* "process", "message queue", or the name of a POSIX one */
};

/* Reads a process. Gives false where it is none, or has ended. */
int process_read(int pid, struct account_process *process);

/* When a process began, in clock ticks since boot; 0 where there is none. */
uint64_t process_birthday(int pid);

/* Calls `visit` for each living process. Gives 0 or -errno. */
int processes_each(void (*visit)(const struct account_process *process, void *context),
                   void *context);

/* Writes all living processes to standard output. Gives 0 or -errno. */
int processes_print(void);

/* Kills every process of a uid until there is none, for so many milliseconds at most. */
void account_kill(uint32_t uid, uint32_t milliseconds, struct account_report *report);

/* Kills one process if it is the one that began at that time, and waits for its end likewise. */
void account_end(int pid, uint64_t birthday, uint32_t milliseconds, struct account_report *report);

/*
 * Removes the System V IPC objects, POSIX message queues and keys of a uid. Takes that uid for good, so
 * that the kernel itself refuses what is somebody else's.
 */
void account_remove_ipc(uint32_t uid, struct account_report *report);

#endif
