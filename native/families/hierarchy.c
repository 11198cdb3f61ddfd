#include "hierarchy.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "process.h"

static const char *const controllers[HIERARCHIES] = {"", "freezer", "cpuacct", "blkio", "memory"};

struct mount {
    char top[PATH_MAX];   /* the cgroup that the mount shows as its top */
    char point[PATH_MAX];
};

static struct mount mounts[HIERARCHIES];
static int are_read;

/* Whether a list with commas has an item. */
static int has_item(const char *list, const char *item) {
    size_t length = strlen(item);
    for (const char *at = list; at != NULL; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, item, length) == 0 &&
            (at[length] == 0 || at[length] == ',' || at[length] == '\n')) {
            return 1;
        }
    }
    return 0;
}

/* A line of mountinfo: "… TOP POINT … - TYPE SOURCE OPTIONS". Names with spaces are none of ours. */
static void read_line(const char *line) {
    char top[PATH_MAX];
    char point[PATH_MAX];
    char type[16];
    char options[256];
    const char *rest = strstr(line, " - ");
    if (rest == NULL || sscanf(line, "%*d %*d %*s %4095s %4095s", top, point) != 2 ||
        sscanf(rest, " - %15s %*s %255s", type, options) != 2) {
        return;
    }
    for (int i = 0; i < HIERARCHIES; i++) {
        int is_it = i == HIERARCHY_V2
                        ? strcmp(type, "cgroup2") == 0
                        : strcmp(type, "cgroup") == 0 && has_item(options, controllers[i]);
        if (is_it && mounts[i].point[0] == 0) {
            memcpy(mounts[i].top, top, sizeof top);
            memcpy(mounts[i].point, point, sizeof point);
        }
    }
}

static void read_mounts(void) {
    static char line[3 * PATH_MAX];
    FILE *file = fopen("/proc/self/mountinfo", "re");
    are_read = 1;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        read_line(line);
    }
    if (file != NULL) {
        fclose(file);
    }
}

const char *hierarchy_mount(enum hierarchy hierarchy) {
    if (!are_read) {
        read_mounts();
    }
    return mounts[hierarchy].point[0] != 0 ? mounts[hierarchy].point : NULL;
}

int hierarchy_is_repeated(enum hierarchy hierarchy) {
    const char *point = hierarchy_mount(hierarchy);
    for (int i = 0; point != NULL && i < (int)hierarchy; i++) {
        if (strcmp(mounts[i].point, point) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Finds the path in a line "NUMBER:CONTROLLERS:PATH" of /proc/PID/cgroup; NULL: another hierarchy. */
static const char *path_in(enum hierarchy hierarchy, char *line) {
    char *list = strchr(line, ':');
    char *path = list != NULL ? strchr(list + 1, ':') : NULL;
    if (path == NULL) {
        return NULL;
    }
    *path = 0;
    int is_it = hierarchy == HIERARCHY_V2 ? strcmp(line, "0:") == 0
                                          : has_item(list + 1, controllers[hierarchy]);
    return is_it ? path + 1 : NULL;
}

/* What of a path is below another; NULL: it is not. */
static const char *below(const char *path, const char *top) {
    size_t length = strcmp(top, "/") == 0 ? 0 : strlen(top);
    if (strncmp(path, top, length) != 0 || path[length] != '/' || strstr(path, "/..") != NULL) {
        return path[length] == 0 && strncmp(path, top, length) == 0 ? "" : NULL;
    }
    return path[length + 1] != 0 ? path + length : "";
}

int hierarchy_directory(enum hierarchy hierarchy, int pid, char *path, size_t size) {
    static char text[16384];
    const char *point = hierarchy_mount(hierarchy);
    long length = process_read_file(pid, "cgroup", text, sizeof text - 1);
    if (length < 0) {
        return (int)length;
    }
    for (char *line = text, *end; point != NULL && *line != 0; line = end + 1) {
        end = strchr(line, '\n');
        if (end == NULL) {
            break;
        }
        *end = 0;
        const char *found = path_in(hierarchy, line);
        const char *rest = found != NULL ? below(found, mounts[hierarchy].top) : NULL;
        if (rest != NULL) {
            return snprintf(path, size, "%s%s", point, rest) < (int)size ? 0 : -ENAMETOOLONG;
        }
    }
    return -ENOENT;
}
