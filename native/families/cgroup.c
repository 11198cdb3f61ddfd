#include "cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lineage.h"

/* A process that forks while its cgroup is emptied needs another round. */
#define ROUNDS_MAX 100

/* Names of own cgroups begin with this; the root's pid and birthday follow. */
#define OWN_PREFIX "eyrie-family-"

/* Before one and then every so many own cgroups, stale ones are looked for. */
#define STALE_EVERY 64
static unsigned made;

/* Cgroups that could not be removed yet. */
#define LEFT_MAX 64

static struct left {
    int above;
    char name[64];
} left[LEFT_MAX];
static unsigned left_count;

uint32_t cgroup_means(void) {
    static const enum hierarchy choices[] = {HIERARCHY_V2, HIERARCHY_FREEZER};
    char path[PATH_MAX];
    for (int i = 0; i < 2; i++) {
        if (hierarchy_directory(choices[i], getpid(), path, sizeof path) == 0 &&
            faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0) {
            return i == 0 ? FAMILIES_CGROUP_V2 : FAMILIES_CGROUP_FREEZER;
        }
    }
    return FAMILIES_CGROUP_NONE;
}

static struct cgroup *new_cgroup(void) {
    struct cgroup *cgroup = calloc(1, sizeof *cgroup);
    for (int i = 0; cgroup != NULL && i < HIERARCHIES; i++) {
        cgroup->directories[i] = -1;
    }
    if (cgroup != NULL) {
        cgroup->above = -1;
    }
    return cgroup;
}

static void free_cgroup(struct cgroup *cgroup) {
    for (int i = 0; i < HIERARCHIES; i++) {
        if (cgroup->directories[i] >= 0) {
            close(cgroup->directories[i]);
        }
    }
    if (cgroup->above >= 0) {
        close(cgroup->above);
    }
    free(cgroup);
}

static int open_directory(int at, const char *path) {
    int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    return fd < 0 ? -errno : fd;
}

static void become_main(struct cgroup *cgroup, enum hierarchy hierarchy) {
    struct stat facts;
    cgroup->main = hierarchy;
    if (fstat(cgroup->directories[hierarchy], &facts) == 0) {
        cgroup->inode = facts.st_ino;
    }
}

static int is_running(int pid, uint64_t birthday) {
    struct process_stat stat;
    int result = process_read(pid, &stat);
    return result == 0 ? stat.birthday == birthday : result != -ESRCH;
}

