/*
 * memory: objects made of pages, and their mappings.
 *
 * An object's pages come when they are first touched, zeroed; its quota is
 * taken whole when it is made, so a touch never fails for want of it.  The
 * pages hang in a radix tree of as many levels as its size needs.
 *
 * A mapping shows pages [offset, offset + pages) of an object at an address.
 * It is a node of the derivation tree, and of its space's tree of addresses
 * (a treap: the priority is a hash of the address).  Where all spaces share
 * addresses there is one such tree for all.
 */
#pragma once

#include "port.h"

struct task;

enum { MAPPING_AREA = 1u << 31 }; /* in limit: a task's, not to be unmapped */

struct memory {
	struct object object; /* OBJECT_MEMORY */
	uint64_t pages;
	paddr_t root; /* of the radix tree; of fixed memory its first page */
	uint32_t height; /* levels of directories above the page */
	uint32_t pins; /* pages held for devices */
	bool fixed; /* contiguous, and not the kernel's to free */
	bool device; /* fixed, and no RAM: uncached */
	struct badge *pager; /* fills absent pages, or NULL; a reference */
	struct space *payer; /* of the pages; a reference */
	struct link mappings; /* mapping.of_memory */
};

struct mapping {
	struct object object; /* OBJECT_MAPPING */
	struct capability node; /* in the derivation tree */
	struct mapping *left, *right; /* lower and higher addresses */
	vaddr_t address;
	uint64_t pages;
	uint64_t offset; /* pages into the object */
	uint32_t protection; /* VM_READ | VM_WRITE | VM_EXECUTE | VM_KEEP */
	uint32_t limit; /* what the capability allowed; MAPPING_AREA */
	struct memory *memory; /* a reference */
	struct space *space;
	struct link of_space, of_memory;
};

uint64_t vm_allocate(struct task *task, uint64_t *a);
uint64_t vm_deallocate(struct task *task, uint64_t *a);

/* An object of that many pages, paid by payer; the reference is the caller's.
 * E_QUOTA, E_NO_MEMORY. */
NODISCARD enum error memory_create(
    struct space *payer, uint64_t pages, struct memory **out);
/* An object of memory that is there already: the boot archive, a device. */
NODISCARD enum error memory_create_fixed(struct space *payer, paddr_t base,
    uint64_t pages, bool device, struct memory **out);
/* The page at index; absent ones are made if fill. 0 if absent or no RAM. */
paddr_t memory_page(struct memory *memory, uint64_t index, bool fill);
/* Puts a page at index of an object that has none there. */
NODISCARD enum error memory_put(
    struct memory *memory, uint64_t index, paddr_t page);
bool memory_step(struct memory *memory); /* frees; true when done */

/* What of an object a mapping shows, and where. */
struct view {
	vaddr_t hint; /* taken if it is free; 0: anywhere */
	uint64_t offset, pages;
	uint32_t protection; /* VM_READ | VM_WRITE | VM_EXECUTE | options */
	uint32_t limit; /* what VM_PROTECT may make of it */
};

/* Maps a view of memory in space.  The mapping is below parent, or a root.
 * E_QUOTA, E_NO_MEMORY, E_RANGE. */
NODISCARD enum error mapping_create(struct space *space, struct memory *memory,
    const struct view *view, struct capability *parent, struct mapping **out);
/* The mapping with the highest address below end, or NULL; it may be another
 * space's where all share addresses. */
struct mapping *mapping_below(struct space *space, vaddr_t end);
/* No mapping of the space crosses that address any more.  E_QUOTA,
 * E_NO_MEMORY. */
NODISCARD enum error mapping_cut(struct space *space, vaddr_t at);
/* Gives some pages from *first on, and later ones when they come, another
 * protection; advances *first. */
NODISCARD enum error mapping_protect(
    struct mapping *mapping, uint64_t *first, uint32_t protection);
/* Unmaps some pages; true when none is left and the mapping is freed. */
bool mapping_step(struct mapping *mapping);

/* A fault of the current task: E_OK if it can go on, else what is to be told
 * (E_RANGE: nothing there; E_NO_RIGHTS; E_UNAVAILABLE: the pager's turn, with
 * *memory and *index; E_NO_MEMORY). */
NODISCARD enum error mapping_fault(struct space *space, vaddr_t address,
    enum fault_kind kind, struct memory **memory, uint64_t *index);
