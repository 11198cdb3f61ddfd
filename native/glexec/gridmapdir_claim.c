#include "glexec/gridmapdir_claim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* No subject has a NUL: no lease begins like that. Then the second it was made in, and a number. */
#define PREFIX "%00glexec-"
#define LONGEST_SECONDS 60

bool gridmapdir_is_claim(int directory, const char *name) {
    if (strncmp(name, PREFIX, strlen(PREFIX)) != 0) {
        return false;
    }
    long long made = strtoll(name + strlen(PREFIX), NULL, 10);
    long long now = time(NULL);
    if (now - made > LONGEST_SECONDS) {
        unlinkat(directory, name, 0);
    }
    return true;
}

int gridmapdir_claim(int directory, const char *account, const char *lease) {
    char claim[64];
    unsigned long long number;
    struct stat status;
    if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number) {
        return -1;
    }
    snprintf(claim, sizeof claim, "%s%lld-%016llx", PREFIX, (long long)time(NULL), number);
    if (linkat(directory, account, directory, claim, 0) != 0) {
        return errno == ENOENT ? 1 : -1;
    }
    /* Two links: ours is the only one beside the account's own name, so nobody else's comes to be a lease. */
    int result = fstatat(directory, claim, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_nlink == 2
                     ? linkat(directory, account, directory, lease, 0)
                     : 1;
    if (result < 0 && errno == EEXIST) {
        result = 1;
    }
    int error = errno;
    unlinkat(directory, claim, 0);
    errno = error;
    return result;
}
