/* log: lines of the boot log, with the time since the start in front. */
#pragma once

#include <gbsd/call.h>

void log_open(cap_t machine);
/* A line without its newline; what is too long is cut. */
void log_line(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
