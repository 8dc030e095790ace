/*
 * halt: ways to end the machine.
 *
 * The exit status goes out on the log as a line of its own, because no way
 * of switching a PC off carries one; whoever started QEMU reads it there.
 */
#include "internal.h"

enum {
	SLEEP_ENABLE = 0x2000,
	SLEEP_TYPE = 0x1c00,
	ACPI_ON = 1,
	REDUCED_ENABLE = 0x20,
	DEBUG_EXIT = 0xf4,
};

struct halt_ways x86_halt_ways;

static void
print_status(int status)
{
	char text[] = "gbsd: exit status 000\n";

	for (char *digit = text + 20; digit > text + 17; status /= 10)
		*digit-- += (char)(status % 10);
	/* No leading zeros: what comes before them moves up. */
	char *start = text;
	for (int i = 0; i < 2 && text[18 + i] == '0'; i++) {
		for (char *p = text + 18 + i; p > start; p--)
			*p = p[-1];
		start++;
	}
	x86_console_text(start);
}

static void
sleep_by(uint16_t port, uint8_t type)
{
	if (port != 0)
		outw(port, (uint16_t)((inw(port) & ~SLEEP_TYPE) | type << 10 |
				      SLEEP_ENABLE));
}

static void
power_off(int status)
{
	const struct halt_ways *w = &x86_halt_ways;

	if (w->sleep_control != NULL)
		*w->sleep_control = (uint8_t)(w->sleep_a << 2 | REDUCED_ENABLE);
	if (w->pm1a != 0 && w->smi_command != 0 && !(inw(w->pm1a) & ACPI_ON)) {
		outb(w->smi_command, w->acpi_enable);
		for (int i = 0; i < 1000 && !(inw(w->pm1a) & ACPI_ON); i++)
			pause();
	}
	sleep_by(w->pm1a, w->sleep_a);
	sleep_by(w->pm1b, w->sleep_b);
	outb(DEBUG_EXIT, (uint8_t)status); /* QEMU's, if it has one */
}

static void
reset(void)
{
	static const struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) no_idt;

	if (x86_halt_ways.reset_memory != NULL)
		*x86_halt_ways.reset_memory = x86_halt_ways.reset_value;
	if (x86_halt_ways.reset_port != 0)
		outb(x86_halt_ways.reset_port, x86_halt_ways.reset_value);
	outb(0xcf9, 0x02);
	outb(0xcf9, 0x06);
	outb(0x64, 0xfe); /* the keyboard controller pulls the line */
	__asm__ volatile("lidt %0; int3" : : "m"(no_idt));
}

void
hal_halt(enum hal_halt how, int status)
{
	print_status(status);
	if (how == HAL_POWER_OFF)
		power_off(status);
	else if (how == HAL_RESET)
		reset();
	for (;;)
		__asm__ volatile("cli; hlt");
}
