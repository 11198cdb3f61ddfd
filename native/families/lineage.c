#include "lineage.h"

#include <errno.h>

#include "ended.h"
#include "ticks.h"

/* Longer chains of parents are not followed in /proc; a table of all is deeper. */
#define PARENTS_MAX 64

/* So many ended members may wait to be looked at, beside those of which zombies are left. */
#define EXITED_MAX 8192

static uint64_t lost_until; /* events of before may be missing, ticks since boot */
static uint32_t exited; /* processes that have */
static int have_strangers_exited;
static int was_claimed; /* a stranger, by who made it */
static uint32_t exited_limit = EXITED_MAX;

/* Whether the number is used again since: what was told was of somebody before. */
static int is_younger(uint64_t birthday, uint64_t told) {
    return birthday > told + 1;
}

void lineage_retire(struct process *process) {
    if (process->family->number != 0) {
        ended_add(process);
    }
    if ((process->flags & PROCESS_HAS_EXITED) != 0) {
        exited--;
    }
    table_remove(process);
}

/*
 * Whether a fork that is told of now is of the process in the table, which was read before the event
 * was taken. As long as no events were dropped it is: an exit is told of before the number is used
 * again. Else /proc tells whether it still lives.
 */
static int is_known_already(const struct process *process, uint64_t ticks) {
    struct process_stat stat;
    if (process == NULL || (process->flags & (PROCESS_HAS_EXITED | PROCESS_IS_UNREAD)) != 0) {
        return 0;
    }
    return ticks > lost_until || is_younger(process->birthday, ticks) ||
           (process_read(process->pid, &stat) == 0 && stat.birthday == process->birthday);
}

void lineage_fork(int parent_pid, int pid, uint64_t ticks) {
    struct process *old = table_find(pid);
    if (is_known_already(old, ticks)) {
        return;
    }
    if (old != NULL) {
        lineage_retire(old);
    }
    const struct process *parent = table_find(parent_pid);
    if (parent != NULL && is_younger(parent->birthday, ticks)) {
        parent = NULL;
    }
    struct process *child = table_add(pid, parent != NULL ? parent->family : family_find(0));
    if (child == NULL) {
        return;
    }
    child->ppid = parent_pid;
    child->birthday = ticks;
    child->flags = PROCESS_IS_FRESH | PROCESS_IS_UNREAD;
    if (parent != NULL) {
        child->session = parent->session;
        child->flags |= parent->flags & PROCESS_OWN_SESSION;
    }
}

void lineage_exit(int pid) {
    struct process *process = table_find(pid);
    if (process == NULL || (process->flags & PROCESS_HAS_EXITED) != 0) {
        return;
    }
    process->flags |= PROCESS_HAS_EXITED;
    exited++;
    have_strangers_exited |= process->family->number == 0;
}

void lineage_used(int pid, uint64_t user, uint64_t system) {
    struct process *process = table_find(pid);
    if (process != NULL) {
        process->exited_user += user;
        process->exited_system += system;
    }
}

/* Somebody was made who was told of as a stranger in the moment before. */
static struct process *add_made(int pid, uint64_t ticks, struct family *family) {
    struct process_stat stat;
    if (process_read(pid, &stat) != 0 || is_younger(stat.birthday, ticks)) {
        return NULL;
    }
    struct process *process = table_add(pid, family);
    if (process != NULL) {
        table_update(process, &stat);
        process->flags |= PROCESS_IS_FRESH;
    }
    return process;
}

void lineage_made(int maker_pid, int pid, uint64_t ticks) {
    const struct process *maker = table_find(maker_pid);
    struct process *child = table_find(pid);
    if (maker == NULL || maker->family->number == 0 || is_younger(maker->birthday, ticks) ||
        (child != NULL && (child->family->number != 0 || is_younger(child->birthday, ticks)))) {
        return;
    }
    if (child == NULL) {
        child = add_made(pid, ticks, maker->family);
    } else {
        table_move(child, maker->family);
    }
    if (child != NULL) {
        child->session = child->session != 0 ? child->session : maker->session;
        child->flags |= child->session == maker->session ? maker->flags & PROCESS_OWN_SESSION : 0;
        was_claimed = 1;
    }
}

