/*
 * posix: what stands behind the C library.
 *
 * musl makes its system calls by posix_syscall(), with Linux's numbers and
 * structures.  The base layer here needs no server: console, memory, time,
 * randomness, exit.  A program or a layer above puts its own functions into
 * the hooks before it starts threads.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* One system call: the result, or a negated errno. */
__attribute__((visibility("hidden"))) long
posix_syscall(long number, long a, long b, long c, long d, long e, long f);

/* Asked first for every call; POSIX_NEXT leaves it to the base layer.  NULL
 * if there is no layer above. */
enum { POSIX_NEXT = -0x10000 };
extern long (*posix_layer)(long number, const long arguments[6]);

/* Descriptors 0, 1 and 2.  Each gives the count or a negated errno; read
 * waits for at least one byte, and gives 0 at the end of the input. */
struct posix_console {
	long (*read)(void *to, size_t size);
	long (*write)(int fd, const void *from, size_t size);
	uint16_t rows, columns; /* 0: not a terminal */
};
extern struct posix_console posix_console;

/* The base layer's: input is console_server's, by the capability "stdin", and
 * descriptor 1 a stream, by "stdout"; without them as below. */
long posix_stream_read(void *to, size_t size);
long posix_stream_write(int fd, const void *from, size_t size);

/* Without servers: the bytes of sys_debug_print, with the
 * capability named "print"; without, all output goes to the log with the one
 * named "log".  Output without both is dropped, input ends at a
 * ^D or when the machine says so by E_UNAVAILABLE. */
long posix_print_read(void *to, size_t size);
long posix_print_write(int fd, const void *from, size_t size);

/* Waits until gbsd_time() is at least deadline; 0, or -EINTR.  The base
 * layer yields until then. */
extern long (*posix_sleep_until)(uint64_t deadline);

/* Nanoseconds from monotonic time to time since 1970. */
extern int64_t posix_wall_offset;
