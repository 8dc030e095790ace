/*
 * host_main: from main to kernel_main, and out again.
 *
 * The process's first thread is the processor, and its stack is the
 * kernel's.
 */
#define _GNU_SOURCE
#include "cpu.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

/* The archive that the build put into the program, or none. */
extern const uint8_t gbsd_archive_start[] __attribute__((weak));
extern const uint8_t gbsd_archive_end[] __attribute__((weak));

static char **arguments; /* main's, for a reset */

static void
complain(const char *format, va_list list)
{
	host_terminal_restore();
	fputs("gbsd-hosted: ", stderr);
	vfprintf(stderr, format, list);
	fputc('\n', stderr);
}

void
host_fail(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	complain(format, list);
	_exit(1);
}

void
host_usage(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	complain(format, list);
	_exit(2);
}

/* The offset of address in the program's file, or -1. */
static int64_t
file_offset(uintptr_t address)
{
	const Elf64_Phdr *headers = (const void *)getauxval(AT_PHDR);
	size_t count = getauxval(AT_PHNUM);
	uintptr_t base = 0;

	for (size_t i = 0; i < count; i++)
		if (headers[i].p_type == PT_PHDR)
			base = (uintptr_t)headers - headers[i].p_vaddr;
	for (size_t i = 0; i < count; i++) {
		uintptr_t start = base + headers[i].p_vaddr;
		if (headers[i].p_type == PT_LOAD && address >= start &&
		    address - start < headers[i].p_filesz)
			return (int64_t)(headers[i].p_offset + address - start);
	}
	return -1;
}

static void
embedded_archive(void)
{
	size_t n = (size_t)(gbsd_archive_end - gbsd_archive_start);

	if (!gbsd_archive_start || n == 0)
		return;
	int64_t offset = file_offset((uintptr_t)gbsd_archive_start);
	int fd = offset < 0 ? -1 : open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	host_memory_archive(fd, (uint64_t)offset, gbsd_archive_start, n);
}

static void
file_archive(const char *path)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &status) != 0)
		host_usage("%s: %s", path, strerror(errno));
	if (!S_ISREG(status.st_mode) || status.st_size == 0)
		host_usage("%s: not a boot archive", path);
	host_memory_archive(fd, 0, NULL, (size_t)status.st_size);
}

static void
command_line(const struct options *options)
{
	struct winsize size = { 0 };
	char console[32];
	bool fits = true;

	if (options->verbose)
		fits = fits && boot_word("v", "1");
	fits = fits && boot_word("tty", isatty(STDIN_FILENO) ? "1" : "0");
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
		snprintf(
		    console, sizeof console, "%ux%u", size.ws_col, size.ws_row);
		fits = fits && boot_word("console", console);
	}
	if (options->command)
		fits = fits && boot_word("c", options->command);
	if (!fits)
		host_usage("-c: the command is too long; put it in a file");
}

static void
random_bytes(const struct options *options)
{
	struct hal_boot *boot = host_boot();
	size_t size = sizeof boot->random, guard = sizeof __stack_chk_guard;

	if (options->seeded)
		boot_seed(options->seed);
	else if (getrandom(boot->random, size, 0) != (ssize_t)size ||
		 getrandom(&__stack_chk_guard, guard, 0) != (ssize_t)guard)
		host_fail("the host gives no random numbers");
}

/* Or the memory file would become stdin. */
static void
standard_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			_exit(1);
}

int
main(int argc, char **argv)
{
	struct options options;

	arguments = argv;
	standard_streams();
	host_options(&options, argc, argv);
	host_time_start();
	command_line(&options);
	random_bytes(&options);
	host_memory_start(options.memory);
	host_region_start();
	host_unmap_start();
	if (options.archive)
		file_archive(options.archive);
	else
		embedded_archive();
	host_console_start(options.verbose);
	signal(SIGPIPE, SIG_IGN);
	vectors_start();
	host_signal_start();
	host_timer_start();
	kernel_main();
}

unsigned
hal_cpu(void)
{
	return 0;
}

void
hal_cpu_start(unsigned cpu, void (*entry)(unsigned cpu))
{
	(void)entry;
	host_fail("there is no processor %u", cpu);
}

void
hal_cpu_kick(unsigned cpu)
{
	(void)cpu; /* only itself */
	host_poke(&host_cpu, PENDING_KICK);
}

void
hal_halt(enum hal_halt how, int status)
{
	host_console_flush();
	host_terminal_restore();
	if (how == HAL_PANIC) {
		host_backtrace();
		host_die();
	}
	if (how == HAL_RESET) {
		sigset_t none;
		/* One that is under way must not end the next life, which
		 * begins without handlers. */
		signal(SIGALRM, SIG_IGN);
		signal(SIGUSR1, SIG_IGN);
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		execv("/proc/self/exe", arguments);
		host_fail("cannot start again: %s", strerror(errno));
	}
	exit(status);
}
