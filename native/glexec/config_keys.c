#include "glexec/config_keys.h"

#include <limits.h>
#include <string.h>
#include <syslog.h>

#define AT(field) offsetof(struct config, field)

static const struct config_choice DESTINATIONS[] = {
    {"syslog", LOG_TO_SYSLOG}, {"file", LOG_TO_FILE}, {NULL, 0}};
static const struct config_choice LOCKS[] = {
    {"flock", LOCK_FLOCK}, {"fcntl", LOCK_FCNTL}, {"disabled", LOCK_DISABLED}, {NULL, 0}};
static const struct config_choice CRLS[] = {
    {"require", CRL_REQUIRE}, {"if-present", CRL_IF_PRESENT}, {"ignore", CRL_IGNORE}, {NULL, 0}};
static const struct config_choice FACILITIES[] = {
    {"LOG_AUTH", LOG_AUTH},     {"LOG_AUTHPRIV", LOG_AUTHPRIV}, {"LOG_DAEMON", LOG_DAEMON},
    {"LOG_USER", LOG_USER},     {"LOG_LOCAL0", LOG_LOCAL0},     {"LOG_LOCAL1", LOG_LOCAL1},
    {"LOG_LOCAL2", LOG_LOCAL2}, {"LOG_LOCAL3", LOG_LOCAL3},     {"LOG_LOCAL4", LOG_LOCAL4},
    {"LOG_LOCAL5", LOG_LOCAL5}, {"LOG_LOCAL6", LOG_LOCAL6},     {"LOG_LOCAL7", LOG_LOCAL7},
    {NULL, 0}};
/* gLExec's word for no is that attributes are believed as they come: here they are then not read. */
static const struct config_choice VOMS[] = {
    {"yes", VOMS_REQUIRE}, {"true", VOMS_REQUIRE},  {"on", VOMS_REQUIRE}, {"1", VOMS_REQUIRE},
    {"no", VOMS_IGNORE},   {"false", VOMS_IGNORE}, {"off", VOMS_IGNORE}, {"0", VOMS_IGNORE},
    {NULL, 0}};
/* Only we switch: the other word of gLExec, lcmaps, is no choice here. */
static const struct config_choice SWITCHERS[] = {{"glexec", 0}, {NULL, 0}};

#define BY_MAPFILE "map with gridmapfile and gridmapdir"
#define BY_CERTIFICATES "authorise with user_white_list and gridmapfile"
#define IGNORED(text) {.name = text, .kind = KIND_IGNORED}
#define REFUSED(text, what) {.name = text, .kind = KIND_REFUSED, .instead = what}

