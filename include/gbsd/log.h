/*
 * log: to write to the log.
 *
 * Nothing here waits, so that it can be called from anywhere, and nothing
 * fails: what finds no room is counted, and the count goes with the next
 * entry that finds some.
 */
#pragma once

#include <stddef.h>

#include <gbsd/call.h>
#include <proto/log_record.h>

/* One entry to the log_server that log leads to. */
void log_text(cap_t log, enum log_level level, const char *text, size_t length);

/* The same with printf's format, to log_server, or without it to the machine's
 * own log by the capability "log".  Without both, nothing. */
void log_printf(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
