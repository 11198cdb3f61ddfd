#include "report.h"

#include <unistd.h>

#include "launch.h"

static void report(const struct launch_record *record) {
    /* Nothing can be done where this fails: then the starter is gone, and its pipe will say so. */
    ssize_t written = write(FD_LAUNCH, record, sizeof *record);
    (void)written;
}

void report_failure(uint32_t phase, uint32_t index, int error) {
    struct launch_record record = {LAUNCH_FAILED, phase, index, error};
    report(&record);
}

void report_birth(int pid) {
    struct launch_record record = {LAUNCH_BORN, PHASE_OF_INIT, 0, pid};
    report(&record);
}

void report_apart(int pid) {
    struct launch_record record = {LAUNCH_APART, PHASE_OF_INIT, 0, pid};
    report(&record);
}
