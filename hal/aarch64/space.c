/*
 * space: page tables of user spaces, three levels of 4 KiB pages.
 *
 * The tables are made of pages that the kernel gives.  The entry of the last
 * GiB, with the gate page, points to tables shared by all.  Every space has
 * an ASID when it runs; when they run out all are taken back at once, by a
 * new generation, and the TLB is emptied.  A descriptor that was invalid is
 * never in the TLB, so only a change of a valid one needs an invalidation.
 */
#include "local.h"

enum { ENTRIES = 512, LAST_SHIFT = 12, FIRST_SHIFT = 30, SHIFT = 9 };

#define TABLE_BITS (PAGE_VALID | 1ull << 59) /* kernel never executes below */
#define ASID_SHIFT 48

static uint64_t gate_l2[ENTRIES] __attribute__((aligned(PAGE_SIZE)));
static uint64_t gate_l3[ENTRIES] __attribute__((aligned(PAGE_SIZE)));
static uint64_t empty_l1[ENTRIES] __attribute__((aligned(PAGE_SIZE)));
static paddr_t empty_root, shared_table;
static uint64_t generation = 1, next_asid = 1, asids = 256;

/* The physical address of something in the kernel's own block. */
static BOOT_TEXT paddr_t
kernel_paddr(const void *address)
{
	uint64_t page = (uint64_t)address - KERNEL_BASE;

	return (kernel_l3[page >> 12] & PAGE_ADDRESS) | (page & 4095);
}

static void
set_root(uint64_t ttbr)
{
	this_cpu()->ttbr = ttbr;
	WRITE_REGISTER(ttbr0_el1, ttbr);
	BARRIER("isb");
}

BOOT_TEXT void
arm_space_start(paddr_t gate)
{
	shared_table = kernel_paddr(gate_l2) | TABLE_BITS;
	empty_root = kernel_paddr(empty_l1);
	gate_l2[HAL_GATE >> 21 & 511] = kernel_paddr(gate_l3) | TABLE_BITS;
	gate_l3[HAL_GATE >> 12 & 511] = gate | PAGE_VALID | PAGE_MEMORY |
					PAGE_USER | PAGE_READ_ONLY |
					PAGE_NO_KERNEL_EXECUTE;
	if ((READ_REGISTER(id_aa64mmfr0_el1) & 0xF0) != 0)
		asids = 65536;
	BARRIER("dsb ishst");
	set_root(empty_root);
}

/* hal_run calls this when TTBR0 is not the space's.  Whoever has an ASID of
 * an older generation finds that TTBR0 differs too, since that changed with
 * the generation. */
void
arm_space_switch(struct hal_space *space)
{
	if (space->generation != generation) {
		if (next_asid == asids) {
			generation++;
			next_asid = 1;
			BARRIER("tlbi vmalle1is; dsb ish");
		}
		space->generation = generation;
		space->ttbr = space->root | next_asid++ << ASID_SHIFT;
	}
	set_root(space->ttbr);
}

/* A page for a table, all zero, or 0. */
static paddr_t
take_spare(struct hal_space *space)
{
	paddr_t page = space->spare;

	if (page == 0)
		return 0;
	uint64_t *words = hal_physical(page);

	space->spare = words[0];
	for (unsigned i = 0; i < ENTRIES; i++)
		words[i] = 0;
	BARRIER("dsb ishst"); /* the walker must not see what was there */
	return page;
}

void
hal_space_give(struct hal_space *space, paddr_t page)
{
	*(uint64_t *)hal_physical(page) = space->spare;
	space->spare = page;
}

enum hal_map_result
hal_space_init(struct hal_space *space)
{
	paddr_t root = take_spare(space);

	if (root == 0)
		return HAL_WANTS_PAGE;
	((uint64_t *)hal_physical(root))[ENTRIES - 1] = shared_table;
	space->root = root;
	space->ttbr = root;
	space->generation = 0;
	return HAL_MAPPED;
}

