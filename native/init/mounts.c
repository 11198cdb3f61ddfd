/*
 * Mounts. Target and source are first opened without following a link, and then mounted on by
 * descriptor, so that nobody can put something else there in between. mount(2) wants a path:
 * during setup the working directory is the host's /proc/self/fd, and the path is the
 * descriptor's number. That also works after a new /proc was mounted over the host's.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "steps.h"
#include "walk.h"

#define NUMBER_SIZE 12

/* Prints a descriptor's number; gives its first character. */
static const char *name_of(int fd, char text[NUMBER_SIZE]) {
    char *digit = text + NUMBER_SIZE - 1;
    *digit = 0;
    do {
        *--digit = (char)('0' + fd % 10);
        fd /= 10;
    } while (fd > 0);
    return digit;
}

/* mount(2) on what `path` is, with no link on the way. */
static int mount_at(const char *path, const char *source, const char *type, unsigned long flags,
                    const char *options) {
    char target[NUMBER_SIZE];
    int fd = walk_open(WALK_FROM_ROOT, path, O_PATH, 0);
    if (fd < 0) {
        return fd;
    }
    int result = mount(source, name_of(fd, target), type, flags, options) == 0 ? 0 : -errno;
    close(fd);
    return result;
}

int step_propagation(struct init *init, const union plan_field *field) {
    (void)init;
    int is_slave = field[PROPAGATION_KIND].number == PROPAGATION_SLAVE;
    unsigned long flags = MS_REC | (is_slave ? MS_SLAVE : MS_PRIVATE);
    return mount_at(field[PROPAGATION_PATH].text, NULL, NULL, flags, NULL);
}

/* Mounts a file system that has no source but its own name. */
static int mount_filesystem(const char *type, const union plan_field *field) {
    return mount_at(field[FILESYSTEM_TARGET].text, type, type, field[FILESYSTEM_FLAGS].number,
                    field[FILESYSTEM_OPTIONS].text);
}

int step_tmpfs(struct init *init, const union plan_field *field) {
    (void)init;
    return mount_filesystem("tmpfs", field);
}

int step_proc(struct init *init, const union plan_field *field) {
    (void)init;
    return mount_filesystem("proc", field);
}

int step_bind(struct init *init, const union plan_field *field) {
    char source[NUMBER_SIZE];
    return mount_at(field[BIND_TARGET].text, name_of(init->slot[field[BIND_SOURCE].number], source),
                    NULL, MS_BIND | MS_REC, NULL);
}

int step_remount(struct init *init, const union plan_field *field) {
    (void)init;
    return mount_at(field[REMOUNT_TARGET].text, NULL, NULL,
                    MS_REMOUNT | MS_BIND | field[REMOUNT_FLAGS].number, NULL);
}
