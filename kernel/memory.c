/* memory: maps and unmaps the range of a capability, in steps. */
#include "kernel.h"

enum { STEP = 256 }; /* pages that one kernel entry maps or unmaps */

bool
memory_unmap(struct capability *c)
{
	struct slab_page *page =
	    (struct slab_page *)((uintptr_t)c & -(uintptr_t)PAGE_SIZE);
	uint32_t n = c->mapped < STEP ? c->mapped : STEP;

	c->mapped -= n;
	if (n != 0)
		hal_space_unmap(&page->space->hal,
		    c->address + (uint64_t)c->mapped * PAGE_SIZE, n);
	return c->mapped == 0;
}

/* Shows c's pages at a0, with protection a2; goes on where it was. */
static enum error
map(struct call *call, struct space *space, struct capability *c)
{
	uint64_t at = call->a[0], flags = call->a[2];
	uint32_t n = c->pages - c->mapped;
	enum hal_map_result r;

	if ((flags & VM_PROTECTION_MASK & ~(uint64_t)c->rights) ||
	    (flags & (VM_WRITE | VM_EXECUTE)) == (VM_WRITE | VM_EXECUTE))
		return REFUSE(E_NO_RIGHTS, "more than it allows, or W and X");
	if (at % PAGE_SIZE != 0 || at < HAL_USER_LOW || at >= HAL_USER_HIGH ||
	    (HAL_USER_HIGH - at) / PAGE_SIZE < c->pages ||
	    (c->mapped != 0 && c->address != at))
		return REFUSE(E_RANGE, "no such address, or mapped elsewhere");
	if (n > STEP)
		n = STEP;
	c->address = at;
	c->keep = (flags & VM_KEEP) != 0;
	r = hal_space_map(&space->hal, at + (uint64_t)c->mapped * PAGE_SIZE,
	    c->base + (uint64_t)c->mapped * PAGE_SIZE, n,
	    flags & VM_PROTECTION_MASK, (c->rights & RIGHT_DEVICE) != 0);
	if (r == HAL_WANTS_PAGE) {
		enum error e = space_wants_page(space);

		return e == E_OK ? E_AGAIN : e;
	}
	if (r != HAL_MAPPED)
		return REFUSE(E_NO_MEMORY, "the machine cannot map it there");
	c->mapped += n;
	call->result = at;
	return c->mapped == c->pages ? E_OK : E_AGAIN;
}

enum error
vm_map(struct call *call)
{
	return map(call, call->space, call->c[3]);
}

enum error
vm_stage(struct call *call)
{
	struct space *space = call->task->stage;
	struct capability *c =
	    space == NULL ? NULL : capability_find(space, call->a[3]);

	if (c == NULL || c->type != OBJECT_MEMORY)
		return REFUSE(E_INVALID_CAP, "no such memory was staged");
	return map(call, space, c);
}

enum error
vm_unmap(struct call *call)
{
	return memory_unmap(call->c[0]) ? E_OK : E_AGAIN;
}
