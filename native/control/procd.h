/* The two sockets to procd: records on the stream, descriptors on the one of packets. */
#ifndef EYRIE_CONTROL_PROCD_H
#define EYRIE_CONTROL_PROCD_H

#include <stddef.h>
#include <stdint.h>

#include "front.h"

/* Sends a record, and its payload where it has one. It waits in memory until procd reads. */
void procd_tell(const struct front_record *record, const void *payload);

/*
 * Sends descriptors ahead of the record that tells of them; they stay open here. Gives 0, or -1 where
 * that cannot be done.
 */
int procd_pass(uint32_t connection, const int *descriptors, uint32_t count);

/* Reads what procd says and calls `obey` with each record; gives 0, or -1 where there is no procd. */
int procd_read(int (*obey)(const struct front_record *record, const unsigned char *payload));

/* Sends what waits. Gives 0, or -1 where there is no procd. */
int procd_flush(void);

/* Bytes that wait for procd to read them. */
size_t procd_waiting(void);

/*
 * Checks a record of procd's: its kind is one that procd sends, and its length fits. Gives 0 or -1.
 * Pure: record.c.
 */
int procd_check(const struct front_record *record);

#endif
