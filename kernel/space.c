/* space: making, mapping, cleaning, ending. */
#include "kernel.h"

enum error
space_map(struct space *space, vaddr_t address, paddr_t page, uint32_t count,
    uint64_t protection, bool device)
{
	enum hal_map_result r;

	while ((r = hal_space_map(&space->hal, address, page, count,
		    (unsigned)protection, device)) == HAL_WANTS_PAGE) {
		/* From the end, so that what was never used is one part. */
		if (space->object.room == space->object.room_end)
			return REFUSE(E_NO_MEMORY, "no page for tables");
		space->object.room_end -= PAGE_SIZE;
		hal_space_give(&space->hal,
		    (paddr_t)(space->object.room_end -
			(char *)hal_physical(0)));
	}
	return r == HAL_MAPPED
	    ? E_OK
	    : REFUSE(E_RANGE, "the machine cannot map it there");
}

bool
space_step(struct space *space)
{
	bool all = space->object.ending;
	struct capability *c;

	if ((all || space->killing) && !list_empty(&space->tasks)) {
		task_kill(
		    CONTAINER(space->tasks.next, struct task, of_space));
		return false;
	}
	for (unsigned i = 0;
	     (c = space->table + space->object.clean) < space->fresh; i++) {
		if (i == 64)
			return false;
		if ((uintptr_t)c % PAGE_SIZE != 0 &&
		    (c->type == OBJECT_REPLY ||
			(all && c->type != OBJECT_NONE))) {
			(void)capability_delete(c);
			return false;
		}
		space->object.clean++;
	}
	if (all) {
		capability_embed(&space->faults, NULL);
		hal_space_end(&space->hal);
		space->object.room = (char *)space->fresh;
		return true;
	}
	space->object.clean = 0;
	space->killing = false;
	if (space == init_life.space)
		init_restart();
	return true;
}

/* a2 pages of table follow the first page; the rest is for page tables. */
enum error
cap_space(struct call *call)
{
	uint64_t pages = call->a[2];
	struct space *space;

	if (pages == 0 || pages >= call->c[0]->pages)
		return REFUSE(E_RANGE, "no room for such a table");
	space = object_make(call->c[0], OBJECT_SPACE);
	space->table = space->fresh = (struct capability *)space->object.room;
	space->object.room += pages * PAGE_SIZE;
	space->left = (uint32_t)pages * TABLE_SLOTS;
	list_init(&space->tasks);
	call_give(call, OBJECT_SPACE, space,
	    RIGHT_CONTROL | RIGHT_DESTROY | RIGHT_DERIVE, &space->object.root);
	return E_OK;
}

enum error
cap_stage(struct call *call)
{
	struct space *space = call->c[2]->object;

	if (space->left == 0)
		return REFUSE(E_NO_MEMORY, "the space's table is full");
	call->result =
	    capability_handle(capability_accept(call->c[0], space));
	return E_OK;
}

enum error
cap_faults(struct call *call)
{
	struct space *space = call->c[0]->object;

	capability_embed(&space->faults, call->c[2]);
	return E_OK;
}

/* All tasks of a space, or of the caller's own. */
enum error
signal_space(struct call *call)
{
	struct space *space = call->c[0] == NULL ? call->space
						 : call->c[0]->object;

	if (list_empty(&space->tasks))
		return E_OK;
	space->killing = true;
	object_work(&space->object);
	/* Who ends others goes on, for init has ever new tasks. */
	return call->c[0] == NULL ? E_AGAIN : E_OK;
}
