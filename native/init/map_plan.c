#include "map_plan.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

int map_plan(struct init *init) {
    struct stat status;
    uint32_t offset;
    const int sealed = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW;
    int seals = fcntl(FD_PLAN, F_GET_SEALS);
    if (seals < 0 || fstat(FD_PLAN, &status) != 0) {
        return -errno;
    }
    if ((seals & sealed) != sealed || status.st_size > PLAN_LIMIT) {
        return -EINVAL;
    }
    size_t length = (size_t)status.st_size;
    init->bytes = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE, FD_PLAN, 0);
    if (init->bytes == MAP_FAILED) {
        return -errno;
    }
    return plan_check(init->bytes, length, &init->plan, &offset);
}
