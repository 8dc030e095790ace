/* log: lines for the boot log and for log_server; see log.h. */
#include <stdarg.h>
#include <stdio.h>

#include <gbsd/calls.h>
#include <gbsd/log.h>

#include "log.h"

enum { LINE = 256, MICROSECOND = 1000, MILLISECOND = 1000 * 1000 };

static cap_t print, server;

void
log_open(cap_t machine)
{
	print = machine;
}

void
log_server_is(cap_t cap)
{
	if (server != 0)
		cap_close(server);
	server = cap;
}

static void
put(enum log_level level, const char *format, va_list list)
{
	uint64_t now = gbsd_time();
	char line[LINE];
	int begin = snprintf(line, sizeof(line), "[%4llu.%03llu ms] ",
	    (unsigned long long)(now / MILLISECOND),
	    (unsigned long long)(now / MICROSECOND % 1000));
	int n = begin + vsnprintf(line + begin, sizeof(line) - (size_t)begin,
			    format, list);

	if (n > LINE - 2)
		n = LINE - 2;
	/* It waits for nobody; what finds no room there is counted. */
	if (server != 0)
		log_text(server, level, line + begin, (size_t)(n - begin));
	line[n++] = '\n';
	/* There is no one to tell that there is no log. */
	(void)!sys_debug_print(print, STREAM_LOG, line, (size_t)n);
}

void
log_line(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	put(LOG_INFO, format, list);
	va_end(list);
}

void
log_error(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	put(LOG_ERROR, format, list);
	va_end(list);
}
