/*
 * local: what the files of this machine share among themselves.  Names that
 * the linker sees begin with arm_, so that none is the portable kernel's.
 */
#pragma once

/* Offsets in struct cpu, for entry.S. */
#define CPU_STACK 0
#define CPU_TTBR 8
#define CPU_OWNER 16

/* Bits of a page descriptor. */
#define PAGE_VALID 0x3 /* a page or, above the last level, a table */
#define PAGE_BLOCK 0x1
#define PAGE_DEVICE (1 << 2) /* index 1 in MAIR: nGnRE; index 0: memory */
#define PAGE_USER (1 << 6)
#define PAGE_READ_ONLY (1 << 7)
#define PAGE_SHARED (3 << 8)
#define PAGE_ACCESSED (1 << 10)
#define PAGE_NOT_GLOBAL (1 << 11)
#define PAGE_NO_KERNEL_EXECUTE (1 << 53)
#define PAGE_NO_USER_EXECUTE (1 << 54)
#define PAGE_MEMORY (PAGE_SHARED | PAGE_ACCESSED)

/* Where the last GiB has its windows: 2 MiB each. */
#define KERNEL_BASE 0xFFFFFFFFC0000000
#define KERNEL_SPACE 0x200000
#define DEVICE_BASE (KERNEL_BASE + KERNEL_SPACE)
#define TREE_BASE (KERNEL_BASE + 2 * KERNEL_SPACE) /* two of them */

#define KERNEL_STACK 8192
#define PAGE 4096 /* PAGE_SIZE, for the assembler */

#ifndef __ASSEMBLER__
#include <hal/hal.h>

#undef PAGE_NO_KERNEL_EXECUTE
#undef PAGE_NO_USER_EXECUTE
#define PAGE_NO_KERNEL_EXECUTE (1ull << 53)
#define PAGE_NO_USER_EXECUTE (1ull << 54)
#define PAGE_ADDRESS 0x0000FFFFFFFFF000ull
#define PAGE_NO_EXECUTE (PAGE_NO_KERNEL_EXECUTE | PAGE_NO_USER_EXECUTE)

/* Given away when the kernel has started. */
#define BOOT_TEXT __attribute__((section(".boot.text")))
#define BOOT_DATA __attribute__((section(".boot.data")))

#define READ_REGISTER(name)                                        \
	({                                                         \
		uint64_t value_;                                   \
		__asm__ volatile("mrs %0, " #name : "=r"(value_)); \
		value_;                                            \
	})
#define WRITE_REGISTER(name, value) \
	__asm__ volatile("msr " #name ", %x0" ::"rZ"((uint64_t)(value)))
#define BARRIER(what) __asm__ volatile(what ::: "memory")

struct cpu {
	uint64_t stack; /* of the kernel, while a task runs */
	uint64_t ttbr; /* what TTBR0 holds */
	struct hal_context *owner; /* whose vectors the registers hold */
	uint64_t deadline; /* that the timer is set to, or UINT64_MAX */
	unsigned number;
};

static inline struct cpu *
this_cpu(void)
{
	struct cpu *cpu;

	/* Not volatile: it does not change while the kernel runs. */
	__asm__("mrs %0, tpidr_el1" : "=r"(cpu));
	return cpu;
}

static inline uint32_t
mmio_read(uint64_t address)
{
	uint32_t value;

	/* One plain load: a hypervisor cannot decode the fancier forms. */
	__asm__ volatile("ldr %w0, [%1]"
			 : "=r"(value)
			 : "r"(address)
			 : "memory");
	return value;
}

static inline void
mmio_write(uint64_t address, uint32_t value)
{
	__asm__ volatile("str %w0, [%1]" ::"rZ"(value), "r"(address)
			 : "memory");
}

/* What the device tree says, as far as this machine wants to know. */
struct machine {
	uint64_t uart[2]; /* registers; 0 if there is none */
	uint64_t clock; /* PL031 */
	uint64_t gic[2]; /* distributor; CPU interface or redistributor */
	uint64_t gic_size[2];
	bool gic_v3;
	bool psci_by_smc;
	unsigned timer; /* interrupt */
};

/* For the compiler: boot.c, power.c. */
extern uintptr_t __stack_chk_guard;
_Noreturn void __stack_chk_fail(void);

/* boot.c */
extern struct hal_boot arm_boot_info;
uint64_t arm_map_device(paddr_t page, uint64_t size);

/* start.S */
extern struct cpu arm_cpu;
extern uint64_t kernel_l1[512], kernel_l2[512], kernel_l3[512];

/* console.c */
void arm_console_start(const struct machine *machine);
void arm_print(const char *text); /* on the output */
void arm_line(const char *text); /* at the beginning of a line */
void arm_hex(const char *label, uint64_t value);

/* power.c */
void arm_power_start(const struct machine *machine);
_Noreturn void arm_panic(const char *text);

/* interrupt.c */
void arm_interrupt_start(const struct machine *machine);
struct hal_trap arm_interrupt_take(void);

/* time.c */
void arm_time_start(void);

/* space.c */
void arm_space_start(paddr_t gate);
void arm_space_switch(struct hal_space *space);
#endif
