/*
 * Where the kernel tells of forks a kill is one: whoever has the signal forks no more, and what it
 * forked before is told of before its exit is; so all are dead when every member's exit was told.
 *
 * Where it does not, killing a parent would hide a child that nobody saw yet: all are stopped
 * first, until a pass over /proc meets nobody who is not, and killed then.
 */
#include "sweep.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgroup.h"
#include "events.h"
#include "lineage.h"
#include "output.h"
#include "signals.h"
#include "snapshot.h"
#include "ticks.h"

#define SWEEPS_MAX 64
#define MILLISECOND 1000000ull

/* Passes follow each other at once while they find new processes, so many of them at most. */
#define PASSES_MAX 64

/* Then pauses grow up to this. */
#define PAUSE_MAX 50

/* A traced process can stop once more on its way to its end: it is killed again after this long, … */
#define AGAIN 50

/* … and then after twice as long each time. In milliseconds. */
#define AGAIN_MAX 1000

/* Stopping before a kill takes this part of its time at most. */
#define STOPPING_PART 4

struct sweep {
    uint32_t id;
    int signal;
    int is_stopping; /* before a kill */
    uint32_t *families;
    uint32_t family_count;
    int *except;
    uint32_t except_count;
    uint64_t begun;
    uint64_t deadline;
    uint64_t due;
    uint64_t again;
    unsigned again_pause; /* milliseconds */
    unsigned pause;       /* milliseconds */
    unsigned first_mark;
    unsigned mark; /* of those that got the signal in this round */
    uint32_t signalled;
    uint32_t left;
    struct sweep *next;
};

static struct sweep *sweeps;
static unsigned sweep_count;
static unsigned marks;

static int is_excepted(const struct sweep *sweep, int pid) {
    for (uint32_t i = 0; i < sweep->except_count; i++) {
        if (sweep->except[i] == pid) {
            return 1;
        }
    }
    return pid == getpid();
}

int sweep_begin(const struct families_command *command) {
    const struct families_request *request = &command->request;
    size_t families = request->family_count * sizeof(uint32_t);
    size_t except = command->except_count * sizeof(int);
    struct sweep *sweep = sweep_count < SWEEPS_MAX ? calloc(1, sizeof *sweep) : NULL;
    if (sweep == NULL) {
        return sweep_count < SWEEPS_MAX ? -ENOMEM : -EAGAIN;
    }
    sweep->families = malloc(families + except + 1);
    if (sweep->families == NULL) {
        free(sweep);
        return -ENOMEM;
    }
    if (families > 0) {
        memcpy(sweep->families, command->families, families);
    }
    sweep->family_count = request->family_count;
    sweep->except = (int *)(void *)(sweep->families + request->family_count);
    if (except > 0) {
        memcpy(sweep->except, command->except, except);
    }
    sweep->except_count = command->except_count;
    sweep->id = request->id;
    sweep->signal = (int)request->signal;
    sweep->is_stopping = sweep->signal == SIGKILL && !events_are_told();
    sweep->begun = monotonic_now();
    sweep->deadline = sweep->begun + request->number * MILLISECOND;
    sweep->mark = sweep->first_mark = ++marks;
    sweep->again_pause = AGAIN;
    sweep->next = sweeps;
    sweeps = sweep;
    sweep_count++;
    return 0;
}

/* A pass over the members, as they are when it begins: processes come and go meanwhile. */
struct pass {
    const struct sweep *sweep;
    int signal;
    int *pids;
    unsigned count;
    unsigned size;
    unsigned sent; /* to processes that had it for the first time */
    unsigned left; /* not dead, or not stopped */
};

static void each_family(const struct sweep *sweep,
                        void (*visit)(struct family *family, void *context), void *context) {
    for (uint32_t i = 0; i < sweep->family_count; i++) {
        struct family *family = family_find(sweep->families[i]);
        if (family != NULL) {
            visit(family, context);
        }
    }
}

