/*
 * interrupt: the local APIC, and behind it I/O APICs or the old PICs.
 *
 * Numbers are ACPI's global system interrupts; number n comes in at vector
 * VECTOR_INTERRUPT + n.  Every pin stays masked until somebody unmasks it,
 * and is masked again before it is reported, so a device can interrupt only
 * as often as its driver asks for it.
 *
 * The local APIC is taken for granted: every x86_64 has one.  It is used in
 * the mode, xAPIC or x2APIC, in which the firmware left it.
 */
#include "internal.h"

enum {
	IOAPIC_MAX = 4,
	PINS_MASKED = 0x10000,
	PINS_LEVEL = 0x8000,
	PINS_LOW = 0x2000,
};
enum {
	PIC1 = 0x20,
	PIC2 = 0xa0,
	PIC_END = 0x20,
	PIC_IN_SERVICE = 0x0b,
	PIC_LINES = 16,
};

struct ioapic {
	volatile uint32_t *registers; /* [0] selects what [4] is */
	unsigned first, pins;
};

static struct ioapic ioapics[IOAPIC_MAX];
static unsigned ioapic_count; /* 0: the PICs serve */
static volatile uint8_t *apic_registers; /* NULL: x2APIC */

uint32_t
x86_apic_read(unsigned reg)
{
	if (apic_registers == NULL)
		return (uint32_t)rdmsr(MSR_X2APIC + reg / 16);
	return *(volatile uint32_t *)(apic_registers + reg);
}

void
x86_apic_write(unsigned reg, uint32_t value)
{
	if (apic_registers == NULL)
		wrmsr(MSR_X2APIC + reg / 16, value);
	else
		*(volatile uint32_t *)(apic_registers + reg) = value;
}

static uint32_t
ioapic_read(const struct ioapic *io, unsigned reg)
{
	io->registers[0] = reg;
	return io->registers[4];
}

static void
ioapic_write(const struct ioapic *io, unsigned reg, uint32_t value)
{
	io->registers[0] = reg;
	io->registers[4] = value;
}

static void
pic_set_mask(unsigned line, bool masked)
{
	uint16_t port = line < 8 ? PIC1 + 1 : PIC2 + 1;
	uint8_t bit = (uint8_t)(1 << line % 8);

	outb(port, masked ? inb(port) | bit : inb(port) & ~bit);
}

static void
set_mask(unsigned interrupt, bool masked)
{
	if (ioapic_count == 0 && interrupt < PIC_LINES)
		pic_set_mask(interrupt, masked);
	for (unsigned i = 0; i < ioapic_count; i++) {
		const struct ioapic *io = &ioapics[i];
		unsigned reg = 0x10 + (interrupt - io->first) * 2;

		if (interrupt - io->first >= io->pins)
			continue;
		uint32_t entry = ioapic_read(io, reg) & ~PINS_MASKED;
		ioapic_write(io, reg, masked ? entry | PINS_MASKED : entry);
	}
}

void
hal_mask(unsigned interrupt)
{
	set_mask(interrupt, true);
}

void
hal_unmask(unsigned interrupt)
{
	set_mask(interrupt, false);
}

/* False if the PIC took its word back: the line fell before it was asked. */
static bool
pic_finish(unsigned line)
{
	uint16_t port = line < 8 ? PIC1 : PIC2;

	outb(port, PIC_IN_SERVICE);
	bool real = inb(port) & 1 << line % 8;
	if (real)
		outb(port, PIC_END);
	if (line >= 8)
		outb(PIC1, PIC_END);
	return real;
}

/* A kick says no more than "look again", so what is spurious is one too. */
struct hal_trap
x86_trap_interrupt(unsigned vector)
{
	struct hal_trap trap = { HAL_TRAP_KICK, 0, 0 };
	unsigned number = vector - VECTOR_INTERRUPT;

	if (vector == VECTOR_SPURIOUS)
		return trap;
	if (vector == VECTOR_TIMER) {
		if (x86_timer_is_due())
			trap.kind = HAL_TRAP_TIMER;
	} else if (vector != VECTOR_KICK) {
		set_mask(number, true);
		if (ioapic_count == 0 && !pic_finish(number)) {
			set_mask(number, false);
			return trap;
		}
		trap.kind = HAL_TRAP_INTERRUPT;
		trap.number = number;
		if (ioapic_count == 0)
			return trap;
	}
	x86_apic_write(APIC_EOI, 0);
	return trap;
}

