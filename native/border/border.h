/*
 * libeyrie: what JavaScript asks of the kernel. src/kernel/border.ts and border-sockets.ts are the only callers. Every
 * function takes numbers and buffers and gives 0 or more, or -errno. None keeps a pointer.
 * src/kernel/structs.ts repeats the structures (a test compares them).
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
    int32_t job_cgroup;       /* likewise, for the job's process; init stays in its own */
    uint32_t descriptor_count;
    int32_t descriptors[64];  /* for the plan's inherit steps */
    uint32_t joined_count;
    int32_t joined[9];        /* `tasks` files, open for writing, of cgroups of version 1 to enter */
};

struct launch_result {
    int32_t pid;
    int32_t pidfd;
    int32_t go;      /* write end */
    int32_t launch;  /* read end: struct launch_record */
    int32_t status;  /* read end: struct exit_record */
    int32_t control; /* write end, non-blocking: struct control_record */
    int32_t parcel;  /* of eyrie_pack_launch: what init's standard input is to be; else -1 */
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

/*
 * Prepares the same for an eyrie-init that somebody else starts (with the argument `apart`): its
 * descriptors wait in a socket, `parcel`, which is to become its standard input. `pid` and `pidfd` are
 * -1; the request's program and cgroups are not looked at.
 */
EYRIE_EXPORT int eyrie_pack_launch(const void *plan, uint32_t length,
                                   const struct launch_request *request,
                                   struct launch_result *result);

struct script_request {
    uint32_t argument_count;
    uint32_t argument_bytes;
    char arguments[16384]; /* argv, each ended by NUL; the first an absolute path */
};

struct script_result {
    int32_t pid;
    int32_t pidfd;
    int32_t socket; /* a stream: the other end is its standard input */
    int32_t output; /* read end of its standard output and error */
    uint32_t call;
};

/*
 * Starts a program with the starter's ids and environment, in a session of its own, with no descriptor
 * but the three. It outlives the starter, unless the end of the socket makes it end. Main thread only.
 */
EYRIE_EXPORT int eyrie_spawn_script(const struct script_request *request,
                                    struct script_result *result);

/* Sends a byte 0 and a descriptor (SCM_RIGHTS) on a stream, without waiting. 0, -EAGAIN or -errno. */
EYRIE_EXPORT int eyrie_send_descriptor(int socket, int descriptor);

/*
 * Makes a pair of stream sockets and sends one so. Gives the other, close-on-exec and the caller's to
 * close; or -EAGAIN or -errno.
 */
EYRIE_EXPORT int eyrie_send_new_socket(int socket);

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
    int32_t program;   /* descriptor of eyrie-files, eyrie-families or eyrie-control */
    int32_t directory; /* becomes its descriptor 3; eyrie-control's is a listening socket */
    char name[32];     /* argv[0], ended by NUL */
};

struct agent_result {
    int32_t pid;
    int32_t pidfd;
    int32_t requests;    /* a stream socket: request.h of native/files or families, control/front.h */
    int32_t descriptors; /* a socket of packets, for descriptors */
    uint32_t call;
};

/*
 * Starts eyrie-files and its like as eyrie_spawn_helper starts a helper, with no descriptor but
 * the directory and the other ends of the two sockets. It still has the starter's ids: eyrie-files'
 * first request changes that.
 */
EYRIE_EXPORT int eyrie_spawn_agent(const struct agent_request *request,
                                   struct agent_result *result);

struct enter_request {
    int32_t program;         /* descriptor of eyrie-enter */
    int32_t target;          /* /proc/PID of the job's eyrie-init */
    int32_t streams[3];      /* the person's standard input, output and error */
    uint32_t cgroup_count;
    int32_t cgroups[32];     /* cgroup.procs files, open for writing */
    uint32_t argument_count;
    uint32_t argument_bytes;
    char arguments[4096];    /* argv, each ended by NUL */
};

struct enter_result {
    int32_t pid;
    int32_t pidfd;
    int32_t report; /* read end: struct launch_record, native/enter/enter.h */
    uint32_t call;
    uint32_t offset; /* where the plan is wrong, if that is what failed */
};

/*
 * Starts eyrie-enter, as eyrie_spawn_helper starts a helper, with a plan whose job steps end in the
 * command, and in the caller's process group: it reads the caller's terminal.
 */
EYRIE_EXPORT int eyrie_enter(const void *plan, uint32_t length, const struct enter_request *request,
                             struct enter_result *result);

/*
 * The state of a terminal, tcgetattr(3), so that it can be given back whatever happened meanwhile.
 * `state` has room for 128 bytes. 0 or -errno.
 */
EYRIE_EXPORT int eyrie_terminal_save(int terminal, void *state);
EYRIE_EXPORT int eyrie_terminal_restore(int terminal, const void *state);

struct daemon_request {
    uint32_t argument_count;
    uint32_t environment_count;
    uint32_t word_bytes;
    char words[8192]; /* argv, the first an absolute path, then the environment; a NUL after each */
};

struct daemon_result {
    int32_t pid;
    int32_t pidfd;
    int32_t errors; /* read end of its standard error */
};

