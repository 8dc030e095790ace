/*
 * space: page tables of four levels.
 *
 * The upper half and the gate's 512 GiB are the same in every space: three
 * entries of the root, copied from the kernel's own tables.  Tables are made
 * of pages that the kernel gives and has back when the space ends, so a space
 * costs what it uses and only its owner pays.
 *
 * Translations of other spaces than the current one need no flush here: only
 * the kernel's are global, so loading cr3 forgets all others.
 */
#include "internal.h"

#define PRESENT 1ull
#define WRITABLE 2ull
#define USER 4ull
#define UNCACHED 0x18ull
#define NO_EXECUTE (1ull << 63)
#define ADDRESS 0x000ffffffffff000ull

enum { TABLE_ENTRIES = 512, ROOT_SHARED = 255, LEVELS = 4 };

static uint64_t *
table_at(uint64_t entry)
{
	return hal_physical(entry & ADDRESS);
}

static paddr_t
spare_pop(struct hal_space *space)
{
	paddr_t page = space->spare;

	if (page != 0)
		space->spare = *(paddr_t *)hal_physical(page);
	return page;
}

enum hal_map_result
hal_space_init(struct hal_space *space)
{
	paddr_t page = spare_pop(space);

	if (page == 0)
		return HAL_WANTS_PAGE;
	zero_words(table_at(page), ROOT_SHARED);
	copy_words(table_at(page) + ROOT_SHARED,
	    table_at(x86_memory_root) + ROOT_SHARED,
	    TABLE_ENTRIES - ROOT_SHARED);
	space->root = page;
	return HAL_MAPPED;
}

void
hal_space_give(struct hal_space *space, paddr_t page)
{
	*(paddr_t *)hal_physical(page) = space->spare;
	space->spare = page;
}

void
hal_space_end(struct hal_space *space)
{
	struct cpu *cpu = this_cpu();

	/* No table may be overwritten while the processor could walk it. */
	if (cpu->root == space->root) {
		cpu->root = x86_memory_root;
		write_cr3(x86_memory_root);
	}
	*space = (struct hal_space){ 0 };
}

/* The entry of the lowest level for address.  If tables are missing it makes
 * them of spare pages, or gives NULL if there are none. */
static uint64_t *
entry_of(struct hal_space *space, vaddr_t address, bool make)
{
	uint64_t *table;

	if (space->root == 0 && (!make || hal_space_init(space) != HAL_MAPPED))
		return NULL;
	table = table_at(space->root);
	for (int shift = 39;; shift -= 9) {
		uint64_t *entry = &table[address >> shift & 511];

		if (shift == 12)
			return entry;
		if (*entry == 0) {
			paddr_t page = make ? spare_pop(space) : 0;

			if (page == 0)
				return NULL;
			zero_words(table_at(page), TABLE_ENTRIES);
			*entry = page | PRESENT | WRITABLE | USER;
		}
		table = table_at(*entry);
	}
}

static uint64_t
flags_of(unsigned protection, bool device)
{
	uint64_t flags = USER; /* so that no entry in use is 0 */

	if (protection != 0)
		flags |= PRESENT;
	if (protection & VM_WRITE)
		flags |= WRITABLE;
	if (!(protection & VM_EXECUTE))
		flags |= NO_EXECUTE;
	if (device)
		flags |= UNCACHED;
	return flags;
}

enum hal_map_result
hal_space_map(struct hal_space *space, vaddr_t address, paddr_t page,
    size_t count, unsigned protection, bool device)
{
	uint64_t flags = flags_of(protection, device);
	uint64_t last = page + (count - 1) * PAGE_SIZE;

	if (address < HAL_USER_LOW || address >= HAL_USER_HIGH ||
	    count > (HAL_USER_HIGH - address) / PAGE_SIZE ||
	    address % PAGE_SIZE != 0)
		return HAL_REFUSED;
	/* Reserved bits in an entry would fault for ever. */
	if (((page | last) & ~x86_memory_mask) ||
	    (flags & (WRITABLE | NO_EXECUTE)) == WRITABLE)
		return HAL_REFUSED;
	for (size_t i = 0; i < count; i++) {
		uint64_t *entry =
		    entry_of(space, address + i * PAGE_SIZE, true);

		if (entry == NULL)
			return HAL_WANTS_PAGE;
		if (*entry != 0)
			return HAL_REFUSED;
	}
	for (size_t i = 0; i < count; i++)
		*entry_of(space, address + i * PAGE_SIZE, false) =
		    (page + i * PAGE_SIZE) | flags;
	return HAL_MAPPED;
}

void
hal_space_unmap(struct hal_space *space, vaddr_t address, size_t count)
{
	for (; count > 0; count--, address += PAGE_SIZE) {
		uint64_t *entry = entry_of(space, address, false);

		if (entry == NULL || *entry == 0)
			continue;
		*entry = 0;
		if (space->root == this_cpu()->root)
			invlpg(address);
	}
}
