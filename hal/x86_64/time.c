/*
 * time: the clock is the time-stamp counter, the timer the local APIC's.
 *
 * The counter's rate comes from CPUID if it says, else from 10 ms of the
 * PIT.  Where the processor can compare the counter itself (TSC deadline)
 * the timer is exact; else it counts down at a measured rate, 32 bits at a
 * time, and a long wait is several short ones that nobody hears of.
 */
#include "internal.h"

enum {
	PIT_RATE = 1193182,
	CALIBRATION_TICKS = PIT_RATE / 100,
	APIC_MASKED = 0x10000,
	APIC_DEADLINE = 0x40000,
	APIC_BY_16 = 3,
};
#define SECOND 1000000000ull

static bool by_deadline;
static uint64_t timer_scale; /* timer ticks = nanoseconds * scale >> 32 */

static uint64_t
scaled(uint64_t value, uint64_t scale)
{
	return (uint64_t)((unsigned __int128)value * scale >> 32);
}

uint64_t
hal_now(void)
{
	return scaled(
	    rdtsc() - x86_gate_page.tsc_start, x86_gate_page.tsc_scale);
}

static void
timer_program(uint64_t deadline)
{
	uint64_t now = hal_now(), ticks = 0; /* 0 turns either timer off */

	/* What is due is pending before the task runs again. */
	if (deadline <= now)
		x86_apic_write(APIC_COMMAND, APIC_TO_SELF | VECTOR_TIMER);
	else if (deadline != UINT64_MAX)
		ticks = 1 + scaled(deadline - now, timer_scale);
	if (by_deadline)
		wrmsr(MSR_TSC_DEADLINE, ticks == 0 ? 0 : rdtsc() + ticks);
	else
		x86_apic_write(APIC_TIMER_COUNT,
		    ticks > UINT32_MAX ? UINT32_MAX : (uint32_t)ticks);
}

void
hal_timer_arm(uint64_t deadline)
{
	struct cpu *cpu = this_cpu();

	if (cpu->deadline == deadline)
		return;
	cpu->deadline = deadline;
	timer_program(deadline);
}

/* Too early is a part of a long wait, or was under way when a later time
 * was armed. */
bool
x86_timer_is_due(void)
{
	struct cpu *cpu = this_cpu();

	if (cpu->deadline > hal_now()) {
		timer_program(cpu->deadline);
		return false;
	}
	cpu->deadline = UINT64_MAX;
	return true;
}

/* What CPUID says of the counter's rate; 0 if nothing. */
BOOT static uint64_t
tsc_rate_told(void)
{
	if (cpuid(1).c >> 31 && cpuid(0x40000000).a >= 0x40000010)
		return cpuid(0x40000010).a * 1000ull;
	if (cpuid(0).a >= 0x15) {
		struct cpuid crystal = cpuid(0x15);

		if (crystal.a != 0)
			return (uint64_t)crystal.c * crystal.b / crystal.a;
	}
	return 0;
}

/* Three counters at one moment. */
struct moment {
	uint64_t tsc;
	uint32_t apic; /* counts down */
	uint16_t pit; /* counts down */
};

/* The quickest of some readings: a virtual machine may lose the processor in
 * the middle of one. */
BOOT static struct moment
moment_now(void)
{
	struct moment best = { 0 };
	uint64_t shortest = UINT64_MAX;

	for (int i = 0; i < 8; i++) {
		struct moment m;

		m.tsc = rdtsc();
		outb(0x43, 0x80); /* latch channel 2 */
		m.apic = x86_apic_read(APIC_TIMER_NOW);
		uint64_t took = rdtsc() - m.tsc;
		m.pit = inb(0x42);
		m.pit |= (uint16_t)(inb(0x42) << 8);
		if (took < shortest) {
			shortest = took;
			best = m;
		}
	}
	return best;
}

/* Until the PIT has counted so far.  False if the machine was away for most
 * of that time: the PIT wraps after 55 ms, and nobody would know. */
