#include "ended.h"

#include <stdlib.h>

#include "ticks.h"

/* A hostile job can end any number of processes between two snapshots. */
#define ENDED_MAX 8192

static struct families_process *ended;
static uint32_t count;
static uint32_t size;
static int is_taken;

/* Makes room for one more; where there is none, the number of records stays. */
static int has_room(void) {
    if (count < size) {
        return 1;
    }
    uint32_t new_size = size > 0 ? size * 2 : 64;
    if (new_size > ENDED_MAX) {
        return 0;
    }
    struct families_process *larger = realloc(ended, new_size * sizeof *ended);
    if (larger == NULL) {
        return 0;
    }
    ended = larger;
    size = new_size;
    return 1;
}

/* The record of the family that is nearest to the end; only very many families have none. */
static struct families_process *last_of(uint32_t family) {
    for (uint32_t i = count; i-- > 0;) {
        if (ended[i].family == family) {
            return &ended[i];
        }
    }
    return NULL;
}

/*
 * Ticks from what /proc said last and from the microseconds that the kernel told at the end. What is
 * less than a tick waits in the family: a thousand short processes make up something.
 */
static uint64_t final_ticks(uint64_t read, uint64_t microseconds, uint64_t *rest) {
    if (microseconds == 0) {
        return read;
    }
    uint64_t ticks = ticks_of_microseconds(microseconds);
    if (ticks < read) {
        return read;
    }
    *rest += microseconds - microseconds_of_ticks(ticks);
    uint64_t more = ticks_of_microseconds(*rest);
    *rest -= microseconds_of_ticks(more);
    return ticks + more;
}

static void add_up(struct families_process *sum, const struct families_process *one) {
    sum->user += one->user;
    sum->system += one->system;
    sum->child_user += one->child_user;
    sum->child_system += one->child_system;
}

void ended_add(const struct process *process) {
    struct family *family = process->family;
    struct families_process record = {
        .pid = process->pid,
        .ppid = process->ppid,
        .family = family->number,
        .flags = FAMILIES_HAS_ENDED,
        .birthday = process->birthday,
        .user = final_ticks(process->user, process->exited_user, &family->rest_user),
        .system = final_ticks(process->system, process->exited_system, &family->rest_system),
        .child_user = process->child_user,
        .child_system = process->child_system,
        .image = process->image,
        .resident = process->resident,
    };
    if (is_taken) {
        free(ended);
        ended = NULL;
        count = size = 0;
        is_taken = 0;
    }
    if ((process->flags & PROCESS_WAS_TOLD) == 0 && record.user == 0 && record.system == 0) {
        return;
    }
    struct families_process *same = NULL;
    if (has_room()) {
        ended[count++] = record;
    } else if ((same = last_of(record.family)) != NULL) {
        add_up(same, &record);
    }
}

const struct families_process *ended_take(uint32_t *taken) {
    *taken = is_taken ? 0 : count;
    is_taken = 1;
    return ended;
}
