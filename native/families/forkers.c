#include "forkers.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "lineage.h"
#include "ticks.h"

/* Of a processor's buffer: a power of two, room for a thousand forks and exits. */
#define PAGES 8

#define PROCESSORS_MAX 8192

/* A record of a fork. */
struct fork_record {
    struct perf_event_header head;
    uint32_t pid;
    uint32_t maker;
    uint32_t thread;
    uint32_t maker_thread;
    uint64_t time; /* CLOCK_MONOTONIC, nanoseconds */
};

static struct perf_event_mmap_page **buffers;
static unsigned buffer_count;
static size_t page_size;

static int open_one(int processor) {
    struct perf_event_attr wanted = {
        .type = PERF_TYPE_SOFTWARE,
        .size = sizeof wanted,
        .config = PERF_COUNT_SW_DUMMY,
        .task = 1,
        .use_clockid = 1,
        .clockid = CLOCK_MONOTONIC,
        .watermark = 1,
        .wakeup_watermark = (uint32_t)(PAGES * page_size / 2),
    };
    return (int)syscall(SYS_perf_event_open, &wanted, -1, processor, -1, PERF_FLAG_FD_CLOEXEC);
}

/* Gives 0 or -errno. The descriptor stays open with the program. */
static int add_processor(int processor, int epoll, unsigned long from) {
    int fd = open_one(processor);
    if (fd < 0) {
        return errno == ENODEV ? 0 : -errno; /* it is switched off */
    }
    void *buffer = mmap(NULL, (PAGES + 1) * page_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = from};
    if (buffer == MAP_FAILED || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    buffers[buffer_count++] = buffer;
    return 0;
}

int forkers_open(int epoll, unsigned long from) {
    long processors = sysconf(_SC_NPROCESSORS_CONF);
    page_size = (size_t)sysconf(_SC_PAGESIZE);
    buffers = processors <= PROCESSORS_MAX ? calloc((size_t)processors, sizeof *buffers) : NULL;
    int result = buffers != NULL ? 0 : -ENOMEM;
    for (int i = 0; result == 0 && i < processors; i++) {
        result = add_processor(i, epoll, from);
    }
    return result != 0 ? result : buffer_count > 0 ? 0 : -ENODEV;
}

/* Copies from a ring. */
static void copy(const unsigned char *ring, uint64_t at, void *into, size_t length) {
    const size_t size = PAGES * page_size;
    size_t begin = (size_t)(at % size);
    size_t first = size - begin < length ? size - begin : length;
    memcpy(into, ring + begin, first);
    memcpy((unsigned char *)into + first, ring, length - first);
}

static void drain(struct perf_event_mmap_page *page, uint64_t until) {
    const unsigned char *ring = (const unsigned char *)page + page_size;
    uint64_t end = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);
    uint64_t at = page->data_tail;
    while (end - at >= sizeof(struct perf_event_header)) {
        struct fork_record record;
        copy(ring, at, &record.head, sizeof record.head);
        if (record.head.size < sizeof record.head) {
            at = end;
            break;
        }
        if (record.head.type == PERF_RECORD_FORK && record.head.size >= sizeof record) {
            copy(ring, at, &record, sizeof record);
            if (record.time > until) {
                break;
            }
            if (record.pid != record.maker) { /* else it is a thread */
                lineage_made((int)record.maker, (int)record.pid, ticks_of_monotonic(record.time));
            }
        }
        at += record.head.size;
    }
    __atomic_store_n(&page->data_tail, at, __ATOMIC_RELEASE);
}

void forkers_drain(uint64_t until) {
    for (unsigned i = 0; i < buffer_count; i++) {
        drain(buffers[i], until);
    }
}