BOOT static bool
pit_wait(const struct moment *start, struct moment *end)
{
	uint64_t last = start->tsc, gap = 0;

	for (int polls = 0; polls < 100000; polls++) {
		*end = moment_now();
		if (end->tsc - last > gap)
			gap = end->tsc - last;
		last = end->tsc;
		if ((uint16_t)(start->pit - end->pit) >= CALIBRATION_TICKS)
			return gap < (end->tsc - start->tsc) / 2;
	}
	x86_panic(
	    BOOT_TEXT("no clock: CPUID is silent and the PIT stands still"));
}

/* Measures what passes between two moments; gives the counter's rate. */
BOOT static uint64_t
calibrate(struct moment *start, struct moment *end)
{
	uint64_t rate = tsc_rate_told();
	int tries = 5;

	*start = moment_now();
	if (rate != 0) {
		do
			*end = moment_now();
		while (end->tsc - start->tsc < rate / 1000);
		return rate;
	}
	outb(0x61, (inb(0x61) & ~2) | 1); /* gate on, speaker off */
	outb(0x43, 0xb0); /* channel 2 counts down, once */
	outb(0x42, 0xff);
	outb(0x42, 0xff);
	do
		*start = moment_now();
	while (!pit_wait(start, end) && --tries > 0);
	return (end->tsc - start->tsc) * PIT_RATE /
	       (uint16_t)(start->pit - end->pit);
}

BOOT static uint8_t
cmos(uint8_t reg)
{
	outb(0x70, reg);
	return inb(0x71);
}

/* Seconds since 1970, of a clock that counts in UTC as QEMU's does; 0 if it
 * is absent.  Read until two readings agree: it may be changing. */
BOOT uint64_t
x86_time_wall_clock(void)
{
	static const uint8_t registers[6] BOOT_CONST = { 0, 2, 4, 7, 8, 9 };
	unsigned v[6], sum = 0, before;
	int tries = 100;

	do {
		before = sum;
		sum = 1;
		for (int i = 0; i < 6; i++)
			sum = sum * 61 + (v[i] = cmos(registers[i]));
	} while (sum != before && --tries > 0);
	if (tries == 0 || v[4] == 0 || v[4] == 0xff)
		return 0;

	bool binary = cmos(11) & 4, afternoon = v[2] & 0x80;
	v[2] &= 0x7f;
	for (int i = 0; i < 6 && !binary; i++)
		v[i] = (v[i] >> 4) * 10 + (v[i] & 15);
	if (!(cmos(11) & 2)) /* twelve hours */
		v[2] = v[2] % 12 + (afternoon ? 12 : 0);

	/* Days by a calendar whose year starts in March. */
	unsigned month = (v[4] + 9) % 12, year = 2000 + v[5] - (v[4] < 3);
	uint64_t days = year * 365ull + year / 4 - year / 100 + year / 400 +
			(month * 306 + 5) / 10 + v[3] - 1 - 719468;
	return ((days * 24 + v[2]) * 60 + v[1]) * 60 + v[0];
}

BOOT void
x86_time_init(void)
{
	struct moment start, end;

	by_deadline = cpuid(1).c & 1 << 24;
	this_cpu()->deadline = UINT64_MAX;
	x86_apic_write(APIC_TIMER, APIC_MASKED);
	x86_apic_write(APIC_TIMER_DIVIDE, APIC_BY_16);
	x86_apic_write(APIC_TIMER_COUNT, UINT32_MAX);
	uint64_t rate = calibrate(&start, &end);
	x86_apic_write(APIC_TIMER_COUNT, 0);

	x86_gate_page.tsc_scale = (SECOND << 32) / rate;
	x86_gate_page.tsc_start = start.tsc;
	if (by_deadline)
		timer_scale = (rate << 30) / (SECOND >> 2);
	else
		timer_scale =
		    ((uint64_t)(start.apic - end.apic) << 32) /
		    scaled(end.tsc - start.tsc, x86_gate_page.tsc_scale);
	x86_apic_write(
	    APIC_TIMER, VECTOR_TIMER | (by_deadline ? APIC_DEADLINE : 0));
	__asm__ volatile("mfence" : : : "memory"); /* before its MSR is used */
}
