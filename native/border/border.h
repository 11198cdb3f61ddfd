/*
 * libeyrie: what JavaScript asks of the kernel. src/kernel/border.ts is the only caller. Every
 * function takes numbers and buffers and gives 0 or more, or -errno. None keeps a pointer.
 * src/kernel/native-types.ts repeats the structures (a test compares them).
 */
#ifndef EYRIE_BORDER_H
#define EYRIE_BORDER_H

#include <stddef.h>
#include <stdint.h>

#include "plan.h"

/* Visible outside the library, which is built with everything else hidden. */
#define EYRIE_EXPORT __attribute__((visibility("default")))

/* The calls that a launch can fail at, for launch_result. */
#define LAUNCH_CALLS(C)                                                                            \
    C(NONE, 0, "")                                                                                 \
    C(PLAN, 1, "check the plan")                                                                   \
    C(MEMFD, 2, "memfd_create")                                                                    \
    C(PIPE, 3, "pipe2")                                                                            \
    C(CLONE, 4, "clone3")                                                                          \
    C(PIDFD, 5, "pidfd_open")                                                                      \
    C(DESCRIPTORS, 6, "dup3")                                                                      \
    C(NULL_DEVICE, 7, "open /dev/null")                                                            \
    C(CAPABILITIES, 8, "prctl PR_CAP_AMBIENT")                                                     \
    C(PARENT, 9, "prctl PR_SET_PDEATHSIG")                                                         \
    C(EXEC, 10, "execveat")                                                                        \
    C(SOCKETPAIR, 11, "socketpair")

#define LAUNCH_CALL_NUMBER(name, number, words) CALL_##name = number,
enum launch_call { LAUNCH_CALLS(LAUNCH_CALL_NUMBER) };

struct launch_request {
    int32_t program;          /* descriptor of eyrie-init */
    int32_t cgroup;           /* descriptor of a cgroup v2 directory to be born in, or -1 */
    uint32_t descriptor_count;
    int32_t descriptors[64];  /* for the plan's inherit steps */
};

struct launch_result {
    int32_t pid;
    int32_t pidfd;
    int32_t go;      /* write end */
    int32_t launch;  /* read end: struct launch_record */
    int32_t status;  /* read end: struct exit_record */
    int32_t control; /* write end, non-blocking: struct control_record */
    uint32_t call;   /* on failure: the enum launch_call that failed */
    uint32_t offset; /* where the plan is wrong, if that is what failed */
};

/*
 * Starts eyrie-init on a plan. All descriptors of the result are close-on-exec and the caller's to
 * close; on failure none is open. Must be called by the main thread: init's parent-death signal
 * follows the thread that made it, and libuv's other threads come and go.
 */
EYRIE_EXPORT int eyrie_launch(const void *plan, uint32_t length,
                              const struct launch_request *request,
                              struct launch_result *result);

struct helper_request {
    int32_t program;         /* descriptor of the program */
    int32_t input;           /* becomes its descriptor 3 */
    uint32_t argument_count;
    uint32_t argument_bytes;
    char arguments[1024];    /* argv, each ended by NUL */
};

struct helper_result {
    int32_t pid;
    int32_t pidfd;
    int32_t output; /* read end of its standard output */
    uint32_t call;
};

/*
 * Starts one of our own helper programs with the starter's ids, an empty environment, a process
 * group of its own, /dev/null as standard input and error, and no descriptor but the two named. It
 * is killed when the starter dies. Main thread only, as eyrie_launch.
 */
EYRIE_EXPORT int eyrie_spawn_helper(const struct helper_request *request,
                                    struct helper_result *result);

struct agent_request {
    int32_t program;   /* descriptor of eyrie-files */
    int32_t directory; /* becomes its descriptor 3 */
};

struct agent_result {
    int32_t pid;
    int32_t pidfd;
    int32_t requests;    /* a stream socket: native/files/request.h */
    int32_t descriptors; /* a socket of packets, on which it passes descriptors */
    uint32_t call;
};