/* Removes own cgroups of whoever kept families here before and was killed, if nobody is in them. */
static void remove_stale(int above) {
    int copy = openat(above, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = copy >= 0 ? fdopendir(copy) : NULL;
    const struct dirent *entry;
    if (list == NULL && copy >= 0) {
        close(copy);
    }
    while (list != NULL && (entry = readdir(list)) != NULL) {
        int pid;
        uint64_t birthday;
        if (sscanf(entry->d_name, OWN_PREFIX "%d-%" SCNu64, &pid, &birthday) == 2 &&
            !is_running(pid, birthday)) {
            unlinkat(above, entry->d_name, AT_REMOVEDIR);
        }
    }
    if (list != NULL) {
        closedir(list);
    }
}

/*
 * The cgroup in which an own one is made is that of the process; where the process is in its own
 * already, as after a restart, the one above.
 */
static void leave_own_name(char *path, const char *name) {
    size_t length = strlen(path);
    size_t size = strlen(name);
    if (length > size && path[length - size - 1] == '/' && strcmp(path + length - size, name) == 0) {
        path[length - size - 1] = 0;
    }
}

/* Makes the directory of an own cgroup and opens it. Gives 0 or -errno. */
static int make_below(struct cgroup *cgroup, enum hierarchy hierarchy, const char *path) {
    cgroup->above = open_directory(AT_FDCWD, path);
    if (cgroup->above < 0) {
        return cgroup->above;
    }
    if (made++ % STALE_EVERY == 0) {
        remove_stale(cgroup->above);
    }
    if (mkdirat(cgroup->above, cgroup->name, 0755) != 0 && errno != EEXIST) {
        return -errno;
    }
    cgroup->directories[hierarchy] = open_directory(cgroup->above, cgroup->name);
    if (cgroup->directories[hierarchy] < 0) {
        return cgroup->directories[hierarchy];
    }
    become_main(cgroup, hierarchy);
    return 0;
}

int cgroup_make_own(struct family *family, int pid, uint64_t birthday, char *path, size_t size,
                    enum families_call *call) {
    const uint32_t means = cgroup_means();
    const enum hierarchy hierarchy =
        means == FAMILIES_CGROUP_V2 ? HIERARCHY_V2 : HIERARCHY_FREEZER;
    *call = FAMILIES_CALL_HIERARCHY;
    int result = means == FAMILIES_CGROUP_NONE ? -EOPNOTSUPP
                                               : hierarchy_directory(hierarchy, pid, path, size);
    struct cgroup *cgroup = result == 0 ? new_cgroup() : NULL;
    if (cgroup == NULL) {
        return result != 0 ? result : -ENOMEM;
    }
    cgroup->is_own = 1;
    snprintf(cgroup->name, sizeof cgroup->name, OWN_PREFIX "%d-%" PRIu64, pid, birthday);
    leave_own_name(path, cgroup->name);
    *call = FAMILIES_CALL_CGROUP_MAKE;
    result = make_below(cgroup, hierarchy, path);
    if (result == 0) {
        *call = FAMILIES_CALL_CGROUP_ENTER;
        result = cgroup_put(cgroup->directories[hierarchy], pid);
    }
    if (result != 0) {
        unlinkat(cgroup->above, cgroup->name, AT_REMOVEDIR);
        free_cgroup(cgroup);
        return result;
    }
    size_t used = strlen(path);
    snprintf(path + used, size - used, "/%s", cgroup->name);
    cgroup_leave(family);
    family->cgroup = cgroup;
    return 0;
}

/* Opens a cgroup by name in one hierarchy; what is missing on the way is made, if it may be. */
static int open_by_name(enum hierarchy hierarchy, const char *name, int as_it_is) {
    char component[NAME_MAX + 1];
    int at = open_directory(AT_FDCWD, hierarchy_mount(hierarchy));
    while (at >= 0 && *name != 0) {
        size_t length = strcspn(name, "/");
        if (length > NAME_MAX) {
            close(at);
            return -ENAMETOOLONG;
        }
        memcpy(component, name, length);
        component[length] = 0;
        name += length + (name[length] == '/');
        int answer = as_it_is ? 0 : mkdirat(at, component, 0755);
        int result = answer != 0 && errno != EEXIST ? -errno : 0;
        int below = result == 0 ? open_directory(at, component) : result;
        close(at);
        at = below;
    }
    return at;
}

/* Whether a process is in a cgroup or below it. */
static int is_within(enum hierarchy hierarchy, int directory, int pid) {
    char link[32];
    char top[PATH_MAX];
    char path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", directory);
    ssize_t length = readlink(link, top, sizeof top);
    return length > 0 && (size_t)length < sizeof top &&
           hierarchy_directory(hierarchy, pid, path, sizeof path) == 0 &&
           strncmp(path, top, (size_t)length) == 0 && (path[length] == 0 || path[length] == '/');
}

/* Who is in there already stays where he is: its parts are somebody's arrangement. */
static int bring_in(enum hierarchy hierarchy, int directory, int pid) {
    return is_within(hierarchy, directory, pid) ? 0 : cgroup_put(directory, pid);
}

/* Moves the members that are there now. Gives 0, or -errno of the last that could not be moved. */
static int enter_all(const struct family *family, enum hierarchy hierarchy, int directory) {
    int result = 0;
    for (const struct process *one = family->first; one != NULL; one = one->next) {
        int has_exited = (one->flags & PROCESS_HAS_EXITED) != 0;
        int moved = has_exited ? 0 : bring_in(hierarchy, directory, one->pid);
        result = moved != 0 && moved != -ESRCH ? moved : result;
    }
    return result;
}

/* Opens the cgroup in a hierarchy and moves the members. Gives the descriptor or -errno. */
static int open_in(enum hierarchy hierarchy, const struct family *family, const char *name,
                   int as_it_is, enum families_call *call) {
    int directory = open_by_name(hierarchy, name, as_it_is);
    if (directory < 0) {
        *call = FAMILIES_CALL_CGROUP_MAKE;
        return directory;
    }
    int result = as_it_is ? 0 : enter_all(family, hierarchy, directory);
    if (result == 0) {
        return directory;
    }
    *call = FAMILIES_CALL_CGROUP_ENTER;
    close(directory);
    return result;
}

/* Where some hierarchies refuse, the others do. Gives 0, or -errno of the last. */
static int open_all(const struct family *family, struct cgroup *cgroup, const char *name,
                    int as_it_is, enum families_call *call) {
    int has_main = 0;
    int result = -EOPNOTSUPP;
    *call = FAMILIES_CALL_HIERARCHY;
    for (enum hierarchy i = 0; i < HIERARCHIES; i++) {
        if (hierarchy_mount(i) == NULL) {
            continue;
        }
        int directory = open_in(i, family, name, as_it_is, call);
        if (directory < 0) {
            result = directory;
            continue;
        }
        cgroup->directories[i] = directory;
        if (!has_main) {
            become_main(cgroup, i);
            has_main = 1;
        }
    }
    return has_main ? 0 : result;
}

int cgroup_track(struct family *family, const char *name, int as_it_is, enum families_call *call) {
    struct cgroup *cgroup = new_cgroup();
    *call = FAMILIES_CALL_MEMORY;
    if (cgroup == NULL) {
        return -ENOMEM;
    }
    int result = open_all(family, cgroup, name, as_it_is, call);
    if (result != 0) {
        free_cgroup(cgroup);
        return result;
    }
    cgroup_leave(family);
    family->cgroup = cgroup;
    struct families_usage before;
    cgroup_usage(family, &before);
    cgroup->before = before;
    return 0;
}

void cgroup_enter(const struct family *family, int pid) {
    for (enum hierarchy i = 0; family->cgroup != NULL && i < HIERARCHIES; i++) {
        if (family->cgroup->directories[i] >= 0) {
            bring_in(i, family->cgroup->directories[i], pid);
        }
    }
}

/* Tries again to remove those that were not empty. */
static void remove_left(void) {
    for (unsigned i = 0; i < left_count;) {
        if (unlinkat(left[i].above, left[i].name, AT_REMOVEDIR) == 0 || errno == ENOENT) {
            close(left[i].above);
            left[i] = left[--left_count];
        } else {
            i++;
        }
    }
}

struct moves {
    int to;
    unsigned moved;
};

static void move_up(int pid, void *context) {
    struct moves *moves = context;
    moves->moved += cgroup_put(moves->to, pid) == 0;
}

static void remove_own(const struct family *family) {
    const struct cgroup *cgroup = family->cgroup;
    struct moves moves = {.to = cgroup->above};
    cgroup_freeze(family, 0);
    for (int round = 0; round < ROUNDS_MAX; round++) {
        moves.moved = 0;
        cgroup_each(family, move_up, &moves);
        if (moves.moved == 0) {
            break;
        }
    }
    if (unlinkat(cgroup->above, cgroup->name, AT_REMOVEDIR) != 0 && left_count < LEFT_MAX) {
        left[left_count].above = fcntl(cgroup->above, F_DUPFD_CLOEXEC, 0);
        memcpy(left[left_count].name, cgroup->name, sizeof cgroup->name);
        left_count += left[left_count].above >= 0;
    }
}

void cgroup_leave(struct family *family) {
    if (family->cgroup == NULL) {
        return;
    }
    if (family->cgroup->is_own) {
        remove_own(family);
    }
    free_cgroup(family->cgroup);
    family->cgroup = NULL;
    remove_left();
}

static void adopt(int pid, void *context) {
    struct family *family = context;
    struct process *process = table_find(pid);
    struct process_stat stat;
    /* A family below this one may have no cgroup of its own: its members stay. */
    if ((process != NULL && process->family->number != 0) || process_read(pid, &stat) != 0) {
        return;
    }
    if (process != NULL && !lineage_is_same(process, &stat)) {
        lineage_retire(process);
        process = NULL;
    }
    if (process != NULL) {
        table_move(process, family);
    } else if ((process = table_add(pid, family)) != NULL) {
        process->flags |= PROCESS_IS_FRESH;
    }
    if (process != NULL) {
        table_update(process, &stat);
    }
}

static void adopt_all(struct family *family, void *context) {
    (void)context;
    if (family->cgroup != NULL) {
        cgroup_each(family, adopt, family);
    }
}

void cgroup_adopt(void) {
    family_each(adopt_all, NULL);
}

static void remove_if_empty(struct family *family, void *context) {
    (void)context;
    if (family->cgroup != NULL && family->cgroup->is_own) {
        unlinkat(family->cgroup->above, family->cgroup->name, AT_REMOVEDIR);
    }
}

void cgroup_remove_empty(void) {
    family_each(remove_if_empty, NULL);
    remove_left();
}