static void note(struct pass *pass, int pid) {
    if (pass->count == pass->size) {
        unsigned size = pass->size > 0 ? pass->size * 2 : 256;
        int *larger = realloc(pass->pids, size * sizeof *larger);
        if (larger == NULL) {
            return;
        }
        pass->pids = larger;
        pass->size = size;
    }
    pass->pids[pass->count++] = pid;
}

static void note_members(struct family *family, void *context) {
    struct pass *pass = context;
    family->mark = pass->sweep->mark;
    for (const struct process *one = family->first; one != NULL; one = one->next) {
        if ((one->flags & (PROCESS_IS_DEAD | PROCESS_IN_CGROUP)) == 0 &&
            !is_excepted(pass->sweep, one->pid)) {
            note(pass, one->pid);
        }
    }
}

static void had_signal(struct pass *pass, struct process *process) {
    pass->sent += process->sweep < pass->sweep->first_mark;
    process->sweep = pass->sweep->mark;
}

/* The process of that pid if it is a member of what is signalled, and had no signal yet. */
static struct process *member(int pid, void *context) {
    struct pass *pass = context;
    struct process *process = table_find(pid);
    if (process == NULL || process->family->mark != pass->sweep->mark ||
        process->sweep == pass->sweep->mark || (process->flags & PROCESS_HAS_EXITED) != 0) {
        return NULL;
    }
    had_signal(pass, process);
    return process;
}

/* Signals one member after a look at it. */
static void check(struct pass *pass, struct process *process) {
    struct process_stat stat;
    const int had_it = process->sweep == pass->sweep->mark;
    switch (signal_checked(process, pass->signal, &stat)) {
    case SIGNAL_GONE:
        /* Who ended by himself may have forked before: the next pass, or events, will tell. */
        pass->left += process->sweep < pass->sweep->first_mark;
        if (!events_are_told() || (process->flags & PROCESS_HAS_EXITED) != 0) {
            lineage_retire(process);
        }
        return;
    case SIGNAL_NOT_NEEDED:
        table_update(process, &stat);
        return;
    case SIGNAL_SENT:
        had_signal(pass, process);
        /* It sleeps in the kernel, and will do nothing else when it wakes. */
        pass->left += !(had_it && pass->signal == SIGSTOP && stat.state == 'D');
        return;
    case SIGNAL_FAILED:
        pass->left++;
        return;
    }
}

/* Looks at every member. */
static void pass_checked(struct pass *pass) {
    for (unsigned i = 0; i < pass->count; i++) {
        struct process *process = table_find(pass->pids[i]);
        if (process != NULL && process->family->mark == pass->sweep->mark) {
            check(pass, process);
        }
    }
}

/* Looks at those only whose exit was told. */
static void pass_by_events(struct pass *pass) {
    signal_all(pass->pids, pass->count, pass->signal, member, pass);
    if (pass->signal != SIGKILL) {
        return;
    }
    for (unsigned i = 0; i < pass->count; i++) {
        struct process *process = table_find(pass->pids[i]);
        if (process == NULL || process->family->mark != pass->sweep->mark) {
            continue;
        }
        if ((process->flags & PROCESS_HAS_EXITED) != 0) {
            check(pass, process);
        } else {
            pass->left++;
        }
    }
}

static void put_into_cgroup(int pid, void *context) {
    struct process *process = table_find(pid);
    (void)context;
    if (process != NULL) {
        process->flags |= PROCESS_IN_CGROUP;
    }
}

static void forget_cgroup(struct process *process, void *context) {
    (void)context;
    process->flags &= ~(unsigned)PROCESS_IN_CGROUP;
}

/* Members in a frozen cgroup need no SIGSTOP. */
static void freeze(struct family *family, void *context) {
    struct pass *pass = context;
    if (family->cgroup != NULL && cgroup_freeze(family, 1) == 0) {
        cgroup_each(family, put_into_cgroup, NULL);
        pass->left += !cgroup_is_frozen(family);
    }
}

static void thaw(struct family *family, void *context) {
    (void)context;
    if (family->cgroup != NULL) {
        cgroup_freeze(family, 0);
    }
}

