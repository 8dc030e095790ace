/*
 * host_console: bytes out to stdout and stderr, bytes in from a ring.
 *
 * A kernel call brings at most 32 bytes, and a host call costs as much as
 * fifty kernel calls, so output is gathered and goes out when the buffer is
 * full, when the system is idle, at ticks, and FLUSH_AFTER at the latest.
 *
 * Input is a ring with one producer, the thread of host_terminal.c, and one
 * consumer, the processor.  Each side writes its own counter; a producer
 * that finds no room sleeps on the consumer's.
 */
#define _GNU_SOURCE
#include "cpu.h"

#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	OUTPUT_SIZE = 16 * 1024,
	INPUT_SIZE = 4096,
	FLUSH_AFTER = 20 * 1000 * 1000, /* ns: later than the next tick */
	STATUS_NO_READER = 128 + 13, /* as if SIGPIPE had ended us */
};

static char output[OUTPUT_SIZE];
static size_t output_used;
static atomic_flag output_lock = ATOMIC_FLAG_INIT;
static bool log_wanted;

static uint8_t input[INPUT_SIZE];
static _Atomic uint32_t input_put, input_got; /* counts, modulo 2^32 */
static _Atomic bool input_ended, producer_waits;
static struct host_cpu *consumer;

/* Writes all of it, or ends the program: nobody reads what follows. */
static void
write_all(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, bytes, n);
		if (done >= 0) {
			bytes += done;
			n -= (size_t)done;
		} else if (errno == EAGAIN) {
			struct pollfd p = { .fd = fd, .events = POLLOUT };
			poll(&p, 1, -1);
		} else if (errno != EINTR) {
			host_terminal_restore();
			_exit(STATUS_NO_READER);
		}
	}
}

void
host_console_start(bool log)
{
	log_wanted = log;
	consumer = &host_cpu;
}

static void
flush_locked(void)
{
	write_all(STDOUT_FILENO, output, output_used);
	output_used = 0;
}

/* The input's thread calls it too, when a person ends the program. */
void
host_console_flush(void)
{
	if (output_used == 0 || atomic_flag_test_and_set(&output_lock))
		return;
	flush_locked();
	atomic_flag_clear(&output_lock);
	host_flush_by(UINT64_MAX);
}

/* The library's memcpy would use vector registers, which are a task's. */
static void
copy(char *to, const char *from, size_t n)
{
	__asm__ volatile("rep movsb"
			 : "+D"(to), "+S"(from), "+c"(n)
			 :
			 : "memory");
}

static void
put_output(const char *bytes, size_t n)
{
	while (atomic_flag_test_and_set(&output_lock))
		__builtin_ia32_pause();
	if (output_used == 0)
		host_flush_by(hal_now() + FLUSH_AFTER);
	while (n > 0) {
		size_t part = OUTPUT_SIZE - output_used;
		part = part < n ? part : n;
		copy(output + output_used, bytes, part);
		output_used += part;
		bytes += part;
		n -= part;
		if (output_used == OUTPUT_SIZE)
			flush_locked();
	}
	atomic_flag_clear(&output_lock);
}

void
hal_console_put(unsigned stream, const void *bytes, size_t n)
{
	if (stream == STREAM_OUTPUT) {
		put_output(bytes, n);
	} else if (stream == STREAM_ERROR || log_wanted) {
		host_console_flush();
		write_all(STDERR_FILENO, bytes, n);
	}
}

int
hal_console_get(void)
{
	host_console_listen();
	uint32_t got = atomic_load(&input_got);
	if (got == atomic_load(&input_put)) {
		if (!atomic_load(&input_ended))
			return -1;
		/* The last bytes may have come before the end did. */
		return got == atomic_load(&input_put) ? -2 : hal_console_get();
	}
	uint8_t byte = input[got % INPUT_SIZE];
	atomic_store(&input_got, got + 1);
	if (atomic_load(&producer_waits))
		syscall(SYS_futex, &input_got, FUTEX_WAKE_PRIVATE, 1, NULL,
		    NULL, 0);
	return byte;
}

size_t
host_console_room(void)
{
	uint32_t got, used;

	for (;;) {
		got = atomic_load(&input_got);
		used = atomic_load(&input_put) - got;
		if (used < INPUT_SIZE)
			return INPUT_SIZE - used;
		/* Said first: a byte taken after got was read either changes
		 * the futex or sees that we wait. */
		atomic_store(&producer_waits, true);
		syscall(SYS_futex, &input_got, FUTEX_WAIT_PRIVATE, got, NULL,
		    NULL, 0);
		atomic_store(&producer_waits, false);
	}
}

static void
raise_interrupt(void)
{
	atomic_fetch_or(&consumer->raised, 1u << HOST_CONSOLE_INTERRUPT);
	host_poke(consumer, PENDING_DEVICE);
}

void
host_console_add(const uint8_t *bytes, size_t n)
{
	uint32_t put = atomic_load(&input_put);
	size_t room = INPUT_SIZE - (put - atomic_load(&input_got));

	n = n < room ? n : room;
	for (size_t i = 0; i < n; i++)
		input[(put + i) % INPUT_SIZE] = bytes[i];
	atomic_store(&input_put, put + (uint32_t)n);
	raise_interrupt();
}

void
host_console_end(void)
{
	atomic_store(&input_ended, true);
	raise_interrupt();
}
