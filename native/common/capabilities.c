#include "capabilities.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>

#include "kernel.h"

/* More than any kernel has; the kernel answers EINVAL after its last. */
#define CAPABILITIES_MAX 64

int capabilities_get(struct capability_sets *sets) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) != 0) {
        return -errno;
    }
    sets->effective = data[0].effective | (uint64_t)data[1].effective << 32;
    sets->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
    sets->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
    return 0;
}

int capabilities_set(const struct capability_sets *sets) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {
        {(uint32_t)sets->effective, (uint32_t)sets->permitted, (uint32_t)sets->inheritable},
        {(uint32_t)(sets->effective >> 32), (uint32_t)(sets->permitted >> 32),
         (uint32_t)(sets->inheritable >> 32)},
    };
    return syscall(SYS_capset, &header, data) == 0 ? 0 : -errno;
}

int capabilities_drop_bounding(void) {
    for (unsigned long capability = 0; capability < CAPABILITIES_MAX; capability++) {
        int present = prctl(PR_CAPBSET_READ, capability, 0, 0, 0);
        if (present < 0) {
            return 0; /* past the kernel's last */
        }
        if (present == 1 && prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) {
            return -errno;
        }
    }
    return 0;
}

int capabilities_keep(uint64_t keep) {
    struct capability_sets sets;
    /* Kernels before 4.3 have no ambient set and answer EINVAL. */
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 && errno != EINVAL) {
        return -errno;
    }
    int result = capabilities_get(&sets);
    if (result != 0) {
        return result;
    }
    struct capability_sets kept = {.effective = sets.permitted & keep,
                                   .permitted = sets.permitted & keep};
    result = capabilities_set(&kept);
    if (result != 0 || (result = capabilities_get(&sets)) != 0) {
        return result;
    }
    return (sets.permitted & ~keep) == 0 && sets.effective == sets.permitted &&
                   sets.inheritable == 0
               ? 0
               : -EPERM;
}

int capabilities_raise_ambient(void) {
    struct capability_sets sets;
    int result = capabilities_get(&sets);
    if (result != 0) {
        return result;
    }
    sets.inheritable = sets.permitted;
    result = capabilities_set(&sets);
    for (unsigned long capability = 0; result == 0 && capability < CAPABILITIES_MAX; capability++) {
        if ((sets.permitted >> capability & 1) != 0 &&
            prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) != 0) {
            result = -errno;
        }
    }
    return result;
}
