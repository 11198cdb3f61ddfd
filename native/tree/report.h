/*
 * What eyrie-tree tells on its standard output. src/kernel/structs.ts repeats it (a test compares
 * them).
 */
#ifndef EYRIE_TREE_REPORT_H
#define EYRIE_TREE_REPORT_H

#include <stdint.h>
#include <sys/stat.h>

/* Why chown refuses an entry, beside what the kernel says. */
enum tree_refusal {
    REFUSED_NOTHING,
    REFUSED_OWNER,  /* neither side's */
    REFUSED_LINK,   /* a file with several names */
    REFUSED_DEVICE,
};

/* Written once, shorter than PIPE_BUF. */
struct tree_report {
    uint64_t files;       /* everything that is no directory */
    uint64_t directories; /* the top one included */
    uint64_t apparent;    /* bytes, as st_size says; each inode once */
    uint64_t allocated;   /* bytes, as st_blocks says; each inode once */
    uint64_t failures;    /* entries that could not be dealt with */
    int32_t error;        /* errno of the first failure, 0 for none */
    uint32_t refusal;     /* of the first failure: enum tree_refusal */
    char path[1024];      /* of the first failure, below the directory that was given; NUL-ended */
};

#endif
