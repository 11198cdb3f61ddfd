/* What init says about the launch: see launch.h. */
#ifndef EYRIE_REPORT_H
#define EYRIE_REPORT_H

#include <stdint.h>

/* Tells the starter that step `index` of `phase` failed with `error` (positive). */
void report_failure(uint32_t phase, uint32_t index, int error);

/* Tells the starter the job's pid on the host, 0 if it is not known. */
void report_birth(int pid);

/* Tells the starter init's own pid on the host, where it did not start it. */
void report_apart(int pid);

#endif
