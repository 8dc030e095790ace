/*
 * task: the process, as far as it stands alone.
 *
 * It is process 1 with thread 1, nobody's user, and has no children.
 */
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "posix.h"

enum { ALONE = 1 };
/* Linux's numbers; musl keeps them to itself. */
enum { FUTEX_WAIT = 0, FUTEX_WAKE = 1, FUTEX_REQUEUE = 3, FUTEX_COMMAND = 127 };

long
linux_exit_group(const long *a)
{
	gbsd_exit((uint64_t)(a[0] & 0xFF));
}

/* The only thread is the process. */
long
linux_exit(const long *a)
{
	gbsd_exit((uint64_t)(a[0] & 0xFF));
}

long
linux_getpid(const long *a)
{
	(void)a;
	return ALONE;
}

long
linux_getppid(const long *a)
{
	(void)a;
	return 0;
}

long
linux_gettid(const long *a)
{
	(void)a;
	return ALONE;
}

long
linux_set_tid_address(const long *a)
{
	(void)a;
	return ALONE;
}

long
linux_set_robust_list(const long *a)
{
	(void)a;
	return 0;
}

long
linux_getuid(const long *a)
{
	(void)a;
	return 0;
}

long
linux_geteuid(const long *a)
{
	(void)a;
	return 0;
}

long
linux_getgid(const long *a)
{
	(void)a;
	return 0;
}

long
linux_getegid(const long *a)
{
	(void)a;
	return 0;
}

/* Alone, there is nobody to wake, and a wait that is over at once is one
 * that its caller repeats: musl's locks look at the word and the time. */
long
linux_futex(const long *a)
{
	switch (a[1] & FUTEX_COMMAND) {
	case FUTEX_WAKE:
	case FUTEX_REQUEUE:
		return 0;
	case FUTEX_WAIT:
		if (*(volatile int *)a[0] != (int)a[2])
			return -EAGAIN;
		gbsd_call6(CALL_sched_yield, 0, YIELD, 0, 0, 0, 0);
		return 0;
	default:
		return -ENOSYS;
	}
}

long
linux_sched_yield(const long *a)
{
	(void)a;
	gbsd_call6(CALL_sched_yield, 0, YIELD, 0, 0, 0, 0);
	return 0;
}

long
linux_getrandom(const long *a)
{
	gbsd_random((void *)a[0], (size_t)a[1]);
	return a[1];
}

long
linux_uname(const long *a)
{
	struct utsname *u = (struct utsname *)a[0];

	memset(u, 0, sizeof *u);
	strcpy(u->sysname, "GBSD");
	strcpy(u->nodename, "gbsd");
	strcpy(u->release, "0.1");
	strcpy(u->version, "0.1");
	strcpy(u->machine, posix_machine);
	return 0;
}

/* Threads and processes need a layer above. */
long
linux_clone(const long *a)
{
	(void)a;
	return -ENOSYS;
}
