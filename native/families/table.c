#include "table.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "request.h"

#define FIRST_SIZE 256 /* of the hash table; a power of two, as all its sizes */
#define FAMILY_CHAINS 1024

static struct process **chains;
static uint32_t size;
static uint32_t count;
static uint32_t most; /* processes since memory was given back last */

static struct family strangers;
static struct family *family_chains[FAMILY_CHAINS];
static uint32_t family_count;

static struct process **chain_of(int pid) {
    return &chains[(uint32_t)pid & (size - 1)];
}

struct process *table_find(int pid) {
    struct process *process = size > 0 ? *chain_of(pid) : NULL;
    while (process != NULL && process->pid != pid) {
        process = process->chain;
    }
    return process;
}

/* Pids are dense, so their last bits are as good as any hash. */
static int resize(uint32_t new_size) {
    struct process **old = chains;
    uint32_t old_size = size;
    struct process **fresh = calloc(new_size, sizeof(struct process *));
    if (fresh == NULL) {
        return 0;
    }
    chains = fresh;
    size = new_size;
    for (uint32_t i = 0; i < old_size; i++) {
        for (struct process *one = old[i], *next; one != NULL; one = next) {
            next = one->chain;
            one->chain = *chain_of(one->pid);
            *chain_of(one->pid) = one;
        }
    }
    free(old);
    return 1;
}

static void link_to(struct process *process, struct family *family) {
    process->family = family;
    process->previous = NULL;
    process->next = family->first;
    if (family->first != NULL) {
        family->first->previous = process;
    }
    family->first = process;
    family->count++;
}

static void unlink_from_family(struct process *process) {
    struct family *family = process->family;
    if (process->previous != NULL) {
        process->previous->next = process->next;
    } else {
        family->first = process->next;
    }
    if (process->next != NULL) {
        process->next->previous = process->previous;
    }
    family->count--;
}

struct process *table_add(int pid, struct family *family) {
    if (count >= size && !resize(size > 0 ? size * 2 : FIRST_SIZE) && size == 0) {
        return NULL;
    }
    struct process *process = calloc(1, sizeof *process);
    if (process == NULL) {
        return NULL;
    }
    process->pid = pid;
    process->chain = *chain_of(pid);
    *chain_of(pid) = process;
    link_to(process, family);
    count++;
    most = count > most ? count : most;
    return process;
}

/* What a bomb took is given back after it. */
static void give_back(void) {
    if (most > 4 * FIRST_SIZE && count < most / 4) {
        most = count;
        if (size > FIRST_SIZE) {
            resize(size / 4);
        }
        malloc_trim(0);
    }
}

void table_remove(struct process *process) {
    struct process **at = chain_of(process->pid);
    while (*at != process) {
        at = &(*at)->chain;
    }
    *at = process->chain;
    unlink_from_family(process);
    free(process);
    count--;
}

void table_move(struct process *process, struct family *family) {
    unlink_from_family(process);
    link_to(process, family);
}

uint32_t table_count(void) {
    return count;
}

void table_each(void (*visit)(struct process *process, void *context), void *context) {
    for (uint32_t i = 0; i < size; i++) {
        for (struct process *one = chains[i], *next; one != NULL; one = next) {
            next = one->chain;
            visit(one, context);
        }
    }
    give_back();
}

void table_update(struct process *process, const struct process_stat *stat) {
    const int was_session = process->session;
    process->ppid = stat->ppid;
    process->session = stat->session;
    process->birthday = stat->birthday;
    process->user = stat->user;
    process->system = stat->system;
    process->child_user = stat->child_user;
    process->child_system = stat->child_system;
    process->image = stat->image;
    process->resident = stat->resident;
    process->flags &= ~(unsigned)(PROCESS_IS_UNREAD | PROCESS_IS_DEAD);
    if (process_is_dead(stat)) {
        process->flags |= PROCESS_IS_DEAD;
    }
    if (stat->session == stat->pid && process->family->number != 0) {
        process->flags |= PROCESS_OWN_SESSION;
    } else if (stat->session != was_session) {
        process->flags &= ~(unsigned)PROCESS_OWN_SESSION;
    }
}

struct family *family_find(uint32_t number) {
    if (number == 0) {
        return &strangers;
    }
    struct family *family = family_chains[number % FAMILY_CHAINS];
    while (family != NULL && family->number != number) {
        family = family->chain;
    }
    return family;
}

struct family *family_make(uint32_t number) {
    struct family *family = family_find(number);
    if (family != NULL || family_count >= FAMILIES_LISTED_MAX ||
        (family = calloc(1, sizeof *family)) == NULL) {
        return family;
    }
    family->number = number;
    family->chain = family_chains[number % FAMILY_CHAINS];
    family_chains[number % FAMILY_CHAINS] = family;
    family_count++;
    return family;
}

void family_forget(struct family *family) {
    struct family **at = &family_chains[family->number % FAMILY_CHAINS];
    while (*at != family) {
        at = &(*at)->chain;
    }
    *at = family->chain;
    free(family);
    family_count--;
}

void family_each(void (*visit)(struct family *family, void *context), void *context) {
    for (uint32_t i = 0; i < FAMILY_CHAINS; i++) {
        for (struct family *one = family_chains[i], *next; one != NULL; one = next) {
            next = one->chain;
            visit(one, context);
        }
    }
}
