#include "sessions.h"

#include <stdlib.h>

#include "table.h"

/* Sessions of members and the family of each, by number; a table with open addresses. */
struct sessions {
    struct slot {
        int session;
        struct family *family;
    } *slots;
    uint32_t mask;
    unsigned mark;
    unsigned moved;
};

static struct slot *slot_of(const struct sessions *sessions, int session) {
    uint32_t at = (uint32_t)session & sessions->mask;
    while (sessions->slots[at].session != 0 && sessions->slots[at].session != session) {
        at = (at + 1) & sessions->mask;
    }
    return &sessions->slots[at];
}

/* The leader's family where it lives, else the one with the lowest number: it was there first. */
static void note(struct process *process, void *context) {
    const struct sessions *sessions = context;
    if (process->family->number == 0 || process->mark != sessions->mark ||
        (process->flags & PROCESS_OWN_SESSION) == 0 || process->session <= 0) {
        return;
    }
    struct slot *slot = slot_of(sessions, process->session);
    if (slot->session == 0 || process->pid == process->session ||
        (process->family->number < slot->family->number &&
         table_find(slot->session) == NULL)) {
        *slot = (struct slot){process->session, process->family};
    }
}

static void move(struct process *process, void *context) {
    struct sessions *sessions = context;
    if (process->family->number != 0 || (process->flags & PROCESS_IS_FRESH) == 0 ||
        process->session <= 0) {
        return;
    }
    const struct slot *slot = slot_of(sessions, process->session);
    if (slot->session != 0) {
        table_move(process, slot->family);
        process->flags |= PROCESS_OWN_SESSION;
        sessions->moved++;
    }
}

unsigned sessions_follow(unsigned mark) {
    uint32_t size = 64;
    while (size < 2 * table_count()) {
        size *= 2;
    }
    struct sessions sessions = {.mask = size - 1, .mark = mark};
    sessions.slots = calloc(size, sizeof *sessions.slots);
    if (sessions.slots == NULL) {
        return 0;
    }
    table_each(note, &sessions);
    table_each(move, &sessions);
    free(sessions.slots);
    return sessions.moved;
}
