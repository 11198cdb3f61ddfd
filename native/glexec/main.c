/*
 * glexec: runs a command as the local account that an X.509 proxy is mapped to.
 *
 *   glexec COMMAND [ARGUMENT...]
 *
 * Installed set-uid root, where the administrator says so. The order of what it does is that of
 * authorise() and run(); a step that refuses has logged why and gives the exit code.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "glexec/caller.h"
#include "glexec/command.h"
#include "glexec/config.h"
#include "glexec/environment.h"
#include "glexec/epilogue.h"
#include "glexec/exit_codes.h"
#include "glexec/identity.h"
#include "glexec/linger.h"
#include "glexec/log.h"
#include "glexec/mapping.h"
#include "glexec/options.h"
#include "glexec/payload.h"
#include "glexec/proxy_file.h"
#include "glexec/startup.h"
#include "glexec/target_proxy.h"
#include "glexec/verify.h"
#include "glexec/voms_policy.h"
#include "glexec/white_list.h"

struct call {
    struct config config;
    char *const *argv;        /* the payload's */
    char *const *environment; /* the caller's: not to be trusted */
    struct person caller;
    struct person target;
    char subject[SUBJECT_SIZE];
    struct identity identity;
    struct proxy_file proxy;
    struct epilogue epilogue;
    char **payload_environment;
};

/* Which account the proxy is worth. */
static int authenticate(struct call *call) {
    static struct attributes attributes;
    const struct config *config = &call->config;
    const char *path = proxy_path(call->environment, &call->caller);
    char library[PATH_MAX];
    int code = voms_choose_library(config, library);
    const struct verify_rules rules = {
        .certdir = config->certdir,
        .trust = {.pedantic = config->pedantic_security_checks},
        .crl = config->crl,
        .allow_limited = config->allow_limited_proxy,
        .may_omit_key = white_list_has(config->omission_private_key_white_list, call->caller.name),
        .max_lifetime = config->max_proxy_lifetime,
        .voms_library = *library == 0 ? NULL : library,
        .vomsdir = config->vomsdir,
    };
    if (code == 0) {
        code = proxy_read(path, &call->caller, config->input_lock_mechanism, &call->proxy);
    }
    if (code == 0) {
        code = verify_apart(call->proxy.text, call->proxy.length, &rules, "glexec", call->subject,
                            &attributes);
    }
    if (code == 0) {
        code = voms_judge(config, &attributes);
    }
    call->identity = (struct identity){.subject = call->subject, .attributes = &attributes};
    return code != 0
               ? code
               : map_identity(config, &call->identity, &call->caller, &call->target);
}

/* The other mode of gLExec belongs to its old form with numbers, which is not spoken here. */
static int check_mode(const struct call *call) {
    const char *mode = environment_get(call->environment, "GLEXEC_MODE");
    return mode == NULL || strcmp(mode, "lcmaps_get_account") == 0
               ? 0
               : refuse(EXIT_CALLER, "GLEXEC_MODE %s is not supported: lcmaps_get_account is", mode);
}

/* The payload's environment, and that the epilogue will be told all of it. */
static int make_environment(struct call *call, const char *proxy) {
    call->payload_environment =
        environment_make(call->environment, call->config.preserve_env_variables,
                         call->target.home, proxy);
    if (call->payload_environment == NULL) {
        return refuse(EXIT_INTERNAL, "no memory for the payload's environment");
    }
    const struct epilogue_facts facts = {.argv = call->argv,
                                         .environment = call->payload_environment,
                                         .caller = &call->caller, .target = &call->target};
    return call->config.epilogue == NULL || epilogue_environment_fits(&facts)
               ? 0
               : refuse(EXIT_CALLER, "arguments and environment are too long for the epilogue");
}

