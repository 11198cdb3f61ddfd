#include "snapshot.h"

#include <errno.h>

#include "accounting.h"
#include "cgroup.h"
#include "details.h"
#include "ended.h"
#include "events.h"
#include "forkers.h"
#include "lineage.h"
#include "output.h"
#include "scan.h"
#include "ticks.h"

static int was_scanned;
static int is_incomplete; /* events were dropped, and /proc not read since */
static int was_overflow;  /* the same, and not told */

/* When events were last all taken. Who was born before is in the table, or a stranger. */
static uint64_t known_since;

/* A process is in the table at most this many ticks after its birth. */
#define MARGIN 10

int table_take_events(void) {
    const uint64_t now = ticks_now();
    const uint64_t begun = monotonic_now();
    if (!events_drain()) {
        is_incomplete = 1;
        was_overflow = 1;
    }
    accounting_drain();
    forkers_drain(begun);
    lineage_settle();
    if (events_are_told() && was_scanned && !is_incomplete) {
        known_since = now > MARGIN ? now - MARGIN : 0;
    }
    return events_are_told() && was_scanned && !is_incomplete;
}

int table_catch_up(void) {
    if (table_take_events()) {
        return 0;
    }
    int result = scan(events_are_told() && was_scanned ? known_since : 0);
    if (is_incomplete) {
        lineage_lost();
    }
    if (result == 0) {
        was_scanned = 1;
        is_incomplete = 0;
        table_take_events();
    }
    lineage_retire_gone();
    return result;
}

struct counts {
    uint32_t wants;
    uint32_t processes;
};

/* Gives whether details were wanted and the process had no environment. */
static int put(const struct process *process, unsigned flags, uint32_t wants) {
    struct families_process record = {
        .pid = process->pid,
        .ppid = process->ppid,
        .family = process->family->number,
        .flags = flags | ((process->flags & PROCESS_IS_DEAD) != 0 ? FAMILIES_IS_ZOMBIE : 0),
        .birthday = process->birthday,
        .user = process->user,
        .system = process->system,
        .child_user = process->child_user,
        .child_system = process->child_system,
        .image = process->image,
        .resident = process->resident,
    };
    if ((flags & FAMILIES_IS_FRESH) == 0) {
        output_put(&record, sizeof record);
        return 0;
    }
    record.uid = process_owner(process->pid);
    size_t at = output_length();
    output_put(&record, sizeof record);
    int is_bare = 0;
    if (wants != 0) {
        is_bare = details_put(process->pid, wants);
        record.extra = (uint32_t)(output_length() - at - sizeof record);
        output_replace(at, &record, sizeof record);
    }
    return is_bare;
}

void snapshot_put_process(const struct process *process, uint32_t wants) {
    put(process, FAMILIES_IS_FRESH, wants);
}

void snapshot_forget_stranger(struct process *process) {
    if (process->family->number == 0 && events_are_told()) {
        lineage_retire(process);
    }
}

static void put_members(struct family *family, void *context) {
    struct counts *counts = context;
    for (struct process *one = family->first; one != NULL; one = one->next) {
        if ((one->flags & PROCESS_IS_UNREAD) != 0) {
            continue; /* its exit is told next time */
        }
        int is_fresh = (one->flags & PROCESS_IS_FRESH) != 0;
        put(one, is_fresh ? FAMILIES_IS_FRESH : 0, counts->wants);
        one->flags = (one->flags & ~(unsigned)PROCESS_IS_FRESH) | PROCESS_WAS_TOLD;
        counts->processes++;
    }
}

/*
 * In the middle of execve(2) a process has memory, and no environment that could say whose it is:
 * who has none is told of again. Kernel threads and zombies have neither.
 */
static void put_strangers(struct counts *counts) {
    struct process *next;
    for (struct process *one = family_find(0)->first; one != NULL; one = next) {
        next = one->next;
        if ((one->flags & PROCESS_IS_UNREAD) != 0) {
            continue;
        }
        if ((one->flags & PROCESS_IS_FRESH) != 0) {
            int is_bare = put(one, FAMILIES_IS_FRESH, counts->wants);
            counts->processes++;
            if (is_bare && one->image > 0) {
                continue;
            }
            one->flags &= ~(unsigned)PROCESS_IS_FRESH;
        }
        snapshot_forget_stranger(one);
    }
}

static void put_ended(struct counts *counts) {
    uint32_t count;
    const struct families_process *ended = ended_take(&count);
    output_put(ended, count * sizeof *ended);
    counts->processes += count;
}

/* Reads a process, and marks it where it is gone: what it used is perhaps still to be told. */
static void look_at(struct process *process, void *context) {
    struct process_stat stat;
    (void)context;
    int result = process_read(process->pid, &stat);
    if (result == 0 && lineage_is_same(process, &stat)) {
        table_update(process, &stat);
    } else if (result == 0 || result == -ESRCH) {
        process->flags |= PROCESS_IS_GONE;
    }
}

/* Those that were born meanwhile; whoever of them is gone already is told of next time. */
static void read_unread(struct process *process, void *context) {
    (void)context;
    if ((process->flags & PROCESS_IS_UNREAD) != 0) {
        look_at(process, NULL);
        process->flags &= ~(unsigned)PROCESS_IS_GONE;
    }
}

/* Reads all processes. Those that end meanwhile are told of by events once more. */
static void refresh_all(void) {
    table_each(look_at, NULL);
    table_take_events();
    lineage_retire_gone();
    table_each(read_unread, NULL);
}

void snapshot_put(uint32_t wants) {
    struct counts counts = {.wants = wants};
    struct families_snapshot head = {.complete = 1};
    const int knew_all = table_take_events();
    if (!knew_all) {
        head.complete = table_catch_up() == 0;
    }
    cgroup_adopt();
    if (knew_all) {
        refresh_all();
    }
    size_t at = output_length();
    output_put(&head, sizeof head);
    family_each(put_members, &counts);
    put_strangers(&counts);
    put_ended(&counts);
    head.overflow = (uint32_t)was_overflow;
    head.process_count = counts.processes;
    was_overflow = 0;
    output_replace(at, &head, sizeof head);
}
