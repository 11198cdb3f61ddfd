#include "glexec/mapping.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "glexec/exit_codes.h"
#include "glexec/gridmapdir.h"
#include "glexec/log.h"
#include "glexec/mapfile.h"
#include "glexec/trust.h"

#define MAPFILE_LIMIT (16 * 1024 * 1024)

struct who_asks {
    const struct config *config;
    const struct person *caller;
    bool missing; /* the pool names an account that the machine lacks */
};

/* Why an account may not be a target, or NULL. */
static const char *fault_of(const struct who_asks *asks, uid_t uid, gid_t gid) {
    if (uid == 0 || gid == 0) {
        return "is root's";
    }
    if ((long)uid < asks->config->minimum_uid || (long)gid < asks->config->minimum_gid) {
        return "is below minimum_uid or minimum_gid";
    }
    if (uid == asks->caller->uid && !asks->config->allow_caller_as_target) {
        return "is the caller's own (allow_caller_as_target = yes lets it pass)";
    }
    return NULL;
}

/* For a free account of a pool: none that could not be used is leased. */
static bool may_lease(const char *account, void *context) {
    struct who_asks *asks = context;
    const struct passwd *entry = getpwnam(account);
    asks->missing = asks->missing || entry == NULL;
    return entry != NULL && fault_of(asks, entry->pw_uid, entry->pw_gid) == NULL;
}

static int lease(struct who_asks *asks, const struct identity *identity, const char *pool,
                 char account[ACCOUNT_SIZE]) {
    char why[TRUST_WHY_SIZE];
    const struct trust nobody_else = {.pedantic = asks->config->pedantic_security_checks};
    int directory =
        trusted_open(asks->config->gridmapdir, O_RDONLY | O_DIRECTORY, 0, &nobody_else, why);
    if (directory < 0) {
        return refuse(EXIT_INTERNAL, "gridmapdir: %s", why);
    }
    int code = gridmapdir_lease(directory, identity->subject, identity->fqan != NULL, pool, may_lease,
                                asks, account);
    close(directory);
    /* All that is left are accounts the machine lacks: that is its fault, not the subject's. */
    return code == EXIT_DENIED && asks->missing
               ? refuse(EXIT_INTERNAL, "gridmapdir: accounts of .%s are not in passwd", pool)
               : code;
}

/* The text of the grid-mapfile, or NULL and why. */
static char *read_mapfile(const struct config *config, char why[TRUST_WHY_SIZE]) {
    size_t length;
    const struct trust nobody_else = {.pedantic = config->pedantic_security_checks};
    return trusted_read(config->gridmapfile, MAPFILE_LIMIT, &nobody_else, &length, why);
}

bool mapping_has_fqans(const struct config *config) {
    char why[TRUST_WHY_SIZE];
    char *text = read_mapfile(config, why);
    bool has = text != NULL && mapfile_has_fqans(text);
    free(text);
    return has;
}

/* Looks for each FQAN, and then for the subject, up to the first that is found. */
static enum mapfile_answer look_up(const char *text, struct identity *identity,
                                   char account[ACCOUNT_SIZE], unsigned *line) {
    identity->fqan = NULL;
    for (unsigned i = 0; i < identity->attributes->count; i++) {
        const char *fqan = identity->attributes->fqans[i];
        enum mapfile_answer answer = mapfile_find(text, MAPFILE_FQAN, fqan, account, line);
        if (answer != MAPFILE_NOT_FOUND) {
            identity->fqan = fqan;
            return answer;
        }
    }
    return mapfile_find(text, MAPFILE_SUBJECT, identity->subject, account, line);
}

static int find(const struct config *config, struct identity *identity,
                char account[ACCOUNT_SIZE]) {
    char why[TRUST_WHY_SIZE];
    unsigned line;
    char *text = read_mapfile(config, why);
    if (text == NULL) {
        return refuse(EXIT_INTERNAL, "gridmapfile: %s", why);
    }
    enum mapfile_answer answer = look_up(text, identity, account, &line);
    free(text);
    if (answer == MAPFILE_MALFORMED) {
        return refuse(EXIT_INTERNAL, "gridmapfile: %s, line %u is malformed", config->gridmapfile,
                      line);
    }
    return answer == MAPFILE_FOUND
               ? 0
               : refuse(EXIT_DENIED, "%s does not map %s", config->gridmapfile, identity->subject);
}

int map_identity(const struct config *config, struct identity *identity,
                 const struct person *caller, struct person *target) {
    char mapped[ACCOUNT_SIZE];
    char leased[ACCOUNT_SIZE];
    struct who_asks asks = {.config = config, .caller = caller};
    int code = find(config, identity, mapped);
    const char *account = mapped;
    if (code == 0 && mapped[0] == '.') {
        code = lease(&asks, identity, mapped + 1, leased);
        account = leased;
    }
    if (code != 0) {
        return code;
    }
    const char *who = identity->fqan != NULL ? identity->fqan : identity->subject;
    if (person_of_account(account, target) != 0) {
        return refuse(EXIT_INTERNAL, "%s is mapped to %s, which is no account here", who, account);
    }
    const char *fault = fault_of(&asks, target->uid, target->gid);
    return fault == NULL ? 0
                         : refuse(EXIT_DENIED, "%s is mapped to %s, which %s", who, account, fault);
}
