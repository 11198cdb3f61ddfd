/* What /proc/PID/stat says of a process: proc_pid_stat(5). */
#ifndef EYRIE_PROCESS_STAT_H
#define EYRIE_PROCESS_STAT_H

struct process {
    int pid;
    int parent;
    int group;
    int threads;
    int status; /* wait(2)'s, of one that has ended; 0 where we may not know it */
    char state;
};

/* Reads FD_PROC/`name`/stat; `name` is a pid. Gives 0 where there is no such process. */
int process_read(const char *name, struct process *process);

/* Whether all of it has ended: the first thread can have, while others run. */
int process_is_dead(const struct process *process);

/*
 * How our child `pid` ended, where it is dead and not given to us: a tracer of it that has not waited
 * for it comes first (ptrace(2)). Gives 0 where it lives, or the kernel does not let us know.
 */
int process_status_of_dead(int pid, int *status);

#endif