/* Every decision, in order. Gives 0 where the payload may be run. */
static int authorise(struct call *call) {
    const char *proxy = NULL;
    int code = caller_check(&call->config, &call->caller);
    if (code == 0) {
        code = check_mode(call);
    }
    if (code == 0 && call->config.epilogue != NULL) {
        code = epilogue_prepare(&call->config, &call->epilogue);
    }
    if (code == 0) {
        code = authenticate(call);
    }
    if (code == 0) {
        code = command_check(call->argv[0], &call->config, &call->target);
    }
    if (code == 0) {
        code = target_proxy_make(&call->config, call->environment, &call->proxy, &call->caller,
                                 &call->target, &proxy);
    }
    return code == 0 ? make_environment(call, proxy) : code;
}

static int finish(const struct call *call, pid_t payload, int status) {
    const bool by_signal = WIFSIGNALED(status);
    const int code = by_signal ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    log_line(LOG_NOTICES, "ended: account %s, process %d, %s %d", call->target.name, (int)payload,
             by_signal ? "signal" : "code", by_signal ? WTERMSIG(status) : code);
    if (call->config.epilogue != NULL) {
        const struct epilogue_facts facts = {.argv = call->argv,
                                             .environment = call->payload_environment,
                                             .caller = &call->caller, .target = &call->target,
                                             .target_pgid = payload, .target_rc = code};
        int failed = epilogue_run(&call->epilogue, &facts);
        if (failed != 0) {
            return failed;
        }
    }
    if (by_signal) {
        return linger_die_of(WTERMSIG(status));
    }
    return code >= EXIT_CALLER && code <= EXIT_PAYLOAD_RESERVED ? EXIT_PAYLOAD_RESERVED : code;
}

static int run(const struct call *call) {
    const struct payload payload = {call->argv, call->payload_environment, &call->target};
    const bool has_epilogue = call->config.epilogue != NULL;
    const char *id = environment_get(call->environment, "GLEXEC_ID");
    pid_t pid;
    const char *fqan = call->identity.fqan;
    /* From here on what is told to begin is told to end, whatever signal comes. */
    if (call->config.linger) {
        linger_block_signals();
    }
    log_line(LOG_NOTICES, "started: caller %s (uid %u), subject \"%s\"%s%s%s, account %s (uid %u, gid %u), "
             "command %s, id %s", call->caller.name, (unsigned)call->caller.uid, call->subject,
             fqan == NULL ? "" : ", attribute \"", fqan == NULL ? "" : fqan, fqan == NULL ? "" : "\"",
             call->target.name, (unsigned)call->target.uid, (unsigned)call->target.gid,
             call->argv[0], id == NULL ? "-" : id);
    if (!call->config.linger) {
        return payload_execute(&payload);
    }
    /* Without an epilogue the real uid stays the caller's, who may so signal us. */
    if (has_epilogue && identity_root_wholly() != 0) {
        return refuse(EXIT_INTERNAL, "cannot become root wholly: %s", strerror(errno));
    }
    int code = payload_start(&payload, &pid);
    return code != 0 ? code
                     : finish(call, pid, linger_wait(pid, &call->caller, has_epilogue));
}

int main(int argc, char **argv) {
    static struct call call;
    int code;
    call.environment = startup_disarm();
    if (call.environment == NULL) {
        return refuse(EXIT_INTERNAL, "the caller's resource limits are too low, and cannot be raised");
    }
    if (options_obey(argc, argv, &code)) {
        return code;
    }
    if (geteuid() != 0) {
        return refuse(EXIT_INTERNAL, "not installed set-uid root (mode 4111): see glexec(1)");
    }
    call.argv = argv + 1;
    const int known = person_who_calls(&call.caller);
    identity_root();
    code = config_load(&call.config);
    if (code == 0 && known != 0) {
        code = refuse(EXIT_DENIED, "the calling uid %u has no account", (unsigned)getuid());
    }
    if (code == 0) {
        code = authorise(&call);
    }
    return code == 0 ? run(&call) : code;
}
