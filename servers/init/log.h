/*
 * log: lines of the boot log, with the time since the start in front.
 *
 * They go to the machine's log stream, and to log_server: those from before
 * it was ready when it is.  So the log has the whole story of a start, also
 * what the kernel told init.
 */
#pragma once

#include <gbsd/call.h>

void log_open(cap_t machine);
/* log_server is ready; the capability stays the caller's. */
void log_to(cap_t server);
/* A line without its newline; what is too long is cut. */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same of something that went wrong. */
void log_alert(const char *format, ...) __attribute__((format(printf, 1, 2)));
