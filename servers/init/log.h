/*
 * log: lines of the boot log, with the time since the start in front, which
 * are entries of log_server's too, once there is one.
 */
#pragma once

#include <gbsd/call.h>

void log_open(cap_t machine);
/* Takes the capability to log_server over, instead of the one before. */
void log_server_is(cap_t server);
/* A line without its newline; what is too long is cut. */
void log_line(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
/* The same of what went wrong. */
void log_error(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