/*
 * Starts eyrie-files as eyrie_spawn_helper starts a helper, with no descriptor but the directory and
 * the other ends of the two sockets. It still has the starter's ids: its first request changes that.
 */
EYRIE_EXPORT int eyrie_spawn_agent(const struct agent_request *request,
                                   struct agent_result *result);

struct wait_result {
    int32_t code;   /* CLD_EXITED, CLD_KILLED or CLD_DUMPED */
    int32_t status; /* exit status, or signal */
    uint64_t user_us;
    uint64_t system_us;
    uint64_t max_resident_kb;
};

/*
 * Reaps the child of a pidfd if it has ended, or does within `patience` milliseconds: 1, 0 if it
 * still runs, or -errno. The calling thread sleeps meanwhile.
 */
EYRIE_EXPORT int eyrie_wait(int pidfd, int patience, struct wait_result *result);

/* pidfd_send_signal(2). */
EYRIE_EXPORT int eyrie_pidfd_signal(int pidfd, int signal);

struct receive_result {
    int32_t descriptor; /* close-on-exec, the caller's to close; -1: none came */
};

/*
 * recvmsg(2) on a Unix socket without waiting: up to `size` bytes, and the descriptor that came with
 * them (SCM_RIGHTS); if several came, all but the first are closed. The number of bytes; 0: the end;
 * -EAGAIN: nothing there yet.
 */
EYRIE_EXPORT int eyrie_receive(int socket, void *buffer, uint32_t size,
                               struct receive_result *result);

/*
 * Makes this process one that others of the same user cannot look into: not dumpable, prctl(2)
 * PR_SET_DUMPABLE. An exec undoes it.
 */
EYRIE_EXPORT int eyrie_hide(void);

/* The port that a socket of IP is bound to: getsockname(2). */
EYRIE_EXPORT int eyrie_local_port(int socket);

/*
 * An account as getpwnam(3), getpwuid(3) and getgrouplist(3) tell it. Fills the buffer with
 * strings, each ended by NUL: name, uid, gid, home, shell, then each group id, the first one
 * included. Gives the number of bytes; 0: there is no such account; -ERANGE: the buffer is too
 * small.
 */
EYRIE_EXPORT int eyrie_account_by_name(const char *name, char *buffer, uint32_t size);
EYRIE_EXPORT int eyrie_account_by_id(uint32_t uid, char *buffer, uint32_t size);

/*
 * Gives memory back to the kernel that nobody uses while a job runs: what malloc holds free, and the
 * copy of the start-up snapshot that node keeps on the heap, 3 MB. `heap` is a file that holds the same
 * as malloc's block, 16 bytes for malloc's header included; where it does, its pages take the place of
 * the copy's, and all starters on the machine share them. Gives how many bytes; 0: no such block.
 */
EYRIE_EXPORT int eyrie_give_back_memory(const char *heap);

/*
 * Ends the process at once, _exit(2): node takes four milliseconds to take its heap apart before it
 * does the same. Does not return.
 */
EYRIE_EXPORT int eyrie_end(int status);

/*
 * For `eyrie doctor`, in a probe child that is thrown away. Node's own process never calls these:
 * namespaces and root directory belong to the calling thread or to the whole process, and after
 * unshare(CLONE_NEWNS) its synchronous file calls would see the new mounts and its asynchronous
 * ones, which run on other threads, the old. Each gives 0 or -errno.
 */
EYRIE_EXPORT int eyrie_unshare(uint32_t flags);
EYRIE_EXPORT int eyrie_mount(const char *source, const char *target, const char *type,
                             uint32_t flags, const char *data);
EYRIE_EXPORT int eyrie_chroot(const char *path);

/* Makes a child with these CLONE_NEW… flags, which exits at once, and reaps it. */
EYRIE_EXPORT int eyrie_clone(uint32_t flags);

/* Asks the kernel whether it has a call, by number: probe.c. 0, a version, or -errno. */
EYRIE_EXPORT int eyrie_probe(uint32_t number);

#endif
