/*
 * file: descriptors 0, 1 and 2, and no others.
 *
 * They are the console.  A layer that has files takes these calls away from
 * here by posix_layer.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <termios.h>

#include "posix.h"

enum { END_BYTE = 4 }; /* ^D */

struct posix_console posix_console = {
	.read = posix_stream_read,
	.write = posix_stream_write,
	.rows = 24,
	.columns = 80,
};

long
posix_print_write(int fd, const void *from, size_t size)
{
	cap_t print = gbsd_cap("print");
	uint64_t stream = fd == 1 ? STREAM_OUTPUT : STREAM_ERROR;
	const char *bytes = from;

	/* A service: all that it says is for the log. */
	if (print == 0) {
		print = gbsd_cap("log");
		stream = STREAM_LOG;
	}

	for (size_t done = 0; print != 0 && done < size;) {
		uint64_t words[PRINT_BYTES / 8] = { 0 };
		size_t n = size - done;
		if (n > PRINT_BYTES)
			n = PRINT_BYTES;
		memcpy(words, bytes + done, n);
		gbsd_call6(CALL_sys_debug_print, print, stream | n << 8,
		    words[0], words[1], words[2], words[3]);
		done += n;
	}
	return (long)size;
}

/* The next byte; E_UNAVAILABLE: the input is at its end. */
static enum error
wait_byte(cap_t print, uint8_t *byte)
{
	for (;;) {
		uint64_t got = gbsd_call6(
		    CALL_sys_debug_print, print, STREAM_INPUT, 0, 0, 0, 0);

		if (error_of(got) == E_OK)
			*byte = (uint8_t)got;
		if (error_of(got) != E_WOULD_BLOCK)
			return error_of(got);
		gbsd_call6(CALL_sched_yield, 0, YIELD, 0, 0, 0, 0);
	}
}

long
posix_print_read(void *to, size_t size)
{
	static bool at_end; /* ^D came behind other bytes */
	cap_t print = gbsd_cap("print");
	enum error e = at_end || print == 0 ? E_UNAVAILABLE : E_OK;
	uint8_t byte = 0;
	size_t n = 0;

	at_end = false;
	if (e == E_OK)
		e = wait_byte(print, &byte);
	/* What is there goes along; a serial line has no end: ^D says so, as
	 * on any terminal. */
	while (e == E_OK && byte != END_BYTE) {
		uint64_t got;

		((uint8_t *)to)[n++] = byte;
		if (n == size)
			return (long)n;
		got = gbsd_call6(
		    CALL_sys_debug_print, print, STREAM_INPUT, 0, 0, 0, 0);
		e = error_of(got);
		byte = (uint8_t)got;
	}
	at_end = e == E_OK && n > 0;
	if (e == E_OK || e == E_UNAVAILABLE || n > 0)
		return (long)n;
	return posix_error(e);
}

static bool
open_here(long fd)
{
	return fd >= 0 && fd <= 2;
}

long
linux_read(const long *a)
{
	if (!open_here(a[0]))
		return -EBADF;
	return a[2] == 0 ? 0 : posix_console.read((void *)a[1], (size_t)a[2]);
}

long
linux_write(const long *a)
{
	if (!open_here(a[0]))
		return -EBADF;
	return posix_console.write((int)a[0], (const void *)a[1], (size_t)a[2]);
}

/* Both stop at the first piece that is not done whole. */
long
linux_readv(const long *a)
{
	const struct iovec *v = (const struct iovec *)a[1];
	long done = 0;

	if (a[2] < 0 || a[2] > IOV_MAX)
		return -EINVAL;
	for (long i = 0; i < a[2]; i++) {
		if (v[i].iov_len == 0)
			continue;
		long one[6] = { a[0], (long)v[i].iov_base, (long)v[i].iov_len };
		long n = linux_read(one);
		if (n < 0)
			return done > 0 ? done : n;
		done += n;
		/* The next read might wait: what is here is enough. */
		if (n > 0)
			break;
	}
	return done;
}

long
linux_writev(const long *a)
{
	const struct iovec *v = (const struct iovec *)a[1];
	long done = 0;

	if (a[2] < 0 || a[2] > IOV_MAX)
		return -EINVAL;
	for (long i = 0; i < a[2]; i++) {
		if (v[i].iov_len == 0)
			continue;
		long one[6] = { a[0], (long)v[i].iov_base, (long)v[i].iov_len };
		long n = linux_write(one);
		if (n < 0)
			return done > 0 ? done : n;
		done += n;
		if ((size_t)n < v[i].iov_len)
			break;
	}
	return done;
}

long
linux_close(const long *a)
{
	return open_here(a[0]) ? 0 : -EBADF;
}

long
linux_lseek(const long *a)
{
	return open_here(a[0]) ? -ESPIPE : -EBADF;
}

long
linux_fcntl(const long *a)
{
	if (!open_here(a[0]))
		return -EBADF;
	switch (a[1]) {
	case F_GETFL:
		return a[0] == 0 ? O_RDONLY : O_WRONLY;
	case F_GETFD:
	case F_SETFD:
	case F_SETFL:
		return 0;
	default:
		return -EINVAL;
	}
}

/* Enough for isatty(), and for stdio to choose line buffers. */
long
linux_ioctl(const long *a)
{
	if (!open_here(a[0]))
		return -EBADF;
	if (posix_console.rows == 0)
		return -ENOTTY;
	switch (a[1]) {
	case TIOCGWINSZ:
		*(struct winsize *)a[2] = (struct winsize){
			.ws_row = posix_console.rows,
			.ws_col = posix_console.columns,
		};
		return 0;
	case TCGETS:
		memset((void *)a[2], 0, sizeof(struct termios));
		((struct termios *)a[2])->c_lflag = ICANON | ECHO | ISIG;
		return 0;
	default:
		return -ENOTTY;
	}
}
