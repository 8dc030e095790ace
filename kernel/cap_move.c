/* cap_move: deriving, dividing, moving and ending; badges, replies and spaces
 * are made where these are. */
#include "kernel.h"

enum error
cap_derive(struct call *call)
{
	struct capability *c = call->c[0];
	uint64_t rights = call->a[2], first = call->a[3], pages = call->a[4];
	paddr_t base = c->base;

	if (!(c->rights & RIGHT_DERIVE) ||
	    (rights & ~(uint64_t)(c->rights & ~RIGHT_DESTROY)))
		return REFUSE(E_NO_RIGHTS, "more rights than it may give");
	/* What is no memory has no pages. */
	if ((pages == 0) == (c->type == OBJECT_MEMORY) || first > c->pages ||
	    pages > c->pages - first)
		return REFUSE(E_RANGE, "not within the memory");
	base += first * PAGE_SIZE;
	if (c->rights & RIGHT_MAKE) {
		if (capability_child(c) == NULL && c->mapped == 0)
			c->address = 0;
		if (c->mapped != 0 || base < c->address)
			return REFUSE(E_STATE, "it is mapped or given away");
		c->address = base + pages * PAGE_SIZE;
	}
	call_give(call, c->type, (void *)base, (uint32_t)rights, c)->pages =
	    (uint32_t)pages;
	return E_OK;
}

enum error
cap_close(struct call *call)
{
	return capability_delete(call->c[0]) ? E_OK : E_AGAIN;
}

enum error
cap_revoke(struct call *call)
{
	if (capability_child(call->c[0]) == NULL)
		return E_OK;
	revoke_start(call->c[0]);
	return E_AGAIN;
}

/* a2 0: rights, type, pages of memory; 1: the bus address. */
enum error
cap_query(struct call *call)
{
	const struct capability *c = call->c[0];

	call->result = c->rights | (uint64_t)c->type << 24 |
	    (uint64_t)c->pages << 32;
	if (call->a[2] == 0)
		return E_OK;
	call->result = c->base;
	return c->rights & (RIGHT_BUS | RIGHT_DEVICE)
	    ? E_OK
	    : REFUSE(E_NO_RIGHTS, "its address is a secret");
}
