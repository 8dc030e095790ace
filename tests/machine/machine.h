/*
 * machine: a machine that is played by a test, as hal.h asks.
 *
 * RAM is ordinary memory, page tables are three levels of it, and a task never
 * runs: hal_run goes back to the test, which says what trap comes next
 * (script.h).  Whether spaces share addresses is chosen at each start.
 */
#pragma once

#include <gbsd/area.h>

extern bool machine_one_address_space;
extern uint8_t *machine_ram; /* the byte of physical address 0 */

#define HAL_ONE_ADDRESS_SPACE machine_one_address_space
#define HAL_USER_LOW 0x100000000ull
#define HAL_USER_HIGH 0x8000000000ull /* three levels of nine bits */
#define HAL_INTERRUPTS 16

struct hal_context {
	uint64_t arguments[6];
	uint64_t result; /* of its last call, if has_result */
	uint32_t number; /* of its last call */
	bool has_result;
	bool again; /* will make the call again when it runs */
	bool upcall; /* is in one */
	uint64_t bits; /* of the last upcall */
	vaddr_t upcall_entry;
	uint64_t saved_result; /* what the upcall interrupted */
	bool saved_has_result, saved_again;
	vaddr_t entry, stack, user_area;
	uint64_t life; /* how many contexts there were before it, plus 1 */
	uint64_t argument; /* the test knows its tasks by it */
	struct area *area; /* the kernel's view */
};

struct hal_space {
	paddr_t root; /* table of tables of tables */
	paddr_t spare; /* given and not used yet: each begins with the next */
};

static inline void *
hal_physical(paddr_t page)
{
	return machine_ram + page;
}

static inline uint64_t *
hal_arguments(struct hal_context *context)
{
	return context->arguments;
}
