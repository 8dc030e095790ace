/* space: its life from staging to death, quotas, page tables. */
#include "kernel.h"

enum { STEP = 32 };

void
quota_give(struct space *space, enum quota kind, uint64_t n)
{
	while (space->state == SPACE_DEAD && space->parent != NULL)
		space = space->parent;
	space->left[kind] += n;
}

void
payer_put(struct space *space)
{
	/* The dead ones that only their children kept go with them. */
	while (space != NULL && --space->payers == 0) {
		struct space *parent = space->parent;

		slab_free(SLAB_SPACE, space);
		space = parent;
	}
}

enum error
space_wants_page(struct space *space)
{
	void *page = page_allocate();

	if (page == NULL)
		return REFUSE(E_NO_MEMORY, "no page for tables");
	hal_space_give(&space->hal, page);
	return E_OK;
}

static void
free_tables(struct space *space)
{
	void *page;

	table_free(&space->table);
	while ((page = hal_space_take(&space->hal)) != NULL)
		page_free(page);
}

enum error
space_create(struct space *parent, struct space **out)
{
	struct space *space;
	enum error e = E_OK;

	if (parent->left[QUOTA_TASKS] == 0)
		return REFUSE(E_QUOTA, "no space left in the quota");
	space = slab_allocate(SLAB_SPACE);
	if (space == NULL)
		return REFUSE(E_NO_MEMORY, "no page for the space");
	while (e == E_OK && hal_space_init(&space->hal) == HAL_WANTS_PAGE)
		e = space_wants_page(space);
	if (e != E_OK) {
		free_tables(space);
		slab_free(SLAB_SPACE, space);
		return e;
	}
	parent->left[QUOTA_TASKS]--;
	parent->payers++;
	space->payers = 1; /* itself, until it is dead */
	space->object.type = OBJECT_SPACE;
	space->object.references = 1;
	space->fresh = true;
	space->parent = parent;
	list_init(&space->tasks);
	*out = space;
	return E_OK;
}

enum error
space_stage(struct task *task)
{
	return task->stage != NULL ? E_OK
				   : space_create(task->space, &task->stage);
}

void
space_stop(struct space *space)
{
	space->state = SPACE_STOPPING;
	space->scan = 0;
	object_work(&space->object);
}

void
space_unstage(struct task *task)
{
	struct space *stage = task->stage;

	if (stage == NULL)
		return;
	task->stage = NULL;
	space_stop(stage);
	object_put(&stage->object);
}

/* Takes one entry away if that is due; false when the table is through. */
static bool
clean(struct space *space, bool all)
{
	uint32_t at = space->scan;
	struct capability *c = capability_next(space, &space->scan, STEP);
	bool done = true;

	if (c == NULL)
		return space->scan < space->table.fresh;
	if (all || c->type == OBJECT_REPLY)
		done = capability_delete(c);
	else if (c->type == OBJECT_MEMORY && !c->keep)
		done = memory_unmap(c);
	if (!done)
		space->scan = at;
	return true;
}

static void
die(struct space *space)
{
	free_tables(space);
	if (space->fault != NULL)
		badge_put(space->fault);
	space->state = SPACE_DEAD;
	for (unsigned i = 0; i < QUOTA_KINDS; i++)
		quota_give(space, i, space->left[i]);
	quota_give(space, QUOTA_TASKS, 1);
	payer_put(space);
}

bool
space_step(struct space *space)
{
	bool all = space->object.references == 0;

	for (unsigned i = 0; i < STEP; i++) {
		if (space->state != SPACE_STOPPING && !all)
			return true;
		if (clean(space, all))
			continue;
		space->scan = 0;
		if (all) {
			die(space);
			return true;
		}
		space->state = SPACE_STOPPED;
	}
	return false;
}

/* Kills the tasks of a space, or of the caller's own: it last. */
enum error
signal_space(struct call *call)
{
	struct space *space = call->c[0] == NULL
	    ? call->space
	    : (struct space *)call->c[0]->object;
	struct link *link = space->tasks.next;

	if (link == &call->task->of_space && link->next != &space->tasks)
		link = link->next;
	if (link == &space->tasks)
		return E_OK;
	task_kill(CONTAINER(link, struct task, of_space));
	return E_AGAIN;
}
