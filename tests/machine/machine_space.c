/*
 * machine_space: hal.h's page tables: three levels of nine bits, each page of
 * which the kernel gave.  If spaces share addresses, what one has mapped is
 * refused to all.
 */
#include "script.h"

#include <string.h>
#include <sys/mman.h>

#include "contract.h"

enum {
	ENTRIES = 512,
	PROTECTION = VM_READ | VM_WRITE | VM_EXECUTE,
	ENTRY_DEVICE = 1,
	ENTRY_PRESENT = 2,
	TAKEN_BYTES = HAL_USER_HIGH / PAGE_SIZE / 8,
};

/* One bit for each user page, if spaces share addresses. */
static uint8_t *taken;

static uint64_t *
table(uint64_t entry)
{
	return (uint64_t *)(machine_ram + (entry & -(uint64_t)PAGE_SIZE));
}

static paddr_t
spare_pop(struct hal_space *space)
{
	paddr_t page = space->spare;

	if (page != 0) {
		space->spare = *table(page);
		memset(table(page), 0, PAGE_SIZE);
	}
	return page;
}

enum hal_map_result
hal_space_init(struct hal_space *space)
{
	if (space->spare == 0)
		return HAL_WANTS_PAGE;
	space->root = spare_pop(space) | ENTRY_PRESENT;
	return HAL_MAPPED;
}

void
hal_space_give(struct hal_space *space, paddr_t page)
{
	CONTRACT(page != 0 && page % PAGE_SIZE == 0);
	*table(page) = space->spare;
	space->spare = page;
}

static void
still_shown(void *context, vaddr_t address, uint64_t entry)
{
	(void)context;
	(void)address;
	CONTRACT(entry == 0 && "a space that ends shows something");
}

void
hal_space_end(struct hal_space *space)
{
	machine_walk(space, still_shown, NULL);
	*space = (struct hal_space){ 0 };
}

/* The entry for address, with tables made of spare pages if make. */
static uint64_t *
entry_of(struct hal_space *space, vaddr_t address, bool make)
{
	uint64_t *entry = &space->root;

	for (int shift = 30; shift >= 12; shift -= 9) {
		if (*entry == 0) {
			if (!make || space->spare == 0)
				return NULL;
			*entry = spare_pop(space) | ENTRY_PRESENT;
		}
		entry = table(*entry) + (address >> shift) % ENTRIES;
	}
	return entry;
}

void
machine_space_start(void)
{
	if (taken != NULL)
		munmap(taken, TAKEN_BYTES);
	taken = NULL;
	if (!machine_one_address_space)
		return;
	taken = mmap(NULL, TAKEN_BYTES, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (taken == MAP_FAILED)
		abort();
}

static bool
is_taken(vaddr_t address)
{
	uint64_t page = address / PAGE_SIZE;

	return taken != NULL && (taken[page / 8] >> page % 8 & 1) != 0;
}

static void
set_taken(vaddr_t address, bool to)
{
	uint64_t page = address / PAGE_SIZE;
	uint8_t bit = (uint8_t)(1u << page % 8);

	if (taken == NULL)
		return;
	taken[page / 8] &= (uint8_t)~bit;
	if (to)
		taken[page / 8] |= bit;
}

enum hal_map_result
hal_space_map(struct hal_space *space, vaddr_t address, paddr_t page,
    size_t count, unsigned protection, bool device)
{
	CONTRACT(page % PAGE_SIZE == 0 && count > 0);
	CONTRACT((protection & ~(unsigned)PROTECTION) == 0);
	CONTRACT(device || page / PAGE_SIZE + count <= machine_ram_pages());
	if (address % PAGE_SIZE != 0 || address < HAL_USER_LOW ||
	    address >= HAL_USER_HIGH ||
	    count > (HAL_USER_HIGH - address) / PAGE_SIZE ||
	    ((protection & VM_WRITE) && (protection & VM_EXECUTE)))
		return HAL_REFUSED;
	if (machine.maps_until_refused != 0 &&
	    --machine.maps_until_refused == 0)
		return HAL_REFUSED;
	for (size_t i = 0; i < count; i++) {
		uint64_t *entry =
		    entry_of(space, address + i * PAGE_SIZE, true);

		if (entry == NULL)
			return HAL_WANTS_PAGE;
		if (*entry != 0 || is_taken(address + i * PAGE_SIZE))
			return HAL_REFUSED;
	}
	for (size_t i = 0; i < count; i++) {
		*entry_of(space, address + i * PAGE_SIZE, false) =
		    (page + i * PAGE_SIZE) | protection | ENTRY_PRESENT |
		    (device ? ENTRY_DEVICE : 0);
		set_taken(address + i * PAGE_SIZE, true);
	}
	machine.pages_changed += count;
	return HAL_MAPPED;
}

void
hal_space_unmap(struct hal_space *space, vaddr_t address, size_t count)
{
	CONTRACT(address >= HAL_USER_LOW && address < HAL_USER_HIGH &&
		 count <= (HAL_USER_HIGH - address) / PAGE_SIZE);
	machine.pages_changed += count;
	for (size_t i = 0; i < count; i++) {
		uint64_t *entry =
		    entry_of(space, address + i * PAGE_SIZE, false);

		if (entry == NULL || *entry == 0)
			continue;
		*entry = 0;
		set_taken(address + i * PAGE_SIZE, false);
	}
}

uint64_t
machine_shows(const struct hal_space *space, vaddr_t address)
{
	uint64_t *entry = entry_of((struct hal_space *)space, address, false);

	return entry == NULL ? 0 : *entry & ~(uint64_t)ENTRY_PRESENT;
}

uint64_t
machine_walk(const struct hal_space *space,
    void (*seen)(void *, vaddr_t, uint64_t), void *context)
{
	uint64_t pages = 0;

	for (paddr_t p = space->spare; p != 0; p = *table(p))
		pages++;
	if (space->root == 0)
		return pages;
	pages++;
	for (unsigned i = 0; i < ENTRIES; i++) {
		uint64_t *mid = table(table(space->root)[i]);

		if (table(space->root)[i] == 0)
			continue;
		pages++;
		for (unsigned k = 0; k < ENTRIES; k++) {
			if (mid[k] == 0)
				continue;
			pages++;
			for (unsigned n = 0; n < ENTRIES; n++)
				if (table(mid[k])[n] != 0)
					seen(context,
					    ((uint64_t)i * ENTRIES * ENTRIES +
						k * ENTRIES + n) *
						PAGE_SIZE,
					    table(mid[k])[n]);
		}
	}
	return pages;
}