int lineage_is_same(const struct process *process, const struct process_stat *stat) {
    if ((process->flags & PROCESS_IS_UNREAD) != 0) {
        return !is_younger(stat->birthday, process->birthday);
    }
    return process->birthday == stat->birthday;
}

void lineage_lost(void) {
    lost_until = ticks_now();
}

static void retire_gone(struct process *process, void *context) {
    (void)context;
    if ((process->flags & PROCESS_IS_GONE) != 0) {
        lineage_retire(process);
    }
}

void lineage_retire_gone(void) {
    table_each(retire_gone, NULL);
}

int lineage_refresh(struct process *process) {
    struct process_stat stat;
    int result = process_read(process->pid, &stat);
    if (result == -ESRCH || (result == 0 && !lineage_is_same(process, &stat))) {
        lineage_retire(process);
        return 0;
    }
    if (result == 0) {
        table_update(process, &stat);
    }
    return 1;
}

/* A parent is not younger than its child: else the number is used again. */
static struct process *parent_of(const struct process *process) {
    struct process *parent = table_find(process->ppid);
    return parent != NULL && parent->birthday <= process->birthday ? parent : NULL;
}

void lineage_follow(struct process *process) {
    const struct process *top = process;
    while (top != NULL && (top->flags & PROCESS_IS_NEW) != 0) {
        top = parent_of(top);
    }
    for (struct process *one = process, *above; (one->flags & PROCESS_IS_NEW) != 0; one = above) {
        above = parent_of(one);
        one->flags &= ~(unsigned)PROCESS_IS_NEW;
        if (top != NULL && top->family->number != 0) {
            table_move(one, top->family);
            if (one->session == top->session || one->session == one->pid) {
                one->flags |= one->session == one->pid ? PROCESS_OWN_SESSION
                                                       : top->flags & PROCESS_OWN_SESSION;
            }
        }
        if (above == NULL) {
            return;
        }
    }
}

struct family *lineage_look_up(const struct process_stat *of) {
    struct process_stat child = *of;
    for (int i = 0; i < PARENTS_MAX && child.ppid > 0; i++) {
        struct process_stat above;
        if (process_read(child.ppid, &above) != 0 || above.birthday > child.birthday) {
            break;
        }
        const struct process *known = table_find(above.pid);
        if (known != NULL && lineage_is_same(known, &above)) {
            return known->family;
        }
        child = above;
    }
    return family_find(0);
}

static void begin_to_follow(struct process *process, void *context) {
    (void)context;
    if (process->family->number == 0 && (process->flags & PROCESS_IS_FRESH) != 0) {
        process->flags |= PROCESS_IS_NEW;
    }
}

static void follow(struct process *process, void *context) {
    (void)context;
    if ((process->flags & PROCESS_IS_NEW) != 0) {
        lineage_follow(process);
    }
}

void lineage_follow_all(void) {
    table_each(begin_to_follow, NULL);
    table_each(follow, NULL);
}

static void forget_exited_stranger(struct process *process, void *context) {
    (void)context;
    if (process->family->number == 0 && (process->flags & PROCESS_HAS_EXITED) != 0) {
        lineage_retire(process);
    }
}

static void look_at_exited(struct process *process, void *context) {
    (void)context;
    if ((process->flags & PROCESS_HAS_EXITED) != 0) {
        lineage_refresh(process);
    }
}

void lineage_settle(void) {
    if (was_claimed) {
        lineage_follow_all();
    }
    if (have_strangers_exited) {
        table_each(forget_exited_stranger, NULL);
    }
    was_claimed = have_strangers_exited = 0;
    if (exited > exited_limit) {
        table_each(look_at_exited, NULL);
        exited_limit = 2 * exited + EXITED_MAX;
    }
}
