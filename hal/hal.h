/*
 * hal: the machine contract.
 *
 * The kernel calls down, the machine never calls up: it runs a task until
 * something happens and says what.  One machine is chosen when the kernel is
 * linked.  <machine.h>, found in the folder of that machine, defines
 *
 *   struct hal_context   registers of a task (about 1 KiB at most)
 *   struct hal_space     page tables or what stands for them
 *   HAL_USER_LOW, HAL_USER_HIGH   the addresses that mappings may use
 *   HAL_ONE_ADDRESS_SPACE   1 if spaces share addresses (hosted), else 0
 *   HAL_INTERRUPTS   interrupt numbers are below this; on a machine that has
 *     more the others stay masked
 *   hal_arguments(context)   uint64_t[6], those of the call just made
 *   hal_run, where it should be inline
 *   hal_physical(paddr)   the kernel's view of RAM: one stretch of it, so
 *     that the difference of p and hal_physical(0) is p's physical address
 *
 * For the compiler's stack protector, which the kernel is built with, the
 * machine has __stack_chk_guard, a random number that it tells nobody, and
 * __stack_chk_fail, which says so and ends the machine as a panic does.
 *
 * All functions run with interrupts off and do not block, hal_run and
 * hal_idle excepted.  The machine's start code, once hal_boot can answer,
 * calls kernel_main on a stack of at least 8 KiB; that is its only call up.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>

#include <gbsd/call.h>
#include <gbsd/area.h>

typedef uint64_t paddr_t;
typedef uint64_t vaddr_t;

/* What hal_run and hal_idle return. */
enum hal_trap_kind {
	HAL_TRAP_CALL, /* number; hal_arguments() */
	HAL_TRAP_FAULT, /* number: enum fault_kind; address */
	HAL_TRAP_INTERRUPT, /* number; it is masked until hal_unmask */
	HAL_TRAP_TIMER,
	HAL_TRAP_KICK,
};

struct hal_trap {
	uint32_t kind;
	uint32_t number;
	uint64_t address;
};

#include <machine.h>

/* --- starting and stopping ------------------------------------------- */

struct hal_range {
	paddr_t base;
	uint64_t size; /* bytes; both are multiples of PAGE_SIZE */
};

enum { HAL_RANGES = 16, HAL_COMMAND_LINE = 1024 };

/* What the machine found when it started; static, valid for ever.  The free
 * ranges hold neither kernel nor archive nor the machine's own tables. */
struct hal_boot {
	bool zeroed; /* all of the ranges is known to be zero */
	unsigned range_count;
	struct hal_range ranges[HAL_RANGES]; /* free RAM */
	struct hal_range archive; /* the boot archive, page aligned; a task
				   * may read and execute it, not write */
	uint64_t archive_bytes; /* its exact length */
	uint64_t wall_clock; /* seconds since 1970 when hal_now was 0, or 0 */
	uint8_t random[32]; /* as unpredictable as the machine can say */
	unsigned processors;
	unsigned console_interrupt; /* input has arrived */
	const struct gate *gate; /* as images see it */
	paddr_t device_tree; /* 0 if the machine has none; of ACPI the RSDP */
	char command_line[HAL_COMMAND_LINE];
};

const struct hal_boot *hal_boot(void);

/* The memory that hal_boot_done frees, in addition to the ranges above; its
 * size may be 0. */
struct hal_range hal_boot_part(void);

/* Code and data in the sections .boot.* are gone from here on. */
void hal_boot_done(void);

_Noreturn void kernel_main(void); /* the kernel's, not the machine's */

/* Writes n bytes to a stream of enum stream.  May be called at any time. */
void hal_console_put(unsigned stream, const void *bytes, size_t n);

/* The next byte of console input, -1 if there is none yet, -2 if there will
 * never be one again. */
int hal_console_get(void);

enum hal_halt { HAL_POWER_OFF, HAL_RESET, HAL_PANIC };

