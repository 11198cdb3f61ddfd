/* The files of a cgroup. */
#include "cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "number.h"

/* How deep, and how many, cgroups below a family's own are looked through. */
#define DEPTH_MAX 16
#define BELOW_MAX 4096

long cgroup_read(int directory, const char *file, char *into, size_t size) {
    int fd = openat(directory, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return -errno;
    }
    ssize_t got = read(fd, into, size - 1);
    int error = errno;
    close(fd);
    if (got < 0) {
        return -error;
    }
    into[got] = 0;
    return got;
}

int cgroup_write(int directory, const char *file, const char *text) {
    int fd = openat(directory, file, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return -errno;
    }
    int result = write(fd, text, strlen(text)) < 0 ? -errno : 0;
    close(fd);
    return result;
}

int cgroup_put(int directory, int pid) {
    char text[16];
    snprintf(text, sizeof text, "%d", pid);
    return cgroup_write(directory, "cgroup.procs", text);
}

struct walk {
    const struct family *family;
    void (*visit)(int pid, void *context);
    void *context;
    unsigned directories;
};

/* One pid a line; a portion may end within a line. */
static void visit_processes(const struct walk *walk, int directory) {
    char text[4097];
    size_t kept = 0;
    ssize_t got;
    int fd = openat(directory, "cgroup.procs", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    while (fd >= 0 && (got = read(fd, text + kept, sizeof text - 1 - kept)) > 0) {
        text[kept + (size_t)got] = 0;
        const char *at = text;
        for (const char *end; (end = strchr(at, '\n')) != NULL; at = end + 1) {
            uint64_t pid;
            number_read(at, &pid);
            if (pid > 0) { /* 0: of another PID namespace */
                walk->visit((int)pid, walk->context);
            }
        }
        kept = strlen(at);
        if (kept >= sizeof text - 1) {
            break;
        }
        memmove(text, at, kept);
    }
    if (fd >= 0) {
        close(fd);
    }
}

struct search {
    const struct family *family;
    ino_t inode;
    int found;
};

static void compare(struct family *family, void *context) {
    struct search *search = context;
    search->found |= family != search->family && family->cgroup != NULL &&
                     family->cgroup->main == search->family->cgroup->main &&
                     family->cgroup->inode == search->inode;
}

/* Whether a cgroup is another family's. */
static int is_anothers(const struct family *family, int directory) {
    struct stat facts;
    struct search search = {.family = family};
    if (fstat(directory, &facts) != 0) {
        return 1;
    }
    search.inode = facts.st_ino;
    family_each(compare, &search);
    return search.found;
}

static void visit_below(struct walk *walk, int directory, int depth) {
    int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = copy >= 0 ? fdopendir(copy) : NULL;
    const struct dirent *entry;
    if (list == NULL && copy >= 0) {
        close(copy);
    }
    while (list != NULL && (entry = readdir(list)) != NULL) {
        if (entry->d_type != DT_DIR || entry->d_name[0] == '.' ||
            walk->directories >= BELOW_MAX) {
            continue;
        }
        int below = openat(directory, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (below >= 0 && !is_anothers(walk->family, below)) {
            walk->directories++;
            visit_processes(walk, below);
            if (depth < DEPTH_MAX) {
                visit_below(walk, below, depth + 1);
            }
        }
        if (below >= 0) {
            close(below);
        }
    }
    if (list != NULL) {
        closedir(list);
    }
}

void cgroup_each(const struct family *family, void (*visit)(int pid, void *context),
                 void *context) {
    struct walk walk = {.family = family, .visit = visit, .context = context};
    struct stat facts;
    int directory = family->cgroup->directories[family->cgroup->main];
    visit_processes(&walk, directory);
    /* Each cgroup below is a link more, as ".." of it; the usual family has none. */
    if (fstat(directory, &facts) == 0 && facts.st_nlink > 2) {
        visit_below(&walk, directory, 0);
    }
}
