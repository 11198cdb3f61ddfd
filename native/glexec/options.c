#include "glexec/options.h"

#include <openssl/opensslv.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "glexec/config.h"
#include "glexec/exit_codes.h"
#include "glexec/voms_library.h"

static const char HELP[] =
    "usage: glexec COMMAND [ARGUMENT...]\n"
    "Runs COMMAND, an absolute path, as the account that the proxy in GLEXEC_CLIENT_CERT is mapped to.\n"
    "  -h  this help        -v  the version        -V  what is compiled in (root only)\n"
    "Exit codes: 201 the caller's mistake, 202 internal, 203 not authorised, 204 the payload itself\n"
    "exited with 201 to 204, 126 the payload cannot be executed; else the payload's own.\n";

static void print_defaults(void) {
    struct config config;
    char library[PATH_MAX];
    char why[TRUST_WHY_SIZE];
    config_set_defaults(&config);
    printf("configuration  %s\n", GLEXEC_CONFIGURATION);
    printf("certdir        %s\n", config.certdir);
    printf("gridmapfile    %s\n", config.gridmapfile);
    printf("gridmapdir     %s\n", config.gridmapdir);
    printf("log_file       %s\n", config.log_file);
    printf("vomsdir        %s\n", config.vomsdir);
    printf("VOMS library   %s\n", voms_library_find(library, why) ? library : why);
    printf("OpenSSL        %s (headers)\n", OPENSSL_VERSION_TEXT);
}

bool options_obey(int argc, char *const *argv, int *code) {
    const char *first = argc > 1 ? argv[1] : "";
    *code = 0;
    if (strcmp(first, "-h") == 0) {
        fputs(HELP, stdout);
    } else if (strcmp(first, "-v") == 0) {
        puts("glexec of Eyrie " EYRIE_VERSION);
    } else if (strcmp(first, "-V") == 0 && getuid() == 0) {
        print_defaults();
    } else if (argc < 2 || *first == '-') {
        fputs(HELP, stderr);
        *code = EXIT_CALLER;
    } else {
        return false;
    }
    return true;
}