void
hal_space_end(struct hal_space *space)
{
	if (this_cpu()->ttbr == space->ttbr)
		set_root(empty_root);
	if (space->generation == generation) {
		uint64_t asid = space->ttbr >> ASID_SHIFT << ASID_SHIFT;

		__asm__ volatile(
		    "dsb ishst; tlbi aside1is, %0; dsb ish" ::"r"(asid)
		    : "memory");
	}
	*space = (struct hal_space){ 0 };
}

/* The last entry for address; NULL if a table is missing and either grow is
 * false or no page was given. */
static uint64_t *
find(struct hal_space *space, vaddr_t address, bool grow)
{
	uint64_t *table;

	if (space->root == 0 && (!grow || hal_space_init(space) != HAL_MAPPED))
		return NULL;
	table = hal_physical(space->root);
	for (unsigned shift = FIRST_SHIFT; shift > LAST_SHIFT; shift -= SHIFT) {
		uint64_t *entry = &table[address >> shift & (ENTRIES - 1)];

		if (*entry == 0) {
			paddr_t page = grow ? take_spare(space) : 0;

			if (page == 0)
				return NULL;
			*entry = page | TABLE_BITS;
		}
		table = hal_physical(*entry & PAGE_ADDRESS);
	}
	return &table[address >> LAST_SHIFT & (ENTRIES - 1)];
}

/* Makes the instruction fetch see what was written to the page. */
static void
publish_code(paddr_t page)
{
	uint64_t address = (uint64_t)hal_physical(page);
	uint64_t line = 4ull << (READ_REGISTER(ctr_el0) >> 16 & 0xF);

	for (uint64_t end = address + PAGE_SIZE; address < end; address += line)
		__asm__ volatile("dc cvau, %0" ::"r"(address) : "memory");
	BARRIER("dsb ish; ic ialluis; dsb ish");
}

/* Never 0, so that a page in use can be told from none. */
static uint64_t
descriptor(unsigned protection, bool device)
{
	uint64_t bits = PAGE_ACCESSED | PAGE_USER | PAGE_NOT_GLOBAL |
			PAGE_NO_KERNEL_EXECUTE;

	if (protection != 0)
		bits |= PAGE_VALID;
	bits |= device ? PAGE_DEVICE : PAGE_SHARED;
	if (!(protection & VM_WRITE))
		bits |= PAGE_READ_ONLY;
	if (device || !(protection & VM_EXECUTE))
		bits |= PAGE_NO_USER_EXECUTE;
	return bits;
}

enum hal_map_result
hal_space_map(struct hal_space *space, vaddr_t address, paddr_t page,
    size_t count, unsigned protection, bool device)
{
	uint64_t bits = descriptor(protection, device);
	bool code = !(bits & PAGE_NO_USER_EXECUTE);

	if (address < HAL_USER_LOW || address >= HAL_USER_HIGH ||
	    count > (HAL_USER_HIGH - address) / PAGE_SIZE ||
	    address % PAGE_SIZE != 0 || (code && !(bits & PAGE_READ_ONLY)))
		return HAL_REFUSED;
	for (size_t i = 0; i < count; i++) {
		uint64_t *entry = find(space, address + i * PAGE_SIZE, true);

		if (entry == NULL)
			return HAL_WANTS_PAGE;
		if (*entry != 0)
			return HAL_REFUSED;
	}
	for (size_t i = 0; i < count; i++, page += PAGE_SIZE) {
		if (code)
			publish_code(page);
		*find(space, address + i * PAGE_SIZE, false) = page | bits;
	}
	BARRIER("dsb ish; isb");
	return HAL_MAPPED;
}

void
hal_space_unmap(struct hal_space *space, vaddr_t address, size_t count)
{
	uint64_t asid = space->ttbr >> ASID_SHIFT << ASID_SHIFT;

	for (; count > 0; count--, address += PAGE_SIZE) {
		uint64_t *entry = find(space, address, false);

		if (entry == NULL || *entry == 0)
			continue;
		*entry = 0;
		/* Older ones were forgotten when the generation began. */
		if (space->generation == generation)
			__asm__ volatile("dsb ishst; tlbi vale1is, %0" ::"r"(
			    asid | address >> LAST_SHIFT)
					 : "memory");
	}
	BARRIER("dsb ish; isb");
}