/*
 * Starts a program that outlives the starter: in a session of its own, in /, with /dev/null as
 * standard input and output, and with no other descriptor of ours. It is a child until then: whoever
 * stays longer than it reaps it. Main thread only, as eyrie_launch.
 */
EYRIE_EXPORT int eyrie_start_daemon(const struct daemon_request *request,
                                    struct daemon_result *result);

/* mkfifo(3). */
EYRIE_EXPORT int eyrie_make_fifo(const char *path, uint32_t mode);

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
 * Listens on a Unix stream socket of that name in an open directory, in place of whatever has the
 * name, with these permission bits from the first moment on: its descriptor, close-on-exec, whose
 * accept(2) does not wait; or -errno.
 */
EYRIE_EXPORT int eyrie_listen(int directory, const char *name, uint32_t mode);

/* Whether a descriptor is a Unix stream socket that is listened on: 1, 0 or -errno. */
EYRIE_EXPORT int eyrie_is_listening(int fd);

/*
 * Connects to the Unix stream socket of that name in an open directory: a descriptor, close-on-exec
 * and non-blocking; -EAGAIN: too many wait already; or another -errno.
 */
EYRIE_EXPORT int eyrie_connect(int directory, const char *name);

/* The uid of whoever is at the other end of a Unix socket, SO_PEERCRED. 0 or -errno. */
EYRIE_EXPORT int eyrie_peer_uid(int socket, uint32_t *uid);

#define SEND_DESCRIPTORS_MAX 8

/*
 * sendmsg(2) on a Unix socket without waiting: bytes, at least one, and up to 8 descriptors with the
 * first of them, which stay open here. How many bytes were taken; or -errno.
 */
EYRIE_EXPORT int eyrie_send(int socket, const void *bytes, uint32_t size,
                            const int32_t *descriptors, uint32_t count);

/*
 * Makes this process one that others of the same user cannot look into: not dumpable, prctl(2)
 * PR_SET_DUMPABLE. An exec undoes it.
 */
EYRIE_EXPORT int eyrie_hide(void);

/*
 * Locks an open file for as long as it is open, flock(2); does not wait. 0, -EWOULDBLOCK where
 * somebody else has locked it, or another -errno.
 */
EYRIE_EXPORT int eyrie_lock_file(int descriptor);

/* An eventfd(2), close-on-exec, the caller's to close; a read of it waits. */
EYRIE_EXPORT int eyrie_event_descriptor(void);

/* As many character devices as one cgroup can be refused. */
#define DENIED_DEVICES_MAX 256

/*
 * Refuses processes in a cgroup of version 2, and in those below it, to open some character devices
 * (or to make nodes of them): attaches a BPF_PROG_TYPE_CGROUP_DEVICE, which goes with the cgroup.
 * `cgroup` is a descriptor of its directory, `devices` holds the major and minor number of each.
 * 0 or -errno.
 */
EYRIE_EXPORT int eyrie_deny_devices(int cgroup, const uint32_t *devices, uint32_t count);

/*
 * mount(2), on a directory that no job can exchange: a sandbox that is not given away yet, or in a
 * probe child of `eyrie doctor`. 0 or -errno.
 */
EYRIE_EXPORT int eyrie_mount(const char *source, const char *target, const char *type,
                             uint32_t flags, const char *data);

/* Takes away what is mounted on a path, even if it is in use: umount2(2), MNT_DETACH. 0 or -errno. */
EYRIE_EXPORT int eyrie_unmount(const char *path);

/* Sets space aside for a file from its beginning on: fallocate(2). 0 or -errno. */
EYRIE_EXPORT int eyrie_allocate(int descriptor, uint32_t mebibytes);

/*
 * Sets space aside behind the end of a file, whose size stays as it is: what is appended has a place
 * even if the disk is full by then. fallocate(2), FALLOC_FL_KEEP_SIZE. 0 or -errno (-EOPNOTSUPP: this
 * kind of file system cannot).
 */
EYRIE_EXPORT int eyrie_reserve(int descriptor, uint32_t bytes);

/*
 * Makes a block device of a file: loop(4). Gives the device's descriptor, close-on-exec and the
 * caller's; when it is neither open nor mounted any more the device is free again. Or -errno.
 */
EYRIE_EXPORT int eyrie_attach_loop(int backing);

/* Sends a line to the system's log, syslog(3), as a notice of a daemon. */
EYRIE_EXPORT int eyrie_syslog(const char *program, const char *text);

/* The port that a socket of IP is bound to: getsockname(2). */
EYRIE_EXPORT int eyrie_local_port(int socket);

/*
 * Whether the other end of a connection of TCP is a loopback address, 127.0.0.0/8 or ::1: 1 or 0; -errno
 * where it is no connection of TCP.
 */
EYRIE_EXPORT int eyrie_is_local_peer(int socket);

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
EYRIE_EXPORT int eyrie_chroot(const char *path);

/* Makes a child with these CLONE_NEW… flags, which exits at once, and reaps it. */
EYRIE_EXPORT int eyrie_clone(uint32_t flags);

/* Asks the kernel whether it has a call, by number: probe.c. 0, a version, or -errno. */
EYRIE_EXPORT int eyrie_probe(uint32_t number);

#endif
