/*
 * interrupt: GICv2 and GICv3.
 *
 * An interrupt that is reported is masked first and then ended, so it comes
 * again only after hal_unmask; the timer is switched off instead.  Both
 * controllers have the same registers for masks, at the same offsets: those
 * below 32 belong to this processor, in v3 in its redistributor.
 */
#include "local.h"

#define ICC_PMR S3_0_C4_C6_0
#define ICC_IAR S3_0_C12_C12_0
#define ICC_EOIR S3_0_C12_C12_1
#define ICC_CTLR S3_0_C12_C12_4
#define ICC_SRE S3_0_C12_C12_5
#define ICC_GROUP S3_0_C12_C12_7
/* One more step, so that the names above are expanded. */
#define READ_ICC(name) READ_REGISTER(name)
#define WRITE_ICC(name, value) WRITE_REGISTER(name, value)

enum {
	GICD_CTLR = 0x0,
	GICD_TYPER = 0x4,
	GICD_IGROUPR = 0x80,
	GICD_ISENABLER = 0x100,
	GICD_ICENABLER = 0x180,
	GICD_IPRIORITYR = 0x400,
	GICD_ITARGETSR = 0x800,
	GICD_SGIR = 0xF00,
	GICD_IROUTER = 0x6000,
	GICC_CTLR = 0x0,
	GICC_PMR = 0x4,
	GICC_IAR = 0xC,
	GICC_EOIR = 0x10,
	GICR_TYPER = 0x8,
	GICR_WAKER = 0x14,
	GICR_FRAME = 0x10000, /* of the interrupts below 32 */
	GICR_SIZE = 0x20000,
	FIRST_SHARED = 32,
	FIRST_NONE = 1020, /* this and above: nothing is pending */
};

static uint64_t distributor;
static uint64_t own; /* the same registers for interrupts below 32 */
static uint64_t interface; /* GICC of a v2, 0 on a v3 */
static unsigned timer;

static void
set_bit(unsigned interrupt, unsigned offset)
{
	uint64_t base = interrupt < FIRST_SHARED ? own : distributor;

	if (interrupt < HAL_INTERRUPTS)
		mmio_write(
		    base + offset + interrupt / 32 * 4, 1u << interrupt % 32);
}

void
hal_mask(unsigned interrupt)
{
	set_bit(interrupt, GICD_ICENABLER);
}

void
hal_unmask(unsigned interrupt)
{
	set_bit(interrupt, GICD_ISENABLER);
}

static uint32_t
acknowledge(void)
{
	if (interface != 0)
		return mmio_read(interface + GICC_IAR);

	uint32_t value = (uint32_t)READ_ICC(ICC_IAR);

	BARRIER("dsb sy");
	return value;
}

static void
end(uint32_t value)
{
	/* What was masked or switched off must be so before it can recur. */
	BARRIER("dsb sy");
	if (interface != 0)
		mmio_write(interface + GICC_EOIR, value);
	else
		WRITE_ICC(ICC_EOIR, value);
	BARRIER("isb");
}

/* What is pending; if nothing is, a kick that nobody sent: it harms nobody. */
struct hal_trap
arm_interrupt_take(void)
{
	uint32_t value = acknowledge();
	unsigned number = value & 0x3FF; /* a v2 adds the sender above */
	struct hal_trap trap = { .kind = HAL_TRAP_KICK, .number = number };

	if (number >= FIRST_NONE)
		return trap;
	if (number == timer) {
		WRITE_REGISTER(cntv_ctl_el0, 0);
		this_cpu()->deadline = UINT64_MAX;
		trap.kind = HAL_TRAP_TIMER;
	} else if (number >= 16) {
		hal_mask(number);
		trap.kind = HAL_TRAP_INTERRUPT;
	}
	end(value);
	return trap;
}

