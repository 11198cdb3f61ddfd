/*
 * What processes used, told when they end: taskstats, linux/taskstats.h. It takes root in the first
 * user and PID namespaces, and a kernel that has it.
 */
#ifndef EYRIE_FAMILIES_ACCOUNTING_H
#define EYRIE_FAMILIES_ACCOUNTING_H

#include <stdint.h>

/* Begins to listen; `buffer` is what messages may take in the kernel. Gives 0 or -errno. */
int accounting_open(uint32_t buffer);

/* Takes what was told: lineage_used(). After events_drain(), for who exited has been told of there. */
void accounting_drain(void);

#endif
