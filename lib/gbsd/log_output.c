/*
 * log_output: what a service prints is entries of the log.
 *
 * A service has no "print", and a "log_server" if its configuration lets it
 * use that; then each line of its standard output or error is an entry.
 * This file is part of every image; its constructor hooks it in.
 */
#include <string.h>

#include <gbsd/log.h>
#include <gbsd/posix.h>
#include <gbsd/runtime.h>

static char line[LOG_TEXT];
static size_t used;

static void
end_line(int fd)
{
	log_text(gbsd_cap("log_server"), fd == 2 ? LOG_WARN : LOG_INFO, line,
	    used);
	used = 0;
}

static long
write_lines(int fd, const void *from, size_t size)
{
	const char *bytes = from;

	for (size_t i = 0; i < size; i++) {
		if (bytes[i] != '\n')
			line[used++] = bytes[i];
		if (bytes[i] == '\n' || used == sizeof(line))
			end_line(fd);
	}
	return (long)size;
}

__attribute__((constructor)) static void
begin(void)
{
	if (gbsd_cap("print") == 0 && gbsd_cap("stdout") == 0 &&
	    gbsd_cap("log_server") != 0)
		posix_console.write = write_lines;
}