static const struct config_key KEYS[] = {
    {.name = "linger", .kind = KIND_YES_NO, .offset = AT(linger)},
    {.name = "user_white_list", .kind = KIND_LIST, .offset = AT(user_white_list)},
    {.name = "group_white_list", .kind = KIND_LIST, .offset = AT(group_white_list)},
    {.name = "omission_private_key_white_list", .kind = KIND_LIST,
     .offset = AT(omission_private_key_white_list)},
    {.name = "preserve_env_variables", .kind = KIND_LIST, .offset = AT(preserve_env_variables)},
    {.name = "create_target_proxy", .kind = KIND_YES_NO, .offset = AT(create_target_proxy)},
    {.name = "input_lock_mechanism", .kind = KIND_CHOICE, .offset = AT(input_lock_mechanism),
     .choices = LOCKS},
    {.name = "target_lock_mechanism", .kind = KIND_CHOICE, .offset = AT(target_lock_mechanism),
     .choices = LOCKS},
    {.name = "certdir", .kind = KIND_PATH, .offset = AT(certdir)},
    {.name = "vomsdir", .kind = KIND_PATH, .offset = AT(vomsdir)},
    {.name = "log_destination", .kind = KIND_CHOICE, .offset = AT(log_destination),
     .choices = DESTINATIONS},
    {.name = "log_file", .kind = KIND_PATH, .offset = AT(log_file)},
    {.name = "log_file_group", .kind = KIND_TEXT, .offset = AT(log_file_group)},
    {.name = "log_level", .kind = KIND_NUMBER, .offset = AT(log_level), .least = 1, .most = 5},
    {.name = "silent_logging", .kind = KIND_YES_NO, .offset = AT(silent_logging)},
    {.name = "syslog_facility", .kind = KIND_CHOICE, .offset = AT(syslog_facility),
     .choices = FACILITIES},
    {.name = "pedantic_security_checks", .kind = KIND_YES_NO,
     .offset = AT(pedantic_security_checks)},
    {.name = "prohibit_exec_via_symlink", .kind = KIND_YES_NO,
     .offset = AT(prohibit_exec_via_symlink)},
    {.name = "epilogue", .kind = KIND_PATH, .offset = AT(epilogue)},
    {.name = "epilogue_user", .kind = KIND_TEXT, .offset = AT(epilogue_user)},
    {.name = "epilogue_group", .kind = KIND_TEXT, .offset = AT(epilogue_group)},
    {.name = "epilogue_timeout", .kind = KIND_NUMBER, .offset = AT(epilogue_timeout), .least = 1,
     .most = 86400},
    {.name = "gridmapfile", .kind = KIND_PATH, .offset = AT(gridmapfile)},
    {.name = "gridmapdir", .kind = KIND_PATH, .offset = AT(gridmapdir)},
    {.name = "crl", .kind = KIND_CHOICE, .offset = AT(crl), .choices = CRLS},
    {.name = "allow_limited_proxy", .kind = KIND_YES_NO, .offset = AT(allow_limited_proxy)},
    {.name = "max_proxy_lifetime", .kind = KIND_NUMBER, .offset = AT(max_proxy_lifetime),
     .most = INT_MAX},
    {.name = "minimum_uid", .kind = KIND_NUMBER, .offset = AT(minimum_uid), .least = 1,
     .most = INT_MAX},
    {.name = "minimum_gid", .kind = KIND_NUMBER, .offset = AT(minimum_gid), .least = 1,
     .most = INT_MAX},
    {.name = "allow_caller_as_target", .kind = KIND_YES_NO, .offset = AT(allow_caller_as_target)},
    {.name = "user_identity_switch_by", .kind = KIND_REFUSED, .choices = SWITCHERS,
     .instead = "the switch is by glexec itself"},
    {.name = "use_lcas", .kind = KIND_REFUSED_YES, .instead = BY_CERTIFICATES},
    {.name = "lcmaps_voms_verification", .kind = KIND_CHOICE, .offset = AT(voms), .choices = VOMS},
    REFUSED("lcas_db_file", BY_CERTIFICATES),
    REFUSED("lcmaps_db_file", BY_MAPFILE),
    REFUSED("lcmaps_get_account_policy", BY_MAPFILE),
    REFUSED("lcmaps_verify_account_policy", BY_MAPFILE),
    REFUSED("lock_mechanism", "write input_lock_mechanism and target_lock_mechanism"),
    IGNORED("lcas_libdir"),
    IGNORED("lcas_log_file"),
    IGNORED("lcas_debug_level"),
    IGNORED("lcas_log_level"),
    IGNORED("lcmaps_libdir"),
    IGNORED("lcmaps_log_file"),
    IGNORED("lcmaps_debug_level"),
    IGNORED("lcmaps_log_level"),
    IGNORED("diff_syslog_levels"),
    IGNORED("backlog_path"),
};
#define KEY_COUNT (sizeof KEYS / sizeof *KEYS)
_Static_assert(KEY_COUNT <= 64, "what is given twice is seen by a bit for each key");

const struct config_key *config_find_key(const char *name) {
    for (size_t i = 0; i < KEY_COUNT; i++) {
        if (strcmp(KEYS[i].name, name) == 0) {
            return &KEYS[i];
        }
    }
    return NULL;
}

unsigned config_key_number(const struct config_key *key) {
    return (unsigned)(key - KEYS);
}
