/*
 * host_time: the clock, the host's timer, and sleeping.
 *
 * hal_timer_arm only notes the deadline.  The host's timer is set when a
 * task is about to run and would otherwise be interrupted too late; if it is
 * set too early, as it is when time slices follow one another, the signal
 * comes, nothing is due, and it is set again then.  So most switches cost no
 * host call, and an idle system, which sleeps on a futex with the deadline
 * as its limit, none at all.
 */
#define _GNU_SOURCE
#include "cpu.h"

#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static uint64_t start; /* the host's clock when hal_now was 0 */
static timer_t timer;
static pid_t process;
static pid_t thread; /* the processor's */

static uint64_t
clock_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static struct timespec
at(uint64_t deadline)
{
	/* Farther than the host can say is for ever. */
	uint64_t t = deadline > INT64_MAX / 2 ? INT64_MAX / 2 : deadline;

	t += start;
	return (struct timespec){ .tv_sec = (time_t)(t / 1000000000),
		.tv_nsec = (long)(t % 1000000000) };
}

uint64_t
hal_now(void)
{
	return clock_now() - start;
}

/* Runs on the task's stack and may be interrupted anywhere. */
uint64_t
host_gate_time(void)
{
	return clock_now() - start;
}

void
host_time_start(void)
{
	struct timespec wall;

	start = clock_now();
	clock_gettime(CLOCK_REALTIME, &wall);
	host_boot()->wall_clock = (uint64_t)wall.tv_sec;
}

void
host_timer_start(void)
{
	process = getpid();
	thread = (pid_t)syscall(SYS_gettid);
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = SIGALRM };
	event.sigev_notify_thread_id = thread;
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0)
		host_fail("the host gives no timer");
}

void
host_timer_set(uint64_t deadline)
{
	struct itimerspec when = { .it_value = at(deadline) };

	/* First the note: the signal may be here before the call returns. */
	host_cpu.armed = deadline;
	timer_settime(timer, TIMER_ABSTIME, &when, NULL);
}

/*
 * The order on both sides makes a wake-up impossible to lose: the sleeper
 * says that it is asleep and then looks at pending (the host does, in the
 * futex call); the waker sets pending and then looks whether it is asleep.
 * A signal that comes before the futex call has set pending; one that comes
 * during it ends it.
 */
void
host_poke(struct host_cpu *cpu, uint32_t pending)
{
	/* If a bit was set already, whoever set it has done the rest. */
	if (atomic_fetch_or(&cpu->pending, pending) & pending)
		return;
	if (atomic_load(&cpu->asleep))
		syscall(SYS_futex, &cpu->pending, FUTEX_WAKE_PRIVATE, 1, NULL,
		    NULL, 0);
	else if (cpu != &host_cpu)
		syscall(SYS_tgkill, process, thread, SIGUSR1);
}

static void
sleep_until(uint64_t deadline)
{
	struct timespec limit = at(deadline);

	atomic_store(&host_cpu.asleep, 1);
	syscall(SYS_futex, &host_cpu.pending, FUTEX_WAIT_BITSET_PRIVATE, 0,
	    deadline == UINT64_MAX ? NULL : &limit, NULL,
	    FUTEX_BITSET_MATCH_ANY);
	atomic_store(&host_cpu.asleep, 0);
}

struct hal_trap
hal_idle(void)
{
	host_console_flush();
	host_unmap_all();
	for (;;) {
		if (atomic_load(&host_cpu.pending)) {
			struct hal_trap trap = pending_take();
			if (trap.kind != TRAP_NONE)
				return trap;
		} else if (hal_now() >= host_cpu.kernel_deadline) {
			hal_timer_arm(UINT64_MAX);
			return (struct hal_trap){ .kind = HAL_TRAP_TIMER };
		} else {
			sleep_until(host_cpu.kernel_deadline);
		}
	}
}
