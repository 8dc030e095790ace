/* log: lines of the boot log; see log.h. */
#include <stdarg.h>
#include <stdio.h>

#include <gbsd/calls.h>

#include "log.h"

enum { LINE = 256, MICROSECOND = 1000, MILLISECOND = 1000 * 1000 };

static cap_t print;

void
log_open(cap_t machine)
{
	print = machine;
}

void
log_line(const char *format, ...)
{
	uint64_t now = gbsd_time();
	char line[LINE];
	va_list list;
	int n = snprintf(line, sizeof(line), "[%4llu.%03llu ms] ",
	    (unsigned long long)(now / MILLISECOND),
	    (unsigned long long)(now / MICROSECOND % 1000));

	va_start(list, format);
	n += vsnprintf(line + n, sizeof(line) - (size_t)n, format, list);
	va_end(list);
	if (n > LINE - 2)
		n = LINE - 2;
	line[n++] = '\n';
	/* There is no one to tell that there is no log. */
	(void)!sys_debug_print(print, STREAM_LOG, line, (size_t)n);
}
