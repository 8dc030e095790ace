/*
 * time: the generic timer, virtual counter and virtual compare.
 *
 * Nanoseconds are ticks times a fixed-point scale with 32 bits of fraction;
 * start and scale live in the gate page, so the kernel and every image
 * compute the same time from the same counter.  The other direction is only
 * used for differences, rounded up: the timer is never early.
 */
#include "local.h"

extern struct gate_clock {
	uint64_t start, scale;
} gate_clock;

static uint64_t ticks_scale; /* ticks per nanosecond, 32 bits of fraction */

static uint64_t
ticks(void)
{
	BARRIER("isb");
	return READ_REGISTER(cntvct_el0);
}

static uint64_t
scaled(uint64_t value, uint64_t scale)
{
	return (uint64_t)(((unsigned __int128)value * scale) >> 32);
}

BOOT_TEXT void
arm_time_start(void)
{
	uint64_t frequency = READ_REGISTER(cntfrq_el0);

	if (frequency == 0)
		arm_panic("the counter's frequency is not set");
	gate_clock.scale = (1000000000ull << 32) / frequency;
	gate_clock.start = ticks();
	ticks_scale = (frequency << 32) / 1000000000 + 1;
	this_cpu()->deadline = UINT64_MAX;
	WRITE_REGISTER(cntv_ctl_el0, 0);
}

uint64_t
hal_now(void)
{
	return scaled(ticks() - gate_clock.start, gate_clock.scale);
}

void
hal_timer_arm(uint64_t deadline)
{
	struct cpu *cpu = this_cpu();

	if (cpu->deadline == deadline)
		return;
	cpu->deadline = deadline;
	if (deadline == UINT64_MAX) {
		WRITE_REGISTER(cntv_ctl_el0, 0);
		return;
	}
	uint64_t now = hal_now();
	uint64_t wait =
	    deadline > now ? scaled(deadline - now, ticks_scale) : 0;

	WRITE_REGISTER(cntv_cval_el0, ticks() + wait + 1);
	WRITE_REGISTER(cntv_ctl_el0, 1);
}
