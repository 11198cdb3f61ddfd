#include "glexec/config.h"

#include <string.h>
#include <syslog.h>

#include "glexec/exit_codes.h"
#include "glexec/log.h"
#include "glexec/trust.h"

#define FILE_LIMIT (64 * 1024)

void config_set_defaults(struct config *config) {
    *config = (struct config){
        .linger = true,
        .user_white_list = "",
        .group_white_list = "",
        .omission_private_key_white_list = "",
        .preserve_env_variables = "",
        .create_target_proxy = true,
        .certdir = "/etc/grid-security/certificates",
        .vomsdir = "/etc/grid-security/vomsdir",
        .log_file = "/var/log/glexec/glexec_log",
        .log_file_group = "root",
        .log_level = LOG_NOTICES,
        .syslog_facility = LOG_DAEMON,
        .epilogue_timeout = 300,
        .gridmapfile = "/etc/grid-security/grid-mapfile",
        .gridmapdir = "/etc/grid-security/gridmapdir",
        .minimum_uid = 1,
        .minimum_gid = 1,
    };
}

static void warn(const char *text) {
    log_line(LOG_WARNINGS, "%s: %s", GLEXEC_CONFIGURATION, text);
}

int config_load(struct config *config) {
    char why[TRUST_WHY_SIZE];
    char wrong[CONFIG_WHY_SIZE];
    size_t length;
    const struct trust nobody_else = {0};
    config_set_defaults(config);
    char *text = trusted_read(GLEXEC_CONFIGURATION, FILE_LIMIT, &nobody_else, &length, why);
    if (text == NULL) {
        return refuse(EXIT_INTERNAL, "configuration: %s", why);
    }
    if (config_parse(text, config, warn, wrong) != 0) {
        return refuse(EXIT_INTERNAL, "%s: %s", GLEXEC_CONFIGURATION, wrong);
    }
    return log_set_up(config);
}
