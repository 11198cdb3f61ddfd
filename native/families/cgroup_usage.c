/* What a family's cgroup has counted. */
#include <string.h>

#include "cgroup.h"
#include "number.h"
#include "ticks.h"

/* Of io.stat and its likes: a line for each device. */
#define STATISTICS_MAX 65536

/* A file, and where the numbers after its words go; the same words come for each device. */
struct counters {
    enum hierarchy hierarchy;
    const char *file;
    const char *words[4];
    uint64_t *sums[4];
};

static void add_after(const char *text, const char *word, uint64_t *sum) {
    size_t length = strlen(word);
    for (const char *at = text; (at = strstr(at, word)) != NULL; at += length) {
        if (at == text || at[-1] == ' ' || at[-1] == '\n') {
            uint64_t number;
            number_read(at + length, &number);
            *sum = (*sum == FAMILIES_UNKNOWN ? 0 : *sum) + number;
        }
    }
}

static void read_counters(const struct cgroup *cgroup, const struct counters *counters) {
    static char text[STATISTICS_MAX];
    int directory = cgroup->directories[counters->hierarchy];
    if (directory < 0 || cgroup_read(directory, counters->file, text, sizeof text) <= 0) {
        return;
    }
    for (int i = 0; i < 4 && counters->words[i] != NULL; i++) {
        add_after(text, counters->words[i], counters->sums[i]);
    }
}

static void read_number(const struct cgroup *cgroup, enum hierarchy hierarchy, const char *file,
                        uint64_t *number) {
    char text[32];
    if (cgroup->directories[hierarchy] >= 0 &&
        cgroup_read(cgroup->directories[hierarchy], file, text, sizeof text) > 0) {
        number_read(text, number);
    }
}

static void read_times(const struct cgroup *cgroup, struct families_usage *usage) {
    const struct counters times = {HIERARCHY_V2, "cpu.stat", {"user_usec ", "system_usec "},
                                   {&usage->user, &usage->system}};
    const struct counters ticks = {HIERARCHY_CPUACCT, "cpuacct.stat", {"user ", "system "},
                                   {&usage->user, &usage->system}};
    read_counters(cgroup, &times);
    if (usage->user != FAMILIES_UNKNOWN) {
        return;
    }
    read_counters(cgroup, &ticks);
    if (usage->user != FAMILIES_UNKNOWN) {
        usage->user = microseconds_of_ticks(usage->user);
        usage->system = microseconds_of_ticks(usage->system);
    }
}

static void read_blocks(const struct cgroup *cgroup, struct families_usage *usage) {
    const struct counters v2 = {
        HIERARCHY_V2, "io.stat", {"rbytes=", "wbytes=", "rios=", "wios="},
        {&usage->block_read_bytes, &usage->block_write_bytes, &usage->block_reads,
         &usage->block_writes}};
    const struct counters bytes = {HIERARCHY_BLKIO, "blkio.throttle.io_service_bytes",
                                   {"Read ", "Write "},
                                   {&usage->block_read_bytes, &usage->block_write_bytes}};
    const struct counters operations = {HIERARCHY_BLKIO, "blkio.throttle.io_serviced",
                                        {"Read ", "Write "},
                                        {&usage->block_reads, &usage->block_writes}};
    read_counters(cgroup, &v2);
    if (usage->block_reads == FAMILIES_UNKNOWN) {
        read_counters(cgroup, &bytes);
        read_counters(cgroup, &operations);
    }
}

static void subtract(uint64_t *from, uint64_t before) {
    if (*from != FAMILIES_UNKNOWN && before != FAMILIES_UNKNOWN) {
        *from = *from > before ? *from - before : 0;
    }
}

int cgroup_usage(const struct family *family, struct families_usage *usage) {
    memset(usage, 0xff, sizeof *usage);
    if (family->cgroup == NULL) {
        return 0;
    }
    const struct families_usage *before = &family->cgroup->before;
    read_times(family->cgroup, usage);
    read_blocks(family->cgroup, usage);
    read_number(family->cgroup, HIERARCHY_V2, "memory.current", &usage->memory);
    read_number(family->cgroup, HIERARCHY_MEMORY, "memory.usage_in_bytes", &usage->memory);
    subtract(&usage->user, before->user);
    subtract(&usage->system, before->system);
    subtract(&usage->block_reads, before->block_reads);
    subtract(&usage->block_writes, before->block_writes);
    subtract(&usage->block_read_bytes, before->block_read_bytes);
    subtract(&usage->block_write_bytes, before->block_write_bytes);
    return usage->user != FAMILIES_UNKNOWN;
}
