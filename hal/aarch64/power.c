/*
 * power: the end of the machine, and its processors; by PSCI.
 *
 * The line "gbsd: exit status N" is how the status reaches whoever started
 * the machine: power has no argument.  One processor is served; the others
 * stay where the firmware parked them.
 */
#include "local.h"

enum { PSCI_SYSTEM_OFF = 0x84000008, PSCI_SYSTEM_RESET = 0x84000009 };

static bool by_smc;

BOOT_TEXT void
arm_power_start(const struct machine *machine)
{
	by_smc = machine->psci_by_smc;
}

static _Noreturn void
psci(uint64_t function)
{
	register uint64_t x0 __asm__("x0") = function;

	if (by_smc)
		__asm__ volatile("smc #0"
				 : "+r"(x0)::"x1", "x2", "x3", "memory");
	else
		__asm__ volatile("hvc #0"
				 : "+r"(x0)::"x1", "x2", "x3", "memory");
	for (;;)
		BARRIER("wfi");
}

void
hal_halt(enum hal_halt how, int status)
{
	char digits[] = "000\n";
	unsigned left = how == HAL_PANIC ? 70 : (unsigned)status & 0xFF;
	unsigned first = left >= 100 ? 0 : left >= 10 ? 1 : 2;

	for (unsigned i = 3; i-- > 0; left /= 10)
		digits[i] = (char)('0' + left % 10);
	arm_line("gbsd: exit status ");
	hal_console_put(STREAM_LOG, digits + first, 4 - first);
	psci(how == HAL_RESET ? PSCI_SYSTEM_RESET : PSCI_SYSTEM_OFF);
}

void
arm_panic(const char *text)
{
	arm_line("gbsd: machine: ");
	arm_print(text);
	hal_halt(HAL_PANIC, 0);
}

void
__stack_chk_fail(void)
{
	arm_panic("the kernel wrote over its stack");
}

unsigned
hal_cpu(void)
{
	return this_cpu()->number;
}

void
hal_cpu_start(unsigned cpu, void (*entry)(unsigned cpu))
{
	(void)cpu, (void)entry;
	arm_panic("this machine serves one processor");
}

void
hal_cpu_kick(unsigned cpu)
{
	/* It is in neither hal_run nor hal_idle: nothing to make return. */
	if (cpu != hal_cpu())
		arm_panic("a kick for a processor that was not started");
}
