/* space: its life from staging to death, quotas, page tables. */
#include "space.h"
#include "kernel.h"

enum { STEP = 32 };

enum error
quota_check(struct space *space, enum quota kind, uint64_t n)
{
	return space->left[kind] >= n
	    ? E_OK
	    : REFUSE(E_QUOTA, "the space's quota is used up");
}

void
quota_take(struct space *space, enum quota kind, uint64_t n)
{
	space->left[kind] -= n;
}

void
quota_give(struct space *space, enum quota kind, uint64_t n)
{
	while (space->state == SPACE_DEAD && space->parent != NULL)
		space = space->parent;
	space->left[kind] += n;
}

void
payer_get(struct space *space)
{
	space->payers++;
}

void
payer_put(struct space *space)
{
	/* The dead ones that only their children kept go with them. */
	while (space != NULL && --space->payers == 0 &&
	    space->state == SPACE_DEAD) {
		struct space *parent = space->parent;

		slab_free(SLAB_SPACE, space);
		space = parent;
	}
}

enum error
space_create(struct space *parent, struct space **out)
{
	enum error e = quota_check(parent, QUOTA_TASKS, 1);
	enum hal_map_result r;
	struct space *space;
	paddr_t page;

	if (e != E_OK)
		return e;
	space = slab_allocate(SLAB_SPACE);
	if (space == NULL)
		return REFUSE(E_NO_MEMORY, "no page for the space");
	while ((r = hal_space_init(&space->hal)) != HAL_MAPPED) {
		page = r == HAL_WANTS_PAGE ? page_allocate() : 0;
		if (page == 0) {
			while ((page = hal_space_take(&space->hal)) != 0)
				page_free(page);
			slab_free(SLAB_SPACE, space);
			return REFUSE(E_NO_MEMORY, "no page for tables");
		}
		hal_space_give(&space->hal, page);
	}
	quota_take(parent, QUOTA_TASKS, 1);
	payer_get(parent);
	payer_get(space); /* its own, until it is dead */
	space->object.type = OBJECT_SPACE;
	space->object.references = 1;
	space->parent = parent;
	list_init(&space->tasks);
	list_init(&space->mappings);
	*out = space;
	return E_OK;
}

enum error
space_map(struct space *space, vaddr_t address, paddr_t page, size_t count,
    uint32_t protection, bool device)
{
	enum hal_map_result r;

	while ((r = hal_space_map(&space->hal, address, page, count,
		    protection & VM_PROTECTION_MASK, device)) ==
	    HAL_WANTS_PAGE) {
		paddr_t table = page_allocate();

		if (table == 0)
			return REFUSE(E_NO_MEMORY, "no page for tables");
		hal_space_give(&space->hal, table);
	}
	return r == HAL_MAPPED
	    ? E_OK
	    : REFUSE(E_NO_MEMORY, "the machine cannot map more");
}

enum error
space_stage(struct task *task)
{
	return task->stage != NULL ? E_OK
				   : space_create(task->space, &task->stage);
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

bool
space_kill(struct space *space, uint64_t status, struct task *self)
{
	for (unsigned i = 0; i < STEP; i++) {
		struct link *link = space->tasks.next;

		/* The caller is last, for it has to ask again. */
		if (self != NULL && link == &self->of_space &&
		    link->next != &space->tasks)
			link = link->next;
		if (link == &space->tasks)
			return true;
		task_kill(CONTAINER(link, struct task, of_space), status);
	}
	return list_empty(&space->tasks);
}

void
space_stop(struct space *space)
{
	space->state = SPACE_STOPPING;
	space->scan = 0;
	object_work(&space->object);
}

/* Deletes what it finds next in the table: all, or only replies.  False when
 * the table is through. */
static bool
clean_table(struct space *space, bool all)
{
	uint32_t at = space->scan;
	struct capability *c;

	if (at >= space->table.fresh)
		return false;
	c = capability_next(space, &space->scan, STEP);
	if (c != NULL && (all || c->object->type == OBJECT_REPLY) &&
	    !capability_delete(c))
		space->scan = at;
	return true;
}

/* Unmaps some; KEEP mappings are at the end.  False when through. */
static bool
clean_mappings(struct space *space, bool all)
{
	struct mapping *m =
	    CONTAINER(space->mappings.next, struct mapping, of_space);

	if (list_empty(&space->mappings) ||
	    (!all && (m->protection & VM_KEEP)))
		return false;
	(void)mapping_step(m);
	return true;
}

static void
stopped(struct space *space)
{
	space->state = SPACE_STOPPED;
	space->scan = 0;
	if (space->watch != NULL) {
		watch_fire(space->watch, space->status);
		space->watch = NULL;
	}
}

/* Some of the machine's tables; at last our own.  False: there are more. */
static bool
free_tables(struct space *space)
{
	for (unsigned i = 0; i < STEP; i++) {
		paddr_t page = hal_space_take(&space->hal);

		if (page == 0) {
			table_free(&space->table);
			return true;
		}
		page_free(page);
	}
	return false;
}

static void
dead(struct space *space)
{
	struct space *parent = space->parent;

	if (space->fault != NULL)
		badge_put(space->fault);
	space->state = SPACE_DEAD;
	for (unsigned i = 0; i < QUOTA_KINDS; i++)
		quota_give(space, i, space->left[i]);
	quota_give(parent, QUOTA_TASKS, 1);
	payer_put(space);
}

bool
space_step(struct space *space)
{
	bool all = space->state == SPACE_STOPPED;

	if (space->state != SPACE_STOPPING && space->object.references != 0)
		return true;
	if (space->state == SPACE_DEAD)
		return true;
	for (unsigned i = 0; i < STEP; i++) {
		if (clean_table(space, all) || clean_mappings(space, all))
			continue;
		if (!all) {
			stopped(space);
			if (space == init_life.space)
				init_restart();
			return space->object.references != 0;
		}
		if (!free_tables(space))
			return false;
		dead(space);
		return true;
	}
	return false;
}
