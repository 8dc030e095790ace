/*
 * host_terminal: a thread that reads stdin, and the terminal's raw mode.
 *
 * The thread starts when the kernel first wants input: a system that never
 * reads leaves stdin and the terminal alone.  On a terminal it turns on raw
 * mode, so that Ctrl-C reaches the system inside, and interprets Ctrl-A as
 * QEMU does; the signals that end or stop a program are then taken here,
 * by a signalfd, so that the terminal is put back first.
 */
#define _GNU_SOURCE
#include "cpu.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

enum { CONTROL_A = 1, CHUNK = 512, THREAD_STACK = 64 * 1024 };

static struct termios cooked, raw;
static _Atomic bool is_raw;
static bool terminal; /* stdin is one, and it is ours */

static void
say(const char *text)
{
	size_t n = 0;

	while (text[n])
		n++;
	if (write(STDERR_FILENO, text, n) < 0)
		return; /* no one to tell */
}

void
host_terminal_restore(void)
{
	if (atomic_exchange(&is_raw, false))
		tcsetattr(STDIN_FILENO, TCSANOW, &cooked);
}

static void
make_raw(void)
{
	if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0)
		atomic_store(&is_raw, true);
}

static void
on_abort(int number)
{
	host_terminal_restore();
	signal(number, SIG_DFL);
	raise(number);
}

/* Ends or stops the program as the signal would have. */
static void
suffer(int number)
{
	sigset_t set;

	host_terminal_restore();
	if (number == SIGTSTP) {
		kill(getpid(), SIGSTOP);
		return;
	}
	host_console_flush();
	sigemptyset(&set);
	sigaddset(&set, number);
	signal(number, SIG_DFL);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	raise(number);
}

static void
take_signal(int fd)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof info) != sizeof info)
		return;
	if (info.ssi_signo == SIGCONT)
		make_raw();
	else
		suffer((int)info.ssi_signo);
}

static void
escape(uint8_t byte)
{
	switch (byte) {
	case 'x':
		host_console_flush();
		host_terminal_restore();
		say("gbsd-hosted: terminated\n");
		_exit(0);
	case 'h':
	case '?':
		say("\nCtrl-A h    this help\n"
		    "Ctrl-A x    leave\n"
		    "Ctrl-A a    send Ctrl-A\n");
		break;
	case 'a':
	case CONTROL_A:
		host_console_add(&(uint8_t){ CONTROL_A }, 1);
		break;
	default:
		break;
	}
}

/* Passes on what is not for us; bytes is overwritten. */
static void
interpret(uint8_t *bytes, size_t n)
{
	static bool escaped;
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (escaped) {
			escaped = false;
			if (kept > 0)
				host_console_add(bytes, kept);
			kept = 0;
			escape(bytes[i]);
		} else if (bytes[i] == CONTROL_A) {
			escaped = true;
		} else {
			bytes[kept++] = bytes[i];
		}
	}
	if (kept > 0)
		host_console_add(bytes, kept);
}

/* False at the end of input.  A person's keys are read even if the system
 * takes none, or it could not be left; what comes from a pipe waits. */
static bool
take_input(void)
{
	uint8_t bytes[CHUNK];
	size_t room = terminal ? CHUNK : host_console_room();
	ssize_t n = read(STDIN_FILENO, bytes, room < CHUNK ? room : CHUNK);

	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	if (n == 0)
		return false;
	if (terminal)
		interpret(bytes, (size_t)n);
	else
		host_console_add(bytes, (size_t)n);
	return true;
}

static void *
input_thread(void *argument)
{
	int signals = (int)(intptr_t)argument;
	struct pollfd p[2] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};

	for (;;) {
		if (poll(p, 2, -1) < 0)
			continue;
		if (p[1].revents)
			take_signal(signals);
		if (p[0].revents && !take_input()) {
			host_console_end();
			p[0].fd = -1;
			if (signals < 0)
				return NULL;
		}
	}
}

/* Takes the terminal, and the signals that would leave it in disorder. */
static int
take_terminal(void)
{
	static const int ours[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGTSTP,
		SIGCONT };
	sigset_t set;

	raw = cooked;
	raw.c_iflag &= ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR |
				   IGNCR | ICRNL | IXON);
	raw.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	terminal = true;
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
		sigaddset(&set, ours[i]);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGABRT, on_abort);
	atexit(host_terminal_restore);
	int fd = signalfd(-1, &set, SFD_CLOEXEC);
	make_raw();
	return fd;
}

void
host_console_listen(void)
{
	static bool listening;
	pthread_attr_t attributes;
	pthread_t thread;
	sigset_t all;
	intptr_t signals = -1;

	if (listening)
		return;
	listening = true;
	host_cpu.loaded = NULL; /* the library uses vector registers */
	if (tcgetattr(STDIN_FILENO, &cooked) == 0)
		signals = take_terminal();
	sigfillset(&all);
	pthread_attr_init(&attributes);
	pthread_attr_setsigmask_np(&attributes, &all);
	pthread_attr_setstacksize(&attributes, THREAD_STACK);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	if (pthread_create(
		&thread, &attributes, input_thread, (void *)signals) != 0)
		host_fail("no thread for the console");
}
