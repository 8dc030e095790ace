/*
 * pending: what must be reported before a task runs.
 *
 * Bits in host_cpu.pending are set by this thread's signal handlers and by
 * device threads, and taken here, by the kernel's side of this thread.
 * Interrupts have a word of their own below the one bit: a masked one stays
 * in it, unreported, until it is unmasked.
 */
#include "cpu.h"

_Thread_local struct host_cpu host_cpu = {
	.deadline = UINT64_MAX,
	.armed = UINT64_MAX,
	.kernel_deadline = UINT64_MAX,
	.flush_deadline = UINT64_MAX,
	.masked = UINT32_MAX,
};

static void
drop(uint32_t bit)
{
	atomic_fetch_and(&host_cpu.pending, ~bit);
}

static struct hal_trap
take_interrupt(void)
{
	struct hal_trap trap = { .kind = TRAP_NONE };

	/* First the bit: a device that raises now sets it again. */
	drop(PENDING_DEVICE);
	uint32_t ready = atomic_load(&host_cpu.raised) & ~host_cpu.masked;
	if (ready == 0)
		return trap;
	uint32_t number = (uint32_t)__builtin_ctz(ready);
	uint32_t bit = 1u << number;
	host_cpu.masked |= bit;
	atomic_fetch_and(&host_cpu.raised, ~bit);
	if (ready & ~bit)
		atomic_fetch_or(&host_cpu.pending, PENDING_DEVICE);
	trap.kind = HAL_TRAP_INTERRUPT;
	trap.number = number;
	return trap;
}

static struct hal_trap
take_timer(void)
{
	struct hal_trap trap = { .kind = TRAP_NONE };

	drop(PENDING_TIMER);
	host_cpu.armed = UINT64_MAX;
	host_console_flush();
	if (hal_now() >= host_cpu.kernel_deadline) {
		hal_timer_arm(UINT64_MAX);
		trap.kind = HAL_TRAP_TIMER;
	}
	return trap;
}

struct hal_trap
pending_take(void)
{
	struct hal_trap trap = { .kind = TRAP_NONE };
	uint32_t pending = atomic_load(&host_cpu.pending);

	if (pending & PENDING_FAULT) {
		drop(PENDING_FAULT);
		return host_cpu.fault;
	}
	if (pending & PENDING_KICK) {
		drop(PENDING_KICK);
		trap.kind = HAL_TRAP_KICK;
		return trap;
	}
	if (pending & PENDING_DEVICE)
		trap = take_interrupt();
	if (trap.kind == TRAP_NONE && pending & PENDING_TIMER)
		trap = take_timer();
	return trap;
}

void
host_prepare(struct hal_context *context)
{
	host_unmap_all();
	if (host_cpu.deadline < host_cpu.armed) {
		if (host_cpu.deadline <= hal_now())
			atomic_fetch_or(&host_cpu.pending, PENDING_TIMER);
		else
			host_timer_set(host_cpu.deadline);
	}
	vectors_load(context);
}

void
hal_mask(unsigned interrupt)
{
	host_cpu.masked |= 1u << interrupt;
}

void
hal_unmask(unsigned interrupt)
{
	uint32_t bit = 1u << interrupt;

	host_cpu.masked &= ~bit;
	if (atomic_load(&host_cpu.raised) & bit)
		atomic_fetch_or(&host_cpu.pending, PENDING_DEVICE);
	if (interrupt == HOST_CONSOLE_INTERRUPT)
		host_console_listen();
}

/* In line it would be there three times. */
__attribute__((noinline)) void
host_deadline_changed(void)
{
	uint64_t kernel = host_cpu.kernel_deadline;
	uint64_t flush = host_cpu.flush_deadline;

	host_cpu.deadline = host_noted ? 0 : kernel < flush ? kernel : flush;
}

void
hal_timer_arm(uint64_t deadline)
{
	host_cpu.kernel_deadline = deadline;
	host_deadline_changed();
}

void
host_flush_by(uint64_t deadline)
{
	host_cpu.flush_deadline = deadline;
	host_deadline_changed();
}