static void kill_cgroup(struct family *family, void *context) {
    struct sweep *sweep = context;
    int killed = family->cgroup != NULL ? cgroup_kill(family) : 0;
    sweep->signalled += killed > 0 ? (uint32_t)killed : 0;
}

/* One pass. Gives how many processes had the signal for the first time. */
static unsigned make_pass(struct sweep *sweep) {
    struct pass pass = {
        .sweep = sweep,
        .signal = sweep->is_stopping ? SIGSTOP : sweep->signal,
    };
    int is_known = table_catch_up() == 0 && table_take_events();
    cgroup_adopt();
    if (sweep->signal == SIGSTOP) {
        each_family(sweep, freeze, &pass);
    }
    each_family(sweep, note_members, &pass);
    if (is_known && pass.signal != SIGSTOP && signals_have_descriptors()) {
        pass_by_events(&pass);
    } else {
        pass_checked(&pass);
    }
    if (sweep->signal == SIGSTOP) {
        table_each(forget_cgroup, NULL);
    }
    free(pass.pids);
    sweep->signalled += sweep->is_stopping ? 0 : pass.sent;
    sweep->left = pass.left;
    return pass.sent;
}

/* Whether it has done its work, or has no time any more. */
static int is_done(struct sweep *sweep, uint64_t now) {
    if (sweep->signal != SIGKILL && sweep->signal != SIGSTOP) {
        sweep->left = 0; /* nobody knows what others did */
        return 1;
    }
    if (sweep->is_stopping) {
        uint64_t limit = (sweep->deadline - sweep->begun) / STOPPING_PART;
        if (sweep->left == 0 || now - sweep->begun > limit) {
            sweep->is_stopping = 0;
            sweep->first_mark = sweep->mark = ++marks;
            sweep->pause = 0;
        }
        return 0;
    }
    return sweep->left == 0 || now >= sweep->deadline;
}

/* What happens once at the beginning, and for a kill again and again. */
static void begin_round(struct sweep *sweep, uint64_t now) {
    if (sweep->signal == SIGKILL) {
        each_family(sweep, kill_cgroup, sweep);
    } else if (sweep->signal == SIGCONT) {
        each_family(sweep, thaw, NULL);
    }
    sweep->mark = sweep->is_stopping ? sweep->mark : ++marks;
    sweep->again = now + sweep->again_pause * MILLISECOND;
    sweep->again_pause = sweep->again_pause < AGAIN_MAX ? 2 * sweep->again_pause : AGAIN_MAX;
}

/* Gives whether it is over. */
static int advance(struct sweep *sweep) {
    unsigned sent = 1;
    signals_hurry();
    if (monotonic_now() >= sweep->again) {
        begin_round(sweep, monotonic_now());
    }
    for (int i = 0; i < PASSES_MAX && sent > 0; i++) {
        sent = make_pass(sweep);
        if (is_done(sweep, monotonic_now())) {
            signals_relax();
            return 1;
        }
    }
    signals_relax();
    sweep->pause = sent > 0 || sweep->pause == 0 ? 1 : sweep->pause * 2;
    sweep->pause = sweep->pause < PAUSE_MAX ? sweep->pause : PAUSE_MAX;
    sweep->due = monotonic_now() + sweep->pause * MILLISECOND;
    return 0;
}

static void finish(struct sweep *sweep) {
    struct families_outcome outcome = {.signalled = sweep->signalled, .left = sweep->left};
    output_begin(sweep->id);
    output_put(&outcome, sizeof outcome);
    output_end();
    free(sweep->families);
    free(sweep);
    sweep_count--;
}

int sweep_all(void) {
    int wait = -1;
    for (struct sweep **at = &sweeps, *sweep; (sweep = *at) != NULL;) {
        uint64_t now = monotonic_now();
        if (now >= sweep->due && advance(sweep)) {
            *at = sweep->next;
            finish(sweep);
            continue;
        }
        now = monotonic_now();
        int left = sweep->due > now ? (int)((sweep->due - now + MILLISECOND - 1) / MILLISECOND) : 0;
        wait = wait < 0 || left < wait ? left : wait;
        at = &sweep->next;
    }
    return wait;
}