unsigned
hal_cpu(void)
{
	return 0;
}

void
hal_cpu_start(unsigned cpu, void (*entry)(unsigned cpu))
{
	(void)cpu;
	(void)entry;
	x86_panic(
	    "x86_64 runs on one processor so far; the others stay parked");
}

void
hal_cpu_kick(unsigned cpu)
{
	(void)cpu; /* there is one: itself */
	x86_apic_write(APIC_COMMAND, APIC_TO_SELF | VECTOR_KICK);
}

BOOT static void
pic_init(void)
{
	static const uint8_t words[4][2] BOOT_CONST = { { 0x11, 0x11 },
		{ VECTOR_INTERRUPT, VECTOR_INTERRUPT + 8 }, { 4, 2 },
		{ 1, 1 } };

	for (unsigned i = 0; i < 4; i++) {
		outb(i == 0 ? PIC1 : PIC1 + 1, words[i][0]);
		outb(i == 0 ? PIC2 : PIC2 + 1, words[i][1]);
	}
	outb(PIC1 + 1, ioapic_count == 0 ? 0xfb : 0xff); /* the cascade */
	outb(PIC2 + 1, 0xff);
}

/* How a pin is wired: ISA lines as the MADT says, the rest as PCI is. */
BOOT static uint32_t
pin_flags(const struct acpi *acpi, unsigned number)
{
	if (number == hal_boot()->console_interrupt)
		return PINS_LEVEL; /* a UART holds its line: lose no edge */
	for (unsigned line = 0; line < PIC_LINES; line++) {
		uint16_t flags = acpi->isa_flags[line];

		if (acpi->isa_number[line] == number)
			return ((flags & 3) == 3 ? PINS_LOW : 0) |
			       ((flags >> 2 & 3) == 3 ? PINS_LEVEL : 0);
	}
	return PINS_LEVEL | PINS_LOW;
}

BOOT static void
ioapic_init(const struct acpi *acpi, const struct acpi_ioapic *found)
{
	struct ioapic *io = &ioapics[ioapic_count];
	uint32_t id = x86_apic_read(APIC_ID);

	if (found->first >= HAL_INTERRUPTS)
		return;
	ioapic_count++;
	io->registers = x86_memory_map_device(found->address);
	io->first = found->first;
	io->pins = (ioapic_read(io, 1) >> 16 & 0xff) + 1;
	if (io->pins > HAL_INTERRUPTS - io->first)
		io->pins = HAL_INTERRUPTS - io->first;
	for (unsigned pin = 0; pin < io->pins; pin++) {
		unsigned number = io->first + pin;

		ioapic_write(io, 0x10 + pin * 2,
		    PINS_MASKED | pin_flags(acpi, number) |
			(VECTOR_INTERRUPT + number));
		ioapic_write(io, 0x11 + pin * 2,
		    apic_registers == NULL ? id << 24 : id & 0xff000000);
	}
}

BOOT void
x86_interrupt_init(const struct acpi *acpi)
{
	uint64_t base = rdmsr(MSR_APIC_BASE);

	wrmsr(MSR_APIC_BASE, base | 1 << 11);
	if (!(base & 1 << 10))
		apic_registers = x86_memory_map_device(base & 0xffffff000);
	for (unsigned i = 0; i < acpi->ioapic_count; i++)
		ioapic_init(acpi, &acpi->ioapics[i]);
	pic_init();
	x86_apic_write(APIC_SPURIOUS, 0x100 | VECTOR_SPURIOUS);
	x86_apic_write(APIC_TASK_PRIORITY, 0);
	x86_apic_write(APIC_LINT0, ioapic_count == 0 ? 0x700 : PINS_MASKED);
	x86_apic_write(APIC_LINT1, 0x400); /* NMI */
	x86_apic_write(APIC_ERROR, PINS_MASKED);
	x86_apic_write(APIC_EOI, 0);
}