/* Ends the machine; status 0 to 255 reaches whoever started it. */
_Noreturn void hal_halt(enum hal_halt how, int status);

/* --- processors --------------------------------------------------------*/

unsigned hal_cpu(void); /* 0 to processors - 1 */
/* Starts a processor in entry(cpu) on a stack of the machine's. */
void hal_cpu_start(unsigned cpu, void (*entry)(unsigned cpu));
/* Makes hal_run or hal_idle on that processor return HAL_TRAP_KICK, which
 * may also come without a cause: it only says "look again". */
void hal_cpu_kick(unsigned cpu);

/* --- time --------------------------------------------------------------*/

uint64_t hal_now(void); /* nanoseconds since the start, never falls */
/* One HAL_TRAP_TIMER at or soon after that time; UINT64_MAX for none.
 * A later call replaces an earlier one.  Cheap if nothing changes. */
void hal_timer_arm(uint64_t deadline);

/* --- running -----------------------------------------------------------*/

/* User mode until something happens.  Interrupts that are already pending
 * are reported before the task runs. */
struct hal_trap hal_run(struct hal_context *context, struct hal_space *space);

/* Sleeps until an interrupt, the timer or a kick. */
struct hal_trap hal_idle(void);

/* A task that will call entry(argument) on a stack that ends at stack (16
 * bytes aligned), in user mode, with no FPU state but the reset one.  area
 * is its page in the kernel's view, user_area the same in its own view. */
void hal_context_init(struct hal_context *context, vaddr_t entry,
    vaddr_t stack, uint64_t argument, struct area *area, vaddr_t user_area);

/* The result of the call that the context is in. */
void hal_context_result(struct hal_context *context, uint64_t result);

/* The context makes the same call again when it runs next (its arguments as
 * they now are in hal_arguments), after any pending interrupt. */
void hal_context_again(struct hal_context *context);

/* Enters an upcall: saves the registers in area->registers and goes to
 * entry(bits) on the same stack, below its red zone.  leave puts them back,
 * after making them harmless; false if the context is in no upcall. */
void hal_context_enter(
    struct hal_context *context, vaddr_t entry, uint64_t bits);
bool hal_context_leave(struct hal_context *context);

/* Program counter, stack pointer and frame pointer, for reports. */
void hal_context_where(const struct hal_context *context, uint64_t where[3]);

/* --- spaces --------------------------------------------------------------*/

enum hal_map_result {
	HAL_MAPPED,
	HAL_WANTS_PAGE, /* hal_space_give a page for a table, then repeat */
	HAL_REFUSED, /* the machine cannot map it there */
};

/* A structure of zeros is an empty space.  This makes its first table, which
 * may want a page, and shows it the gate page; else the first hal_space_map
 * does so. */
enum hal_map_result hal_space_init(struct hal_space *space);
/* The page is the space's, for tables, until the space ends. */
void hal_space_give(struct hal_space *space, paddr_t page);
/* After everything was unmapped: the machine forgets the space and leaves
 * its tables, so that the pages given are the kernel's again.  What remains
 * is a structure of zeros.  Can be repeated. */
void hal_space_end(struct hal_space *space);

/* Maps contiguous pages [page, page + count) at address, all or none;
 * protection is VM_READ, VM_WRITE, VM_EXECUTE; device memory is uncached.
 * Refused are addresses that are not the user's or no multiple of PAGE_SIZE,
 * VM_WRITE with VM_EXECUTE, and what overlaps pages that are mapped (if spaces
 * share addresses, by whomever): to change a protection is to unmap and map.
 * If a page is wanted, tables made so far stay. */
enum hal_map_result hal_space_map(struct hal_space *space, vaddr_t address,
    paddr_t page, size_t count, unsigned protection, bool device);
/* What is not mapped stays so. */
void hal_space_unmap(struct hal_space *space, vaddr_t address, size_t count);

/* --- interrupts ----------------------------------------------------------*/

/* All are masked at the start. */

void hal_mask(unsigned interrupt);
void hal_unmask(unsigned interrupt);
