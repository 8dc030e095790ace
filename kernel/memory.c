/* memory: maps and unmaps the range of a capability, in steps. */
#include "kernel.h"

enum { MAP_STEP = 256 }; /* pages that one kernel entry maps or unmaps */

bool
memory_unmap(struct capability *c)
{
	struct table_head *page =
	    (struct table_head *)((uintptr_t)c & -(uintptr_t)PAGE_SIZE);
	uint32_t n = c->mapped < MAP_STEP ? c->mapped : MAP_STEP;

	c->mapped -= n;
	if (n != 0)
		hal_space_unmap(&page->space->hal,
		    c->address + (uint64_t)c->mapped * PAGE_SIZE, n);
	return c->mapped == 0;
}

enum error
memory_map(struct space *space, struct capability *c, vaddr_t address,
    uint64_t protection)
{
	uint64_t done = (uint64_t)c->mapped * PAGE_SIZE;
	uint32_t n = c->pages - c->mapped;
	enum error e;

	if ((protection & ~(uint64_t)(c->rights & VM_PROTECTION_MASK)) ||
	    (protection & (VM_WRITE | VM_EXECUTE)) == (VM_WRITE | VM_EXECUTE))
		return REFUSE(E_NO_RIGHTS, "more than it allows, or W and X");
	if (done != 0 && c->address != address) { /* it was refused there */
		(void)memory_unmap(c);
		return E_AGAIN;
	}
	if (n > MAP_STEP)
		n = MAP_STEP;
	c->address = address;
	e = space_map(space, address + done, c->base + done, n, protection,
	    (c->rights & RIGHT_DEVICE) != 0);
	if (e != E_OK)
		return e;
	c->mapped += n;
	return c->mapped == c->pages ? E_OK : E_AGAIN;
}

enum error
vm_allocate(struct call *call)
{
	/* Going on with what was begun is no other use of it. */
	struct capability *c = call->c[0];

	if ((c->rights & RIGHT_MAKE) && capability_child(c) != NULL)
		return REFUSE(E_STATE, "the raw memory is in use");
	call->result = call->a[1];
	return c->mapped == c->pages
	    ? REFUSE(E_STATE, "it is mapped")
	    : memory_map(call->space, c, call->a[1], call->a[2]);
}

enum error
vm_unmap(struct call *call)
{
	return memory_unmap(call->c[0]) ? E_OK : E_AGAIN;
}

/* For who gives memory away and may not, or need not, see it. */
enum error
vm_clear(struct call *call)
{
	const struct capability *c = call->c[0];
	uint64_t first = call->a[2], end = first + CLEAR_PAGES;

	if (first >= c->pages)
		return REFUSE(E_RANGE, "not within the memory");
	if (end > c->pages)
		end = c->pages;
	call->result = end;
	zero(hal_physical(c->base + first * PAGE_SIZE),
	    (end - first) * PAGE_SIZE);
	return E_OK;
}
