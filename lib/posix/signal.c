/*
 * signal: signals that the process sends to itself.
 *
 * A handler runs inside the call that raised the signal or unblocked it.
 * Signals from others need a layer above, that enters by an upcall.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "posix.h"

enum { SIGNALS = 64, EXIT_BY_SIGNAL = 128 };

/* Linux's struct sigaction, as musl passes it. */
struct kernel_action {
	union {
		void (*handler)(int);
		void (*handler_info)(int, siginfo_t *, void *);
	};
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask; /* bit n is signal n + 1 */
};

static struct kernel_action actions[SIGNALS];
static uint64_t blocked, waiting;

static uint64_t
bit(long signal)
{
	return 1ull << (signal - 1);
}

static bool
ignored(int signal)
{
	if (actions[signal - 1].handler == SIG_IGN)
		return true;
	return actions[signal - 1].handler == SIG_DFL &&
	       (signal == SIGCHLD || signal == SIGCONT || signal == SIGURG ||
		   signal == SIGWINCH);
}

static void
run(int signal)
{
	struct kernel_action action = actions[signal - 1];
	uint64_t before = blocked;

	if (ignored(signal))
		return;
	if (action.handler == SIG_DFL)
		gbsd_exit((uint64_t)(EXIT_BY_SIGNAL + signal));
	if (action.flags & SA_RESETHAND)
		actions[signal - 1].handler = SIG_DFL;
	blocked |= action.mask;
	if (!(action.flags & SA_NODEFER))
		blocked |= bit(signal);
	if (action.flags & SA_SIGINFO) {
		siginfo_t info = { .si_signo = signal, .si_code = SI_TKILL };
		action.handler_info(signal, &info, NULL);
	} else {
		action.handler(signal);
	}
	blocked = before;
}

static void
deliver(void)
{
	while (waiting & ~blocked) {
		int signal = __builtin_ctzll(waiting & ~blocked) + 1;
		waiting &= ~bit(signal);
		run(signal);
	}
}

long
linux_rt_sigaction(const long *a)
{
	if (a[0] < 1 || a[0] > SIGNALS || a[0] == SIGKILL || a[0] == SIGSTOP)
		return -EINVAL;
	struct kernel_action *action = &actions[a[0] - 1];
	struct kernel_action before = *action;
	if (a[1] != 0)
		*action = *(const struct kernel_action *)a[1];
	if (a[2] != 0)
		*(struct kernel_action *)a[2] = before;
	return 0;
}

long
linux_rt_sigprocmask(const long *a)
{
	uint64_t before = blocked, set;

	if (a[1] != 0) {
		memcpy(&set, (const void *)a[1], sizeof set);
		set &= ~(bit(SIGKILL) | bit(SIGSTOP));
		switch (a[0]) {
		case SIG_BLOCK:
			blocked |= set;
			break;
		case SIG_UNBLOCK:
			blocked &= ~set;
			break;
		case SIG_SETMASK:
			blocked = set;
			break;
		default:
			return -EINVAL;
		}
	}
	if (a[2] != 0)
		memcpy((void *)a[2], &before, sizeof before);
	deliver();
	return 0;
}

long
linux_rt_sigpending(const long *a)
{
	memcpy((void *)a[0], &waiting, sizeof waiting);
	return 0;
}

static long
send_self(long signal)
{
	if (signal < 0 || signal > SIGNALS)
		return -EINVAL;
	if (signal == 0)
		return 0;
	waiting |= bit(signal);
	deliver();
	return 0;
}

long
linux_kill(const long *a)
{
	return a[0] == linux_getpid(a) || a[0] == 0 ? send_self(a[1]) : -ESRCH;
}

long
linux_tkill(const long *a)
{
	return a[0] == linux_gettid(a) ? send_self(a[1]) : -ESRCH;
}

long
linux_tgkill(const long *a)
{
	return a[1] == linux_gettid(a) ? send_self(a[2]) : -ESRCH;
}
