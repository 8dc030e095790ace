/*
 * internal: what the files of this machine know of each other.
 *
 * Functions and data marked BOOT are gone once the kernel has started: they
 * lie behind everything else, and hal_boot_done gives their memory away.
 */
#pragma once

#include <hal/hal.h>

#include <gbsd/start.h>
#include <x86.h>

#define BOOT __attribute__((section(".boot.text"), cold))
#define BOOT_DATA __attribute__((section(".boot.data")))
#define BOOT_CONST __attribute__((section(".boot.rodata")))
/* A string that goes where the code goes that uses it. */
#define BOOT_TEXT(string)                                      \
	({                                                     \
		static const char text_[] BOOT_CONST = string; \
		text_;                                         \
	})

enum { STATUS_PANIC = 70, IST_STACK = 1, KERNEL_STACK_SIZE = 16384 };

struct tss {
	uint32_t reserved0;
	uint64_t rsp[3]; /* rsp[0]: the end of the frame in cpu.context */
	uint64_t reserved1;
	uint64_t ist[7];
	uint64_t reserved2;
	uint16_t reserved3;
	uint16_t io_map; /* behind the end: no port is the user's */
} __attribute__((packed));

/* One for each processor, at gs while the kernel runs. */
struct cpu {
	struct cpu *self;
	struct hal_context *context; /* whose fpu and fs are loaded */
	uint64_t *call_top; /* where a call of that context pushes */
	void *stack; /* the kernel's, while a task runs */
	uint64_t user_rsp; /* for a moment, in a call */
	paddr_t root; /* what cr3 holds */
	uint64_t deadline; /* the timer's, UINT64_MAX for none */
	struct tss tss;
};

static inline struct cpu *
this_cpu(void)
{
	struct cpu *cpu;

	__asm__("mov %%gs:0, %0" : "=r"(cpu));
	return cpu;
}

/* entry.S */
extern const char x86_entry_call[];
extern const char x86_entry_stubs[]; /* ENTRY_STUB_SIZE bytes for each vector */

/* trap.c: what a trap was; entry.S jumps here in hal_run's and hal_idle's
 * place, so the result is theirs. */
struct hal_trap x86_trap_from_user(struct hal_context *context);
struct hal_trap x86_trap_interrupt(unsigned vector);
_Noreturn void x86_trap_panic(const uint64_t *frame);
_Noreturn void x86_panic(const char *text);

/* For the compiler: boot.c, trap.c. */
extern uintptr_t __stack_chk_guard;
_Noreturn void __stack_chk_fail(void);

/* start.S: KERNEL_STACK_SIZE bytes of stack above a page that is absent. */
extern char x86_stack_guard[];

/* boot_handoff.c: what the boot loader said, of both kinds. */
enum { MEMORY_FREE = 1, MEMORY_ACPI = 3, MEMORY_NVS = 4 };
struct memory_entry {
	uint64_t base, size;
	uint32_t type, reserved;
};
struct handoff {
	unsigned memory_count;
	struct memory_entry memory[128];
	const char *command_line; /* or NULL */
	paddr_t archive;
	uint64_t archive_bytes;
	paddr_t rsdp;
	uint8_t rsdp_copy[36]; /* where the loader gives no address */
};
void x86_handoff_read(struct handoff *handoff, uint32_t magic, uint32_t info);

/* boot_memory.c */
void x86_memory_init(struct hal_boot *boot, const struct handoff *handoff);
volatile void *x86_memory_map_device(paddr_t page);
extern uint64_t x86_memory_mapped; /* the end of the direct map */
extern paddr_t x86_memory_root; /* tables with no user part */
extern uint64_t x86_memory_mask; /* the bits that an address in RAM can have */

/* boot_acpi.c: fills in acpi, and counts processors. */
struct acpi_ioapic {
	paddr_t address;
	unsigned first; /* interrupt number of its pin 0 */
};
struct acpi {
	unsigned processors;
	unsigned ioapic_count;
	struct acpi_ioapic ioapics[4];
	uint8_t isa_number[16]; /* the interrupt that an ISA line became */
	uint16_t isa_flags[16];
};
void x86_acpi_read(struct acpi *acpi, paddr_t *rsdp); /* searches if it is 0 */

/* halt.c: ways to end the machine, as the ACPI tables name them; 0 none. */
struct halt_ways {
	uint16_t pm1a, pm1b; /* control registers, ports */
	uint16_t smi_command;
	uint8_t acpi_enable;
	uint8_t sleep_a, sleep_b; /* SLP_TYP of S5 for each */
	volatile uint8_t *sleep_control; /* of hardware-reduced ACPI */
	volatile uint8_t *reset_memory;
	uint16_t reset_port;
	uint8_t reset_value;
};
extern struct halt_ways x86_halt_ways;

/* interrupt.c */
void x86_interrupt_init(const struct acpi *acpi);
uint32_t x86_apic_read(unsigned reg);
void x86_apic_write(unsigned reg, uint32_t value);
enum {
	APIC_ID = 0x20,
	APIC_TASK_PRIORITY = 0x80,
	APIC_EOI = 0xb0,
	APIC_SPURIOUS = 0xf0,
	APIC_COMMAND = 0x300,
	APIC_TIMER = 0x320,
	APIC_LINT0 = 0x350,
	APIC_LINT1 = 0x360,
	APIC_ERROR = 0x370,
	APIC_TIMER_COUNT = 0x380,
	APIC_TIMER_NOW = 0x390,
	APIC_TIMER_DIVIDE = 0x3e0,
	APIC_TO_SELF = 0x40000, /* with a vector: a command */
};

/* time.c */
void x86_time_init(void);
uint64_t x86_time_wall_clock(void);
bool x86_timer_is_due(void); /* in the timer's interrupt */

/* console.c */
void x86_console_init(const char *command_line);
void x86_console_text(const char *text);
void x86_console_hex(uint64_t value, unsigned digits);

/* gate.S: the page that every space shows at GATE_ADDRESS. */
struct gate_page {
	struct gate gate;
	uint64_t tsc_start; /* rdtsc when hal_now was 0 */
	uint64_t tsc_scale; /* nanoseconds = ticks * scale >> 32 */
};
extern struct gate_page x86_gate_page;
