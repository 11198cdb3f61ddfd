/* eyrie_unmount, eyrie_attach_loop, eyrie_allocate, eyrie_reserve: see border.h. */
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "border.h"

/* Others take devices, too: a free one may be gone when it is asked for. */
#define ATTEMPTS 64

int eyrie_unmount(const char *path) {
    return umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0 ? 0 : -errno;
}

int eyrie_allocate(int descriptor, uint32_t mebibytes) {
    return fallocate(descriptor, 0, 0, (off_t)mebibytes << 20) == 0 ? 0 : -errno;
}

int eyrie_reserve(int descriptor, uint32_t bytes) {
    struct stat file;
    if (fstat(descriptor, &file) != 0) {
        return -errno;
    }
    return fallocate(descriptor, FALLOC_FL_KEEP_SIZE, file.st_size, (off_t)bytes) == 0 ? 0 : -errno;
}

/* Before Linux 5.8 there is no call that does both. */
static int configure_in_steps(int device, int backing, const struct loop_info64 *info) {
    if (ioctl(device, LOOP_SET_FD, backing) != 0) {
        return -errno;
    }
    if (ioctl(device, LOOP_SET_STATUS64, info) != 0) {
        int error = errno;
        ioctl(device, LOOP_CLR_FD, 0);
        return -error;
    }
    return 0;
}

static int configure(int device, int backing) {
    struct loop_info64 info;
    memset(&info, 0, sizeof info);
    /* The device lets go of the file when it is neither open nor mounted any more. */
    info.lo_flags = LO_FLAGS_AUTOCLEAR;
#ifdef LOOP_CONFIGURE
    struct loop_config config;
    memset(&config, 0, sizeof config);
    config.fd = (uint32_t)backing;
    config.info = info;
    if (ioctl(device, LOOP_CONFIGURE, &config) == 0) {
        return 0;
    }
    if (errno != EINVAL && errno != ENOTTY) {
        return -errno;
    }
#endif
    return configure_in_steps(device, backing, &info);
}

/* Takes a free device; -EBUSY: somebody else has taken it before. */
static int take_device(int control, int backing) {
    char path[32];
    int number = ioctl(control, LOOP_CTL_GET_FREE);
    if (number < 0) {
        return -errno;
    }
    snprintf(path, sizeof path, "/dev/loop%d", number);
    int device = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (device < 0) {
        return -errno;
    }
    int result = configure(device, backing);
    if (result != 0) {
        close(device);
        return result;
    }
    return device;
}

int eyrie_attach_loop(int backing) {
    int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
    if (control < 0) {
        return -errno;
    }
    int device = -EBUSY;
    for (int i = 0; i < ATTEMPTS && device == -EBUSY; i++) {
        device = take_device(control, backing);
    }
    close(control);
    return device;
}