struct hal_trap
hal_idle(void)
{
	struct hal_trap trap;

	/* wfi wakes for what is pending although interrupts are off. */
	do {
		BARRIER("dsb sy; wfi");
		trap = arm_interrupt_take();
	} while (trap.number >= FIRST_NONE);
	return trap;
}

static BOOT_TEXT void
start_v2(const struct machine *machine)
{
	interface = arm_map_device(machine->gic[1], 2 * PAGE_SIZE);
	own = distributor;
	mmio_write(interface + GICC_PMR, 0xFF);
	mmio_write(interface + GICC_CTLR, 1);
}

/* The processor's own registers are in the frame that bears its number. */
static BOOT_TEXT void
start_v3(const struct machine *machine)
{
	uint64_t affinity = READ_REGISTER(mpidr_el1);
	uint64_t frame = machine->gic[1];
	uint64_t end_of_frames = frame + machine->gic_size[1];
	uint64_t mapped;

	affinity = (affinity & 0xFFFFFF) | (affinity >> 8 & 0xFF000000);
	for (;; frame += GICR_SIZE) {
		if (frame >= end_of_frames)
			arm_panic("no redistributor for this processor");
		mapped = arm_map_device(frame, GICR_SIZE);
		if (mmio_read(mapped + GICR_TYPER + 4) == affinity)
			break;
	}
	mmio_write(mapped + GICR_WAKER, 0);
	while (mmio_read(mapped + GICR_WAKER) & 4)
		;
	own = mapped + GICR_FRAME;

	WRITE_ICC(ICC_SRE, 1); /* by registers, not memory */
	BARRIER("isb");
	WRITE_ICC(ICC_CTLR, 0); /* one write ends an interrupt */
	WRITE_ICC(ICC_PMR, 0xFF);
	WRITE_ICC(ICC_GROUP, 1);
	BARRIER("isb");
}

static BOOT_TEXT void
send_here(const struct machine *machine, unsigned interrupt)
{
	uint64_t affinity = READ_REGISTER(mpidr_el1);
	uint64_t router = distributor + GICD_IROUTER + interrupt * 8;

	if (machine->gic_v3) {
		mmio_write(router, affinity & 0xFFFFFF);
		mmio_write(router + 4, affinity >> 32 & 0xFF);
	} else if (interrupt % 4 == 0) { /* four in a register */
		mmio_write(
		    distributor + GICD_ITARGETSR + interrupt, 0x01010101);
	}
}

/* Everything masked, group 1, of one priority, sent to this processor. */
BOOT_TEXT void
arm_interrupt_start(const struct machine *machine)
{
	if (machine->gic[0] == 0 || machine->timer == 0)
		arm_panic("no interrupt controller or timer that I know");
	timer = machine->timer;
	distributor = arm_map_device(machine->gic[0], 16 * PAGE_SIZE);
	mmio_write(distributor + GICD_CTLR, 0);
	if (machine->gic_v3)
		mmio_write(distributor + GICD_CTLR, 0x10); /* ARE */
	if (machine->gic_v3)
		start_v3(machine);
	else
		start_v2(machine);

	unsigned lines = ((mmio_read(distributor + GICD_TYPER) & 31) + 1) * 32;

	for (unsigned i = 0; i < lines && i < FIRST_NONE; i += 32) {
		uint64_t base = i < FIRST_SHARED ? own : distributor;

		mmio_write(base + GICD_ICENABLER + i / 8, ~0u);
		mmio_write(
		    base + GICD_IGROUPR + i / 8, machine->gic_v3 ? ~0u : 0);
		for (unsigned j = i; j < i + 32; j += 4)
			mmio_write(base + GICD_IPRIORITYR + j, 0xA0A0A0A0);
	}
	for (unsigned i = FIRST_SHARED; i < lines && i < FIRST_NONE; i++)
		send_here(machine, i);
	mmio_write(distributor + GICD_CTLR, machine->gic_v3 ? 0x13 : 1);
	hal_unmask(timer);
}
