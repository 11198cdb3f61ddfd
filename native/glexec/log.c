#include "glexec/log.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "glexec/exit_codes.h"
#include "glexec/trust.h"

#define LINE_MAX_LENGTH 4096

/* Who may read the log can lock it as well, and keeps nobody waiting for longer than that. */
#define LOCK_TRIES 100
#define LOCK_PAUSE 2000000 /* nanoseconds */

static int file = -1;
static int most = LOG_NOTICES;
static bool silent;
static int facility = LOG_DAEMON;

static const int PRIORITIES[] = {LOG_ERR, LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG};
static const char *const NAMES[] = {"error", "error", "warning", "notice", "info", "debug"};

static int open_file(const struct config *config) {
    char why[TRUST_WHY_SIZE];
    const struct trust nobody_else = {.pedantic = config->pedantic_security_checks};
    file = trusted_open(config->log_file, O_RDWR | O_APPEND | O_CREAT | O_NOCTTY | O_NONBLOCK,
                        0640, &nobody_else, why);
    if (file < 0) {
        return refuse(EXIT_INTERNAL, "log_file: %s", why);
    }
    struct stat status;
    if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
        close(file);
        file = -1;
        return refuse(EXIT_INTERNAL, "log_file: %s is not a regular file", config->log_file);
    }
    struct group *group = getgrnam(config->log_file_group);
    if (group == NULL) {
        return refuse(EXIT_INTERNAL, "log_file_group: there is no group %s", config->log_file_group);
    }
    if (status.st_gid != group->gr_gid && fchown(file, (uid_t)-1, group->gr_gid) != 0) {
        return refuse(EXIT_INTERNAL, "log_file: cannot give %s to the group %s: %s",
                      config->log_file, config->log_file_group, strerror(errno));
    }
    return 0;
}

int log_set_up(const struct config *config) {
    most = (int)config->log_level;
    silent = config->silent_logging;
    facility = config->syslog_facility;
    return config->log_destination == LOG_TO_FILE ? open_file(config) : 0;
}

/* Our name, and not argv[0], which is the caller's text; and our number. */
static void write_to_syslog(enum log_level level, const char *text) {
    openlog("glexec", LOG_PID, facility);
    syslog(facility | PRIORITIES[level], "%s", text);
}

/* For one who looks at the end of the file: another one's line may be half there. */
static void set_lock(short type) {
    const struct flock whole = {.l_type = type, .l_whence = SEEK_SET};
    const struct timespec pause = {.tv_nsec = LOCK_PAUSE};
    for (int i = 0; i < LOCK_TRIES && fcntl(file, F_OFD_SETLK, &whole) != 0; i++) {
        if (errno != EAGAIN && errno != EACCES) {
            return; /* a file system without locks */
        }
        nanosleep(&pause, NULL);
    }
}

/* Whether the disk was full in the middle of a line: then ours begins a new one. */
static bool is_cut_off(void) {
    char last = '\n';
    struct stat status;
    return fstat(file, &status) == 0 && status.st_size > 0 &&
           pread(file, &last, 1, status.st_size - 1) == 1 && last != '\n';
}

/* The same second, whatever the caller's TZ says. */
static void write_to_file(enum log_level level, const char *text) {
    char line[LINE_MAX_LENGTH + 128];
    struct tm tm;
    time_t now = time(NULL);
    char when[32] = "?";
    if (gmtime_r(&now, &tm) != NULL) {
        strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &tm);
    }
    set_lock(F_WRLCK);
    int length = snprintf(line, sizeof line, "%s%s glexec[%d]: %s: %s\n", is_cut_off() ? "\n" : "", when,
                          (int)getpid(), NAMES[level], text);
    /* O_APPEND: one write is one line, also beside other processes. */
    const bool is_written = write(file, line, (size_t)length) == length;
    set_lock(F_UNLCK);
    if (!is_written) {
        write_to_syslog(level, text); /* the disk is full */
    }
}

static void write_line(enum log_level level, char *text) {
    for (char *at = text; *at != 0; at++) {
        if (*at < ' ' || *at == 0x7f) {
            *at = '?';
        }
    }
    if ((int)level <= most) {
        if (file >= 0) {
            write_to_file(level, text);
        } else {
            write_to_syslog(level, text);
        }
    }
    if (level <= LOG_WARNINGS && !silent) {
        dprintf(STDERR_FILENO, "glexec: %s\n", text);
    }
}

void log_line(enum log_level level, const char *format, ...) {
    char text[LINE_MAX_LENGTH];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    write_line(level, text);
}

int refuse(int code, const char *format, ...) {
    char text[LINE_MAX_LENGTH];
    int length = snprintf(text, sizeof text, "refused (%d): ", code);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + length, sizeof text - (size_t)length, format, arguments);
    va_end(arguments);
    write_line(LOG_ERRORS, text);
    return code;
}
