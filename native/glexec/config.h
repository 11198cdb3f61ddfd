/* glexec.conf: gLExec's keys, and three groups of our own where it left a decision to plug-ins. */
#ifndef GLEXEC_CONFIG_H
#define GLEXEC_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

/* Where it is; not from the environment, and not from the caller. */
#ifndef GLEXEC_CONFIGURATION
#define GLEXEC_CONFIGURATION "/etc/glexec.conf"
#endif

enum log_destination { LOG_TO_SYSLOG, LOG_TO_FILE };
enum lock_mechanism { LOCK_FLOCK, LOCK_FCNTL, LOCK_DISABLED };
enum crl_policy { CRL_IF_PRESENT, CRL_REQUIRE, CRL_IGNORE };
/* Whether roles map: where the map file and the library have them, else not at all; or never. */
enum voms_policy { VOMS_IF_THERE, VOMS_REQUIRE, VOMS_IGNORE };

/* Texts are in the file's own memory, and never NULL but where it says so. */
struct config {
    bool linger;
    const char *user_white_list;
    const char *group_white_list;
    const char *omission_private_key_white_list;
    const char *preserve_env_variables;
    bool create_target_proxy;
    int input_lock_mechanism; /* enum lock_mechanism */
    int target_lock_mechanism;
    const char *certdir;
    const char *vomsdir;
    int voms; /* enum voms_policy: lcmaps_voms_verification */
    int log_destination; /* enum log_destination */
    const char *log_file;
    const char *log_file_group;
    long log_level;
    bool silent_logging;
    int syslog_facility; /* LOG_DAEMON and its like, of syslog(3) */
    bool pedantic_security_checks;
    bool prohibit_exec_via_symlink;
    const char *epilogue; /* NULL: none */
    const char *epilogue_user; /* NULL: root */
    const char *epilogue_group; /* NULL: gid 0, and no group is trusted */
    long epilogue_timeout; /* seconds */
    /* Ours. */
    const char *gridmapfile;
    const char *gridmapdir;
    int crl; /* enum crl_policy */
    bool allow_limited_proxy;
    long max_proxy_lifetime; /* seconds; 0: any */
    long minimum_uid;
    long minimum_gid;
    bool allow_caller_as_target;
};

/* What every key is worth when the file does not name it. */
void config_set_defaults(struct config *config);

/* Called with what the administrator should know, though it refuses nothing. */
typedef void config_warn(const char *text);

#define CONFIG_WHY_SIZE 512

/*
 * Takes the file's text, which is cut into pieces and must outlive the configuration. Pure. Gives 0,
 * or -1 and in `why` the line and the key that is wrong: a bad value, a key given twice, a line that
 * is none, or a key that asks for a decision that this program does not make.
 */
int config_parse(char *text, struct config *config, config_warn *warn, char why[CONFIG_WHY_SIZE]);

/* Reads GLEXEC_CONFIGURATION by a trusted path. Gives 0 or an exit code, and has then logged why. */
int config_load(struct config *config);

#endif
