/* cap_move: the modes that make, narrow, move and end capabilities. */
#include "kernel.h"

/* The port of the badge that a capability refers to. */
static struct port *
port_of(const struct capability *c)
{
	return ((struct badge *)c->object)->port;
}

enum error
cap_derive(struct call *call)
{
	struct capability *c = call->c[0], *new;
	uint64_t expiry = call->a[3];

	if (!(c->rights & RIGHT_DERIVE) || (call->a[2] & ~(uint64_t)c->rights))
		return REFUSE(E_NO_RIGHTS, "more rights than it has");
	if (!revoke_step())
		return E_AGAIN;
	new = capability_new(
	    call->space, c->type, c->object, (uint32_t)call->a[2], c);
	call->result = capability_handle(new);
	new->pages = c->pages;
	if (c->type == OBJECT_PORT) {
		((struct badge *)c->object)->references++;
		if (new->rights & RIGHT_RECEIVE)
			port_receivers((struct badge *)c->object, 1);
	} else if (c->type >= OBJECT_SPACE) {
		object_get(c->object);
	}
	if (c->type != OBJECT_MEMORY) {
		if (expiry == 0 || (c->expiry != 0 && c->expiry < expiry))
			expiry = c->expiry;
		new->expiry = expiry;
	}
	return E_OK;
}

/* Pages [first, first + count) of memory in a new entry below parent. */
static enum error
give_range(struct call *call, struct capability *parent, uint32_t rights,
    uint64_t first, uint64_t count)
{
	struct capability *c = call->c[0];
	struct capability *new = capability_new(call->space, OBJECT_MEMORY,
	    (void *)(c->base + first * PAGE_SIZE), rights, parent);

	new->pages = (uint32_t)count;
	call->result = capability_handle(new);
	return E_OK;
}

/* a2 rights, a3 first page, a4 pages. */
enum error
cap_range(struct call *call)
{
	struct capability *c = call->c[0];

	if (!(c->rights & RIGHT_DERIVE) || (call->a[2] & ~(uint64_t)c->rights))
		return REFUSE(E_NO_RIGHTS, "more rights than it has");
	if (call->a[3] > c->pages || call->a[4] > c->pages - call->a[3])
		return REFUSE(E_RANGE, "not within the memory");
	if (!revoke_step())
		return E_AGAIN;
	return give_range(
	    call, c, (uint32_t)call->a[2], call->a[3], call->a[4]);
}

/* The entry keeps a2 pages; the rest becomes its sibling. */
enum error
cap_split(struct call *call)
{
	struct capability *c = call->c[0];
	uint64_t rest = c->pages - call->a[2];

	if (call->a[2] > c->pages)
		return REFUSE(E_RANGE, "not within the memory");
	if (c->mapped != 0 || !list_empty(&c->children))
		return REFUSE(E_STATE, "mapped, or derived from");
	c->pages = (uint32_t)call->a[2];
	(void)give_range(call, NULL, c->rights, c->pages, rest);
	list_insert(&c->siblings,
	    &capability_find(call->space, call->result)->siblings);
	return E_OK;
}

enum error
cap_badge(struct call *call)
{
	struct capability *c = call->c[0];
	uint32_t rights = (uint32_t)call->a[2];
	struct badge *badge;
	enum error e;

	if ((call->a[2] & ~(uint64_t)(RIGHT_SEND | RIGHT_SIGNAL |
			      RIGHT_DERIVE)) ||
	    call->a[4] > SHARE_MAX)
		return REFUSE(E_INVALID, "rights or share");
	if (!revoke_step())
		return E_AGAIN;
	e = badge_create(
	    call->space, port_of(c), call->a[3], call->a[4], &badge);
	return e == E_OK ? call_give(call, OBJECT_PORT, badge, rights, c) : e;
}

/* A SEND_ONCE for port a3 below c: it dies, and says so, with c. */
enum error
cap_reply(struct call *call)
{
	struct message_node *reply;
	enum error e = reply_create(
	    call->space, port_of(call->c[3]), call->a[4], &reply);

	return e == E_OK ? call_give(call, OBJECT_REPLY, reply,
			       RIGHT_SEND_ONCE, call->c[0])
			 : e;
}

enum error
cap_stage(struct call *call)
{
	enum error e = space_stage(call->task);

	if (e == E_OK)
		e = capability_reserve(call->task->stage, 1);
	if (e != E_OK)
		return e;
	if (call->c[0]->mapped != 0)
		return REFUSE(E_STATE, "mapped memory stays");
	if (!revoke_step())
		return E_AGAIN;
	call->result = capability_handle(
	    capability_accept(call->c[0], call->task->stage));
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
	if (list_empty(&call->c[0]->children))
		return E_OK;
	revoke_start(call->c[0]);
	(void)revoke_step();
	return E_AGAIN;
}

enum error
cap_destroy(struct call *call)
{
	if (!(call->c[0]->rights & RIGHT_DESTROY))
		return REFUSE(E_NO_RIGHTS, "may not destroy it");
	port_destroy(port_of(call->c[0]));
	return E_OK;
}

/* What sees a space or, for 0, the one being staged. */
static enum error
space_of(struct call *call, struct space **out)
{
	enum error e;

	if (call->c[0] != NULL) {
		*out = (struct space *)call->c[0]->object;
		return E_OK;
	}
	e = space_stage(call->task);
	*out = call->task->stage;
	return e;
}

enum error
cap_quota(struct call *call)
{
	uint64_t kind = call->a[2], n = call->a[3];
	struct space *from = call->space, *to;
	enum error e = space_of(call, &to);

	if (e != E_OK)
		return e;
	if (kind >= QUOTA_KINDS || from->left[kind] < n)
		return REFUSE(E_QUOTA, "no such quota, or not so much");
	from->left[kind] -= n;
	quota_give(to, kind, n);
	return E_OK;
}

/* Type, whether it is mapped or derived from, rights, pages or base. */
enum error
cap_query(struct call *call)
{
	const struct capability *c = call->c[0];

	call->result = c->type | (uint64_t)!list_empty(&c->children) << 4 |
	    (uint64_t)c->rights << 8 | (uint64_t)c->pages << 32;
	if (call->a[2] != 0)
		call->result = c->type == OBJECT_MEMORY ? c->base : c->expiry;
	return E_OK;
}

enum error
cap_fault_port(struct call *call)
{
	struct space *space;
	enum error e = space_of(call, &space);

	if (e != E_OK)
		return e;
	if (space->fault != NULL)
		badge_put(space->fault);
	space->fault = (struct badge *)call->c[3]->object;
	space->fault->references++;
	return E_OK;
}

enum error
cap_stage_into(struct call *call)
{
	struct space *space;

	space_unstage(call->task);
	if (call->c[0] == NULL)
		return E_OK;
	space = (struct space *)call->c[0]->object;
	if (space->state != SPACE_STOPPED)
		return REFUSE(E_STATE, "the space is not dead");
	space->state = SPACE_STAGING;
	call->task->stage = space;
	object_get(&space->object);
	return E_OK;
}
