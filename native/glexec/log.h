/*
 * The audit log: syslog, or a file, and on standard error what the caller should know. Until
 * log_set_up() everything goes to syslog as daemon.*.
 */
#ifndef GLEXEC_LOG_H
#define GLEXEC_LOG_H

#include "glexec/config.h"

/* gLExec's log_level: what is above it is not logged. */
enum log_level { LOG_ERRORS = 1, LOG_WARNINGS, LOG_NOTICES, LOG_DETAILS, LOG_DEBUGGING };

/*
 * Opens the log that the configuration names. Gives 0 or an exit code: without its log, nothing is
 * run. The file is opened with root's rights, by a trusted path, and is made 0640 where it is missing.
 */
int log_set_up(const struct config *config);

/*
 * Writes one line; what is not printable in it becomes '?', so that nobody's text begins a new one.
 * Errors and warnings go to standard error as well, unless silent_logging.
 */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Logs an error, as "refused (CODE): ...", and gives the code back. */
int refuse(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
