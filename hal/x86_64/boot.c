/*
 * boot: from long mode to kernel_main.
 *
 * The order matters: the loader's structures first, for they may lie in what
 * is free afterwards; then memory, for ACPI's tables are read in the direct
 * map; then the processor, so that a mistake ends in a report and not in a
 * reset; then what interrupts.
 */
#include "internal.h"

#define CR4_ALWAYS 0x6a0ull /* PAE, global pages, fxsave, SSE exceptions */
#define CR4_UMIP (1ull << 11)
#define CR4_SMEP (1ull << 20)
#define CR4_SMAP (1ull << 21)
#define CR0_ALWAYS 0x80050033ull /* paging, AC, write protection, FPU */
#define EFER_ALWAYS 0x901ull /* syscall, long mode, no-execute */
#define FLAGS_ALL 0x257fd5ull

struct idt_entry {
	uint16_t offset_low, selector;
	uint8_t ist, type;
	uint16_t offset_middle;
	uint32_t offset_high, reserved;
};

struct table_register {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

extern uint64_t x86_gdt[7], x86_gdt_tss[2]; /* start.S */

uintptr_t __stack_chk_guard;

static struct hal_boot boot;
static struct cpu cpu0;
static struct idt_entry idt[VECTOR_END];
static uint64_t fatal_stack[512] __attribute__((aligned(16)));

const struct hal_boot *
hal_boot(void)
{
	return &boot;
}

BOOT static void
idt_init(void)
{
	for (unsigned i = 0; i < VECTOR_END; i++) {
		uint64_t stub = (uint64_t)x86_entry_stubs + i * ENTRY_STUB_SIZE;
		bool fatal = i == 2 || i == 8 || i == 18;

		idt[i] = (struct idt_entry){ .offset_low = (uint16_t)stub,
			.selector = KERNEL_CODE,
			.ist = fatal ? IST_STACK : 0,
			.type = i == 3 ? 0xee : 0x8e, /* int3 is for all */
			.offset_middle = (uint16_t)(stub >> 16),
			.offset_high = (uint32_t)(stub >> 32) };
	}
	struct table_register idtr = { sizeof(idt) - 1, (uint64_t)idt };
	__asm__ volatile("lidt %0" : : "m"(idtr));
}

BOOT static void
segments_init(struct cpu *cpu)
{
	uint64_t tss = (uint64_t)&cpu->tss;

	cpu->tss.ist[IST_STACK - 1] =
	    (uint64_t)(fatal_stack + sizeof(fatal_stack) / 8);
	cpu->tss.io_map = sizeof(cpu->tss);
	x86_gdt_tss[0] = 0x0000890000000000 | (sizeof(cpu->tss) - 1) |
			 (tss & 0xffffff) << 16 | (tss >> 24 & 0xff) << 56;
	x86_gdt_tss[1] = tss >> 32;
	struct table_register gdtr = { 7 * 8 - 1, (uint64_t)x86_gdt };
	__asm__ volatile("lgdt %0; ltr %w1" : : "m"(gdtr), "r"(TSS_SELECTOR));
}

BOOT static void
processor_init(struct cpu *cpu)
{
	uint64_t cr4 = CR4_ALWAYS;

	if (cpuid(0).a >= 7) {
		struct cpuid features = cpuid(7);

		if (features.b & 1 << 7)
			cr4 |= CR4_SMEP;
		if (features.b & 1 << 20)
			cr4 |= CR4_SMAP;
		if (features.c & 1 << 2)
			cr4 |= CR4_UMIP;
	}
	cpu->self = cpu;
	cpu->root = x86_memory_root;
	segments_init(cpu);
	idt_init();
	wrmsr(MSR_GS_BASE, (uint64_t)cpu);
	wrmsr(MSR_KERNEL_GS_BASE, 0);
	wrmsr(MSR_EFER, EFER_ALWAYS);
	wrmsr(MSR_STAR,
	    (uint64_t)(KERNEL_DATA | 3) << 48 | (uint64_t)KERNEL_CODE << 32);
	wrmsr(MSR_LSTAR, (uint64_t)x86_entry_call);
	wrmsr(MSR_SFMASK, FLAGS_ALL);
	__asm__ volatile("mov %0, %%cr0; mov %1, %%cr4; fninit"
			 :
			 : "r"(CR0_ALWAYS), "r"(cr4)
			 : "memory");
}

/* The processor's generator if it has one.  The time-stamp counter is always
 * mixed in: on a machine without the generator it is all there is. */
BOOT static uint64_t
random_word(uint64_t seed)
{
	uint64_t word = 0;
	uint8_t good = 0;

	if (cpuid(1).c & 1 << 30)
		for (int i = 0; i < 10 && !good; i++)
			__asm__ volatile("rdrand %0; setc %1"
					 : "=r"(word), "=qm"(good));
	for (int i = 0; i < 64; i++) {
		uint64_t start = rdtsc();

		inb(0x80); /* takes as long as the bus pleases */
		seed = (seed ^ (rdtsc() - start) ^ start) * 0x9e3779b97f4a7c15;
		seed ^= seed >> 29;
	}
	return word ^ seed;
}

BOOT static void
random_init(void)
{
	uint64_t word = boot.wall_clock;

	for (unsigned i = 0; i < sizeof(boot.random); i++) {
		if (i % 8 == 0)
			word = random_word(word);
		boot.random[i] = (uint8_t)(word >> i % 8 * 8);
	}
	__stack_chk_guard = random_word(word);
}

/* Called by start.S on the stack that stays the kernel's. */
_Noreturn void x86_start(uint32_t magic, uint32_t info);

BOOT void
x86_start(uint32_t magic, uint32_t info)
{
	static struct handoff handoff BOOT_DATA;
	static struct acpi acpi BOOT_DATA;

	x86_handoff_read(&handoff, magic, info);
	for (unsigned i = 0;
	     handoff.command_line != NULL && i < HAL_COMMAND_LINE - 1 &&
	     handoff.command_line[i] != '\0';
	     i++)
		boot.command_line[i] = handoff.command_line[i];
	x86_console_init(boot.command_line);
	x86_memory_init(&boot, &handoff);
	processor_init(&cpu0);
	x86_acpi_read(&acpi, &boot.device_tree);
	boot.processors = acpi.processors;
	boot.console_interrupt = acpi.isa_number[4];
	boot.gate = (const struct gate *)GATE_ADDRESS;
	x86_interrupt_init(&acpi);
	x86_time_init();
	boot.wall_clock = x86_time_wall_clock();
	random_init();
	kernel_main();
}
