/*
 * trap: what a task did, what the kernel did wrong, and changing a task.
 *
 * The context of a task never holds more of PSTATE than its four condition
 * flags, whoever wrote it: with the rest zero an eret always leads to user
 * mode, 64 bits, interrupts on.
 */
#include "local.h"

enum {
	FLAGS_MASK = (int)0xF0000000, /* N, Z, C, V */
	/* ESR_EL1.EC */
	CLASS_FETCH = 0x20,
	CLASS_PC_ALIGNMENT = 0x22,
	CLASS_ACCESS = 0x24,
	CLASS_SP_ALIGNMENT = 0x26,
	CLASS_BREAKPOINT = 0x3C,
	ISS_WRITE = 1 << 6,
	ISS_CACHE = 1 << 8, /* maintenance: says write, means read */
	STATUS_ALIGNMENT = 0x21,
	REGISTERS = 34,
};

_Static_assert(offsetof(struct hal_context, x[30]) == CONTEXT_X30, "entry.S");
_Static_assert(offsetof(struct hal_context, pc) == CONTEXT_PC, "entry.S");
_Static_assert(
    offsetof(struct hal_context, user_area) == CONTEXT_AREA, "entry.S");
_Static_assert(offsetof(struct hal_context, cpu) == CONTEXT_CPU, "entry.S");
_Static_assert(offsetof(struct hal_context, fpsr) == CONTEXT_FPSR, "entry.S");
_Static_assert(
    offsetof(struct hal_context, vectors) == CONTEXT_VECTORS, "entry.S");
_Static_assert(offsetof(struct hal_space, ttbr) == SPACE_TTBR, "entry.S");
_Static_assert(offsetof(struct cpu, stack) == CPU_STACK, "entry.S");
_Static_assert(offsetof(struct cpu, ttbr) == CPU_TTBR, "entry.S");
_Static_assert(offsetof(struct cpu, owner) == CPU_OWNER, "entry.S");

struct cpu arm_cpu;

struct hal_trap arm_trap_fault(const struct hal_context *context, uint64_t esr);

struct hal_trap
arm_trap_fault(const struct hal_context *context, uint64_t esr)
{
	struct hal_trap trap = { .kind = HAL_TRAP_FAULT,
		.number = FAULT_ILLEGAL,
		.address = context->pc };

	switch (esr >> 26 & 0x3F) {
	case CLASS_ACCESS:
		trap.number = (esr & (ISS_WRITE | ISS_CACHE)) == ISS_WRITE
				  ? FAULT_WRITE
				  : FAULT_READ;
		if ((esr & 0x3F) == STATUS_ALIGNMENT)
			trap.number = FAULT_ALIGNMENT;
		trap.address = READ_REGISTER(far_el1);
		break;
	case CLASS_FETCH:
		trap.number = FAULT_FETCH;
		trap.address = READ_REGISTER(far_el1);
		break;
	case CLASS_PC_ALIGNMENT:
	case CLASS_SP_ALIGNMENT:
		trap.number = FAULT_ALIGNMENT;
		break;
	case CLASS_BREAKPOINT:
		trap.number = FAULT_BREAKPOINT;
		break;
	}
	return trap;
}

void
hal_context_init(struct hal_context *context, vaddr_t entry, vaddr_t stack,
    uint64_t argument, struct area *area, vaddr_t user_area)
{
	uint64_t *words = (uint64_t *)context;

	for (size_t i = 0; i < sizeof *context / sizeof *words; i++)
		words[i] = 0;
	context->x[0] = argument;
	context->sp = stack;
	context->pc = entry;
	context->area = area;
	context->user_area = user_area;
}

void
hal_context_result(struct hal_context *context, uint64_t result)
{
	context->x[0] = result;
}

void
hal_context_again(struct hal_context *context)
{
	context->pc -= 4; /* svc */
}

void
hal_context_enter(struct hal_context *context, vaddr_t entry, uint64_t bits)
{
	uint64_t *saved = context->area->registers;

	for (unsigned i = 0; i < REGISTERS; i++)
		saved[i] = context->registers[i];
	context->in_upcall = true;
	context->x[0] = bits;
	context->sp &= ~15ull;
	context->pc = entry;
	context->flags = 0;
}

bool
hal_context_leave(struct hal_context *context)
{
	const volatile uint64_t *saved = context->area->registers;

	if (!context->in_upcall)
		return false;
	for (unsigned i = 0; i < REGISTERS; i++)
		context->registers[i] = saved[i];
	context->flags &= (uint32_t)FLAGS_MASK;
	context->in_upcall = false;
	return true;
}

void
hal_context_where(const struct hal_context *context, uint64_t where[3])
{
	where[0] = context->pc;
	where[1] = context->sp;
	where[2] = context->x[29];
}

/* The registers of the kernel when it trapped, on a stack of their own. */
struct frame {
	uint64_t x[31];
	uint64_t sp, pc, flags;
};

extern char stack_bottom[], stack_top[];

static void
backtrace(uint64_t pc, uint64_t fp)
{
	arm_line("");
	arm_hex("backtrace: ", pc);
	while (fp >= (uint64_t)stack_bottom && fp < (uint64_t)stack_top - 8 &&
	       (fp & 7) == 0) {
		const uint64_t *record = (const uint64_t *)fp;

		arm_hex("", record[1]);
		/* Callers are above: a loop would not end. */
		if (record[0] <= fp)
			break;
		fp = record[0];
	}
}

_Noreturn void arm_trap_fatal(unsigned vector, const struct frame *frame);

_Noreturn void
arm_trap_fatal(unsigned vector, const struct frame *frame)
{
	static bool again;

	if (again) /* the report itself fails */
		hal_halt(HAL_PANIC, 0);
	again = true;
	arm_line("gbsd: panic: a trap in the kernel\n");
	arm_hex("vector ", vector);
	arm_hex("esr ", READ_REGISTER(esr_el1));
	arm_hex("far ", READ_REGISTER(far_el1));
	arm_line("");
	arm_hex("pc ", frame->pc);
	arm_hex("sp ", frame->sp);
	arm_hex("pstate ", frame->flags);
	for (unsigned i = 0; i < 31; i++) {
		char label[] = "x00 ";

		label[1] = (char)('0' + i / 10);
		label[2] = (char)('0' + i % 10);
		if (i % 4 == 0)
			arm_line("");
		arm_hex(label, frame->x[i]);
	}
	backtrace(frame->pc, frame->x[29]);
	hal_halt(HAL_PANIC, 0);
}
