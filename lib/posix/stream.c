/*
 * stream: input from console_server, output to whoever started the process.
 *
 * A process that has init but no "stdin" runs in the background: its input
 * is at its end.  One without init stands alone, and asks the machine.
 */
#include <errno.h>
#include <string.h>

#include <proto/console.h>
#include <proto/stream.h>

#include "posix.h"

long
posix_stream_read(void *to, size_t size)
{
	cap_t input = gbsd_cap("stdin");
	struct console_read_req q = { .size = CONSOLE_BYTES };
	struct console_read_rep r;
	enum error e;

	if (input == 0)
		return gbsd_cap("init") != 0 ? 0 : posix_print_read(to, size);
	if (size < q.size)
		q.size = (uint32_t)size;
	e = console_read(input, &q, &r, NULL);
	if (e != E_OK)
		return posix_error(e);
	memcpy(to, r.bytes, r.count);
	return (long)r.count;
}

long
posix_stream_write(int fd, const void *from, size_t size)
{
	cap_t output = fd == 1 ? gbsd_cap("stdout") : 0;
	struct stream_write_rep r;
	const char *bytes = from;

	if (output == 0)
		return posix_print_write(fd, from, size);
	for (size_t done = 0; done < size;) {
		struct stream_write_req q = { .count = STREAM_BYTES };

		if (size - done < q.count)
			q.count = (uint32_t)(size - done);
		memcpy(q.bytes, bytes + done, q.count);
		if (stream_write(output, &q, &r, NULL) != E_OK)
			return done > 0 ? (long)done : -EPIPE;
		done += q.count;
	}
	return (long)size;
}
