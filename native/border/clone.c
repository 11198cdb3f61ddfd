#include "clone.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>

#include "kernel.h"

/* The child makes a few dozen system calls and calls nothing deep. */
static char stack[65536] __attribute__((aligned(64)));

/*
 * The child shares our memory and its own changes to it are seen here (CLONE_VM), so it must not
 * use our stack; we sleep until it is done with it (CLONE_VFORK). It costs no page tables, and the
 * job's peak memory (ru_maxrss, which survives exec) does not begin with that of Node.
 */
#define SHARED (CLONE_VM | CLONE_VFORK | CLONE_PIDFD)

#if defined(__x86_64__)
/* The C library has no clone3 with a stack, since the child cannot return on it. */
static long clone3_call(const struct kernel_clone_args *args, int (*function)(void *),
                        void *argument) {
    long result;
    register int (*fn)(void *) __asm__("r8") = function;
    register void *arg __asm__("r9") = argument;
    __asm__ volatile("syscall\n\t"
                     "test %%rax, %%rax\n\t"
                     "jnz 1f\n\t"
                     "xor %%ebp, %%ebp\n\t"
                     "mov %[arg], %%rdi\n\t"
                     "call *%[fn]\n\t"
                     "mov %%eax, %%edi\n\t"
                     "mov %[exit], %%eax\n\t"
                     "syscall\n\t"
                     "hlt\n"
                     "1:"
                     : "=a"(result)
                     : "a"(SYS_clone3), "D"(args), "S"(sizeof *args), [fn] "r"(fn), [arg] "r"(arg),
                       [exit] "i"(SYS_exit)
                     : "rcx", "r11", "memory", "cc");
    return result;
}
#else
/* Elsewhere clone(2) does, which every C library wraps. Only CLONE_INTO_CGROUP needs clone3. */
static long clone3_call(const struct kernel_clone_args *args, int (*function)(void *),
                        void *argument) {
    (void)args, (void)function, (void)argument;
    return -ENOSYS;
}
#endif

static long clone_either(const struct kernel_clone_args *args, int (*function)(void *),
                         void *argument) {
    long pid = clone3_call(args, function, argument);
    if (pid != -ENOSYS || (args->flags & CLONE_INTO_CGROUP) != 0) {
        return pid;
    }
    /* Before Linux 5.3, or behind a container's filter that cannot look into clone3's argument. */
    pid = clone(function, stack + sizeof stack, (int)(args->flags | SIGCHLD), argument,
                (int *)(uintptr_t)args->pidfd, NULL, NULL);
    return pid < 0 ? -errno : pid;
}

pid_t clone_child(uint64_t flags, int cgroup, int (*function)(void *), void *argument, int *pidfd) {
    const uint64_t all = ~0ull;
    uint64_t before;
    *pidfd = -1;
    const struct kernel_clone_args args = {
        .flags = SHARED | flags | (cgroup >= 0 ? CLONE_INTO_CGROUP : 0),
        .pidfd = (uint64_t)(uintptr_t)pidfd,
        .exit_signal = SIGCHLD,
        .stack = (uint64_t)(uintptr_t)stack,
        .stack_size = sizeof stack,
        .cgroup = cgroup >= 0 ? (uint64_t)cgroup : 0,
    };
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, &all, &before, sizeof all);
    long pid = clone_either(&args, function, argument);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof before);
    return (pid_t)pid;
}
