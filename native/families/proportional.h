/* Memory that processes share, divided among them. */
#ifndef EYRIE_FAMILIES_PROPORTIONAL_H
#define EYRIE_FAMILIES_PROPORTIONAL_H

#include <stdint.h>

/*
 * Adds up the proportional set sizes of all members, KiB: proc_pid_smaps(5). Gives 0, or -errno
 * where no member's could be read although there are some.
 */
int proportional_sum(const uint32_t *families, uint32_t count, uint64_t *kib);

#endif
