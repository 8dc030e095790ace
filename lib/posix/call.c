/*
 * call: from a system call's number to the function that does it.
 *
 * One list, calls.def, is the table.  It becomes a switch and not an array
 * of pointers: pointers would be relocations in every image.
 *
 * Nothing in the base layer uses errno or thread-local variables: musl makes
 * its first calls before there is a thread pointer.
 */
#include <errno.h>
#include <sys/syscall.h>

#include "posix.h"

long (*posix_layer)(long number, const long arguments[6]);

long
posix_error(enum error e)
{
	switch (e) {
	case E_OK:
		return 0;
	case E_NO_MEMORY:
	case E_LIMIT:
		return -ENOMEM;
	case E_NO_RIGHTS:
	case E_INVALID_CAP:
		return -EACCES;
	case E_WOULD_BLOCK:
	case E_PORT_FULL:
		return -EAGAIN;
	case E_INTERRUPTED:
		return -EINTR;
	case E_RANGE:
		return -ENOMEM;
	case E_TIMED_OUT:
		return -ETIMEDOUT;
	case E_IO:
	case E_DEAD_REPLY:
	case E_UNAVAILABLE:
		return -EIO;
	case E_NOT_FOUND:
		return -ENOENT;
	case E_EXISTS:
		return -EEXIST;
	default:
		return -EINVAL;
	}
}

/* Says so once per number: the log shows what a port still needs. */
static long
unknown(long number)
{
	static uint64_t seen[8];
	char text[] = "posix: no system call 000\n";

	if (number < 0 || number >= 64 * 8)
		return -ENOSYS;
	if (seen[number / 64] & 1ull << number % 64)
		return -ENOSYS;
	seen[number / 64] |= 1ull << number % 64;
	text[22] += (char)(number / 100);
	text[23] += (char)(number / 10 % 10);
	text[24] += (char)(number % 10);
	posix_print_write(2, text, sizeof text - 1);
	return -ENOSYS;
}

long
posix_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	const long arguments[6] = { a, b, c, d, e, f };

	if (posix_layer != NULL) {
		long result = posix_layer(number, arguments);
		if (result != POSIX_NEXT)
			return result;
	}
	switch (number) {
#define CALL(name)       \
	case SYS_##name: \
		return linux_##name(arguments);
#include "calls.def"
#include <machine_calls.def>
#undef CALL
	default:
		return unknown(number);
	}
}
