/* log: lines of the boot log; see log.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <gbsd/calls.h>
#include <gbsd/log.h>

#include "log.h"

enum { LINE = 256, MICROSECOND = 1000, MILLISECOND = 1000 * 1000 };
enum { BACKLOG = 2048 };

static cap_t print, server;
static char backlog[BACKLOG]; /* lines with their newlines */
static size_t backlog_used;

void
log_open(cap_t machine)
{
	print = machine;
}

void
log_to(cap_t to)
{
	char *line = backlog, *end;

	server = to;
	while ((end = memchr(line, '\n',
		    backlog_used - (size_t)(line - backlog))) != NULL) {
		log_text(server, LOG_INFO, line, (size_t)(end - line));
		line = end + 1;
	}
	backlog_used = 0;
}

static void
keep(const char *line, size_t length)
{
	if (length > sizeof(backlog) - backlog_used)
		return;
	memcpy(backlog + backlog_used, line, length);
	backlog_used += length;
}

static void
write_line(enum log_level level, const char *format, va_list list)
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
	line[n++] = '\n';
	/* There is no one to tell that there is no log. */
	(void)!sys_debug_print(print, STREAM_LOG, line, (size_t)n);
	if (server != 0)
		log_text(server, level, line + begin, (size_t)(n - begin) - 1);
	else
		keep(line, (size_t)n);
}

void
log_line(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	write_line(LOG_INFO, format, list);
	va_end(list);
}

void
log_alert(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	write_line(LOG_ERROR, format, list);
	va_end(list);
}
