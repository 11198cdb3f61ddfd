/* eyrie_event_descriptor: see border.h. */
#include <errno.h>
#include <sys/eventfd.h>

#include "border.h"

int eyrie_event_descriptor(void) {
    int fd = eventfd(0, EFD_CLOEXEC);
    return fd < 0 ? -errno : fd;
}
