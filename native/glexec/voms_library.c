#include "glexec/voms_library.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME "libvomsapi.so.1"

static const char *const DIRECTORIES[] = {
#ifdef GLEXEC_MULTIARCH
    "/usr/lib/" GLEXEC_MULTIARCH,
#endif
    "/usr/lib64",
    "/usr/lib",
};

bool voms_library_find(char path[PATH_MAX], char why[TRUST_WHY_SIZE]) {
    const struct trust nobody_else = {0};
    for (size_t i = 0; i < sizeof DIRECTORIES / sizeof *DIRECTORIES; i++) {
        char name[PATH_MAX];
        snprintf(name, sizeof name, "%s/" NAME, DIRECTORIES[i]);
        if (realpath(name, path) == NULL) {
            continue;
        }
        /* Only root can have changed it since: the path stays what it is until it is loaded. */
        int fd = trusted_open(path, O_PATH, 0, &nobody_else, why);
        if (fd < 0) {
            return false;
        }
        close(fd);
        return true;
    }
    snprintf(why, TRUST_WHY_SIZE, "there is no %s in %s (Debian: libvomsapi1v5 or libvomsapi1t64)", NAME,
             DIRECTORIES[0]);
    return false;
}

bool voms_library_load(const char *path, struct voms_library *library, char why[TRUST_WHY_SIZE]) {
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (handle != NULL) {
        /* ISO C has no conversion to a pointer to a function; POSIX does it so: dlsym(3). */
        *(void **)&library->init = dlsym(handle, "VOMS_Init");
        *(void **)&library->retrieve_from_file = dlsym(handle, "VOMS_RetrieveFromFile");
        *(void **)&library->error_message = dlsym(handle, "VOMS_ErrorMessage");
    }
    if (handle == NULL || library->init == NULL || library->retrieve_from_file == NULL ||
        library->error_message == NULL) {
        const char *error = dlerror();
        snprintf(why, TRUST_WHY_SIZE, "%s cannot be loaded: %.300s", path,
                 error == NULL ? "it is another library" : error);
        return false;
    }
    return true;
}
