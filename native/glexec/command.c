#include "glexec/command.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "glexec/exit_codes.h"
#include "glexec/identity.h"
#include "glexec/log.h"

static int check_as_target(const char *command, const struct config *config) {
    struct stat status;
    int result = lstat(command, &status);
    if (result == 0 && S_ISLNK(status.st_mode)) {
        if (config->prohibit_exec_via_symlink) {
            return refuse(EXIT_CALLER, "command %s is a symbolic link", command);
        }
        result = stat(command, &status);
    }
    if (result != 0) {
        /* What the target may not look at is there, for all it knows. */
        return refuse(errno == EACCES ? EXIT_CANNOT_EXECUTE : EXIT_CALLER, "command %s: %s", command,
                      strerror(errno));
    }
    if (!S_ISREG(status.st_mode)) {
        return refuse(EXIT_CALLER, "command %s is not a regular file", command);
    }
    if (faccessat(AT_FDCWD, command, X_OK, AT_EACCESS) != 0) {
        return refuse(EXIT_CANNOT_EXECUTE, "command %s: the target may not execute it: %s", command,
                      strerror(errno));
    }
    return 0;
}

int command_check(const char *command, const struct config *config, const struct person *target) {
    if (command[0] != '/') {
        return refuse(EXIT_CALLER, "command %s is no absolute path", *command == 0 ? "(empty)" : command);
    }
    if (identity_take(target) != 0) {
        identity_root();
        return refuse(EXIT_INTERNAL, "cannot take the target's ids: %s", strerror(errno));
    }
    int code = check_as_target(command, config);
    identity_root();
    return code;
}
