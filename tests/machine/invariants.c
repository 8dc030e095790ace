/*
 * invariants: the kernel's books are done again and compared.
 *
 * The linker puts functions from here in front of the kernel's allocator, so
 * we know every living object; each free one is poisoned for the address
 * sanitizer.  Everything that must add up (references, quotas, pages, shares,
 * rings) is then counted from the objects themselves.
 */
#include "invariants.h"

#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/kernel.h"

#include "script.h"

enum { GRAIN = 16, LONG = 1 << 20, LIVE_MAX = 1 << 18 };

static void
broken(const char *what, const void *where)
{
	fprintf(stderr, "invariant broken after %llu traps: %s (%p)\n",
	    (unsigned long long)machine.traps, what, where);
	abort();
}

#define MUST(condition, what, where) \
	((condition) ? (void)0 : broken(what, where))

/* --- the kernel's variables ------------------------------------------------*/

extern char __start_kernel_bss[] __attribute__((weak));
extern char __stop_kernel_bss[] __attribute__((weak));
extern char __start_kernel_data[] __attribute__((weak));
extern char __stop_kernel_data[] __attribute__((weak));

/* By hand: memcpy would stop at what lies between two variables. */
__attribute__((no_sanitize("address"))) static void
copy_bytes(volatile char *to, const volatile char *from, size_t size)
{
	for (size_t i = 0; i < size; i++)
		to[i] = from == NULL ? 0 : from[i];
}

static void
put_back_variables(void)
{
	static char *data;
	size_t size = (size_t)(__stop_kernel_data - __start_kernel_data);

	if (data == NULL) {
		data = malloc(size);
		copy_bytes(data, __start_kernel_data, size);
	}
	copy_bytes(__start_kernel_data, data, size);
	copy_bytes(__start_kernel_bss, NULL,
	    (size_t)(__stop_kernel_bss - __start_kernel_bss));
}

enum error
refuse(enum error error, const char *why, const char *where)
{
	(void)where;
	machine.why = why;
	return error;
}

/* --- living objects --------------------------------------------------------*/

static const size_t sizes[SLABS] = {
	[SLAB_CAPABILITIES] = PAGE_SIZE,
	[SLAB_PORT] = sizeof(struct port),
	[SLAB_BADGE] = sizeof(struct badge),
	[SLAB_MESSAGE] = sizeof(struct message_node),
	[SLAB_WATCH] = sizeof(struct watch),
	[SLAB_MEMORY] = sizeof(struct memory),
	[SLAB_MAPPING] = sizeof(struct mapping),
	[SLAB_SPACE] = sizeof(struct space),
	[SLAB_TASK] = sizeof(struct task),
	[SLAB_INTERRUPT] = sizeof(struct interrupt),
};

static void **live[SLABS];
static size_t live_count[SLABS];

/* What we know of the 16 bytes at each address of RAM. */
struct grain {
	uint32_t position; /* in live[], plus 1; 0: no living object */
	uint32_t kind;
	uint32_t references, payers, receivers; /* counted */
	uint32_t extra_references, extra_payers; /* the boot code's own */
	uint64_t serial; /* of this object, never reused */
};
static struct grain *grains;
static size_t grain_count;
static uint64_t last_serial;

static struct grain *
grain_of(const void *object)
{
	size_t at = (size_t)((const uint8_t *)object - machine_ram) / GRAIN;

	MUST(at < grain_count, "a pointer out of RAM", object);
	return &grains[at];
}

static void
live_add(enum slab kind, void *object)
{
	struct grain *g = grain_of(object);

	if (live[kind] == NULL)
		live[kind] = malloc(LIVE_MAX * sizeof(void *));
	MUST(g->position == 0, "allocated twice", object);
	MUST(live_count[kind] < LIVE_MAX, "too many objects", object);
	live[kind][live_count[kind]++] = object;
	*g = (struct grain){ .position = (uint32_t)live_count[kind],
		.kind = kind,
		.serial = ++last_serial };
}

static void
live_remove(enum slab kind, void *object)
{
	struct grain *g = grain_of(object);
	void *last = live[kind][--live_count[kind]];

	MUST(g->position != 0 && g->kind == kind, "freed twice", object);
	live[kind][g->position - 1] = last;
	grain_of(last)->position = g->position;
	g->position = 0;
}

static bool
is_live(enum slab kind, const void *object)
{
	const struct grain *g = grain_of(object);

	return g->position != 0 && g->kind == kind;
}

static size_t
rounded(enum slab kind)
{
	return (sizes[kind] + GRAIN - 1) / GRAIN * GRAIN;
}

void *__real_slab_allocate(enum slab slab);
void __real_slab_free(enum slab slab, void *object);
struct slab_page *__real_slab_page(enum slab slab);
paddr_t __real_page_allocate(void);
void __real_page_free(paddr_t page);
void *__wrap_slab_allocate(enum slab slab);
void __wrap_slab_free(enum slab slab, void *object);
struct slab_page *__wrap_slab_page(enum slab slab);
paddr_t __wrap_page_allocate(void);
void __wrap_page_free(paddr_t page);

void *
__wrap_slab_allocate(enum slab slab)
{
	void *object = __real_slab_allocate(slab);

	if (object == NULL)
		return NULL;
	__asan_unpoison_memory_region(object, rounded(slab));
	__asan_unpoison_memory_region(
	    (void *)((uintptr_t)object & -(uintptr_t)PAGE_SIZE),
	    sizeof(struct slab_page));
	live_add(slab, object);
	return object;
}

void
__wrap_slab_free(enum slab slab, void *object)
{
	const struct object *head = object;
	bool has_head = slab != SLAB_CAPABILITIES && slab != SLAB_WATCH;

	MUST(!has_head || !head->working, "freed while it waits for work",
	    object);
	live_remove(slab, object);
	__real_slab_free(slab, object);
	__asan_poison_memory_region(object, rounded(slab));
}

struct slab_page *
__wrap_slab_page(enum slab slab)
{
	struct slab_page *page = __real_slab_page(slab);

	if (page == NULL)
		return NULL;
	__asan_unpoison_memory_region(page, PAGE_SIZE);
	if (slab == SLAB_CAPABILITIES)
		live_add(slab, page);
	return page;
}

paddr_t
__wrap_page_allocate(void)
{
	paddr_t page = __real_page_allocate();

	if (page != 0)
		__asan_unpoison_memory_region(hal_physical(page), PAGE_SIZE);
	return page;
}

void
__wrap_page_free(paddr_t page)
{
	MUST(page != 0 && page % PAGE_SIZE == 0, "no page", hal_physical(page));
	__real_page_free(page);
	__asan_poison_memory_region(hal_physical(page), PAGE_SIZE);
}

/* --- baseline --------------------------------------------------------------*/

static bool noted; /* the first check was made */
static uint64_t all_pages, all_quota[QUOTA_KINDS];
static struct grain machine_grain, tables_grain;

static struct grain *
counts_of(const void *object)
{
	if (object == &kernel_machine)
		return &machine_grain;
	if (object == &kernel_tables)
		return &tables_grain;
	return grain_of(object);
}

void
invariants_reset(void)
{
	put_back_variables();
	if (grain_count != machine_ram_pages() * PAGE_SIZE / GRAIN) {
		free(grains);
		grain_count = machine_ram_pages() * PAGE_SIZE / GRAIN;
		grains = calloc(grain_count, sizeof *grains);
	} else {
		for (unsigned kind = 0; kind < SLABS; kind++)
			for (size_t i = 0; i < live_count[kind]; i++)
				grain_of(live[kind][i])->position = 0;
	}
	memset(live_count, 0, sizeof live_count);
	machine_grain = tables_grain = (struct grain){ 0 };
	noted = false;
	__asan_poison_memory_region(
	    machine_ram + (1 + MACHINE_ARCHIVE_PAGES) * PAGE_SIZE,
	    (machine_ram_pages() - 1 - MACHINE_ARCHIVE_PAGES) * PAGE_SIZE);
}

/* --- counting --------------------------------------------------------------*/

#define EACH(type, name, kind)                                             \
	for (size_t i_##name = 0; i_##name < live_count[kind]; i_##name++) \
		for (type *name = live[kind][i_##name]; name != NULL;      \
		     name = NULL)

static void
ring(const struct link *head, const void *where)
{
	const struct link *l = head;

	for (unsigned n = 0;; n++) {
		MUST(n < LONG, "an endless ring", where);
		MUST(l->next != NULL && l->next->prev == l, "a broken ring",
		    where);
		l = l->next;
		if (l == head)
			return;
	}
}

static void
linked(const struct link *l, const void *where)
{
	MUST(l->next != NULL && l->next->prev == l && l->prev->next == l,
	    "not in its ring", where);
}

static unsigned
length(const struct link *head)
{
	unsigned n = 0;

	ring(head, head);
	for (const struct link *l = head->next; l != head; l = l->next)
		n++;
	return n;
}

static uint64_t used[QUOTA_KINDS];

static const struct object *
family(const struct object *object)
{
	return object->type == OBJECT_MAPPING
		   ? &((const struct mapping *)object)->memory->object
		   : family_of((struct object *)object);
}

/* A capability, wherever it is kept: its place in the tree, its object. */
static void
count_capability(const struct capability *c)
{
	const struct object *o = c->object;

	linked(&c->siblings, c);
	ring(&c->children, c);
	for (const struct link *l = c->children.next; l != &c->children;
	     l = l->next) {
		const struct capability *child =
		    CONTAINER(l, const struct capability, siblings);

		MUST(child->object != NULL, "a child without an object", c);
		MUST(family(child->object) == family(o),
		    "a child of another family", child);
		if (child->object->type == OBJECT_MEMORY)
			MUST((child->rights & ~c->rights) == 0,
			    "a child has more rights", child);
		if (child->object->type != OBJECT_MAPPING)
			continue;
		MUST((((struct mapping *)child->object)->protection &
			 VM_PROTECTION_MASK & ~c->rights) == 0,
		    "a mapping shows more than its capability allows", child);
	}
	if (o->type == OBJECT_MAPPING)
		return;
	counts_of(o)->references++;
	if (c->rights & RIGHT_RECEIVE) {
		MUST(o->type == OBJECT_PORT, "RECEIVE on no port", c);
		grain_of(((struct badge *)o)->port)->receivers++;
	}
	if (c->watch != NULL) {
		MUST(is_live(SLAB_WATCH, c->watch), "a freed watch", c);
		grain_of(c->watch)->references++;
	}
}

static void
count_tables(void)
{
	EACH(struct slab_page, page, SLAB_CAPABILITIES)
	{
		const struct capability *c = (struct capability *)page;

		MUST(is_live(SLAB_SPACE, page->space) &&
			 page->space->state != SPACE_DEAD,
		    "a table of no space", page);
		for (unsigned k = 1; k < TABLE_SLOTS; k++) {
			if (c[k].object == NULL)
				continue;
			MUST(c[k].generation != 0, "generation 0", &c[k]);
			MUST(page->space->state != SPACE_STOPPED ||
				 c[k].object->type != OBJECT_REPLY,
			    "a stopped space holds a reply", &c[k]);
			count_capability(&c[k]);
			used[QUOTA_CAPABILITIES]++;
		}
	}
}

static void
port_reference(const struct port *port, const void *from)
{
	MUST(is_live(SLAB_PORT, port), "refers to a freed port", from);
	grain_of(port)->references++;
}

static bool
in_ram(const void *at)
{
	return (const uint8_t *)at >= machine_ram &&
	       (const uint8_t *)at < machine_ram + grain_count * GRAIN;
}

/* The root of all spaces is no slab object. */
static void
payer_reference(const struct space *space, const void *from)
{
	if (!in_ram(space))
		return;
	MUST(is_live(SLAB_SPACE, space), "its payer is freed", from);
	grain_of(space)->payers++;
}

static void
count_slots(const struct capability slots[MESSAGE_SLOTS])
{
	for (unsigned k = 0; k < MESSAGE_SLOTS; k++)
		if (slots[k].object != NULL)
			count_capability(&slots[k]);
}

static void
count_badge(const struct badge *b)
{
	used[QUOTA_SLOTS] += b->share_size;
	payer_reference(b->payer, b);
	if (b->room != NULL)
		port_reference(b->room, b);
	MUST(
	    length(&b->share) <= b->share_size, "a badge is over its share", b);
}

static void
count_ports(void)
{
	EACH(struct port, port, SLAB_PORT)
	{
		count_badge(&port->self);
		payer_reference(port->owner, port);
		used[QUOTA_SLOTS]++;
		if (port->self.object.references != 0)
			port_reference(port, port);
	}
	EACH(struct badge, badge, SLAB_BADGE)
	{
		count_badge(badge);
		port_reference(badge->port, badge);
	}
	EACH(struct message_node, m, SLAB_MESSAGE)
	{
		count_slots(m->slots);
		if (m->object.type != OBJECT_REPLY)
			continue;
		port_reference(m->node.port, m);
		payer_reference(m->payer, m);
		used[QUOTA_SLOTS]++;
	}
	EACH(struct watch, watch, SLAB_WATCH)
	{
		port_reference(watch->node.port, watch);
		payer_reference(watch->payer, watch);
		used[QUOTA_SLOTS]++;
		if (watch->node.link.next != NULL)
			grain_of(watch)->references++;
	}
	EACH(struct interrupt, interrupt, SLAB_INTERRUPT)
	{
		port_reference(interrupt->port, interrupt);
	}
}

static void
count_memory(void)
{
	EACH(struct mapping, m, SLAB_MAPPING)
	{
		used[QUOTA_CAPABILITIES]++;
		counts_of(m->memory)->references++;
		count_capability(&m->node);
		linked(&m->of_space, m);
		linked(&m->of_memory, m);
	}
	EACH(struct memory, memory, SLAB_MEMORY)
	{
		if (!memory->fixed)
			used[QUOTA_PAGES] += memory->pages;
		payer_reference(memory->payer, memory);
		if (memory->pager != NULL)
			counts_of(memory->pager)->references++;
	}
}

static void
space_reference(const struct space *space, const void *from)
{
	MUST(is_live(SLAB_SPACE, space) && space->state != SPACE_DEAD,
	    "refers to a dead space", from);
	grain_of(space)->references++;
}

static void
count_watch(const struct watch *watch)
{
	if (watch == NULL)
		return;
	MUST(is_live(SLAB_WATCH, watch), "a freed watch", watch);
	grain_of(watch)->references++;
}

static void
count_tasks(void)
{
	EACH(struct task, task, SLAB_TASK)
	{
		count_slots(task->fault.slots);
		if (task->stop & STOP_DEAD)
			continue;
		used[QUOTA_TASKS]++;
		grain_of(task)->references++;
		space_reference(task->space, task);
		if (task->stage != NULL)
			space_reference(task->stage, task);
		count_watch(task->watch);
		linked(&task->of_space, task);
	}
	EACH(struct space, space, SLAB_SPACE)
	{
		payer_reference(space->parent, space);
		if (space->state == SPACE_DEAD)
			continue;
		used[QUOTA_TASKS]++;
		grain_of(space)->payers++;
		count_watch(space->watch);
		if (space->fault != NULL)
			counts_of(space->fault)->references++;
		for (unsigned k = 0; k < QUOTA_KINDS; k++)
			used[k] += space->left[k];
	}
	/* A fault that waits for its answer holds its task and its port; it
	 * is known by the capability that can answer it. */
	EACH(struct task, task, SLAB_TASK)
	{
		unsigned n = grain_of(&task->fault.object)->references;

		MUST(n <= 1, "two can answer one fault", task);
		MUST((n == 1) == ((task->stop & STOP_FAULT) != 0) ||
			 (task->stop & STOP_DEAD),
		    "a fault that no one can answer", task);
		if (n == 0)
			continue;
		grain_of(task)->references++;
		port_reference(task->fault.node.port, task);
	}
}

static void
count(void)
{
	for (unsigned kind = 0; kind < SLABS; kind++)
		for (size_t i = 0; i < live_count[kind]; i++) {
			struct grain *g = grain_of(live[kind][i]);

			g->references = g->payers = g->receivers = 0;
		}
	/* Objects inside objects: a port's own badge, a task's fault. */
	EACH(struct port, port, SLAB_PORT)
	{
		*grain_of(&port->self) = (struct grain){ 0 };
	}
	EACH(struct task, task, SLAB_TASK)
	{
		*grain_of(&task->fault.object) = (struct grain){ 0 };
	}
	machine_grain.references = tables_grain.references = 0;
	memset(used, 0, sizeof used);
	count_tables();
	count_ports();
	count_memory();
	count_tasks();
}

/* --- comparing -------------------------------------------------------------*/

static void
compare(struct grain *g, uint32_t references, const void *object)
{
	if (!noted)
		g->extra_references = references - g->references;
	MUST(g->references + g->extra_references == references,
	    "references are not what refers to it", object);
}

static void
check_references(void)
{
	unsigned server_and_watcher = 0;

	EACH(struct port, port, SLAB_PORT)
	{
		const struct grain *g = grain_of(port);
		uint32_t n = port->object.references;

		MUST(port->object.type == OBJECT_PORT, "no port", port);
		MUST(g->references <= n, "a port is referred to more", port);
		server_and_watcher += n - g->references;
		MUST(g->receivers == port->receivers, "receivers", port);
		MUST(port->receivers != 0 || port->object.dead,
		    "a port without receiver lives", port);
		MUST(n != 0 || port->object.working,
		    "a port that no one refers to is not freed", port);
		compare(grain_of(&port->self), port->self.object.references,
		    &port->self);
	}
	MUST(server_and_watcher <= 2, "ports are referred to by no one", NULL);
	EACH(struct badge, badge, SLAB_BADGE)
	{
		compare(grain_of(badge), badge->object.references, badge);
		MUST((badge->object.references == 0) ==
			 (badge->gone.link.next != NULL),
		    "a badge is gone and no one is told", badge);
	}
	EACH(struct message_node, m, SLAB_MESSAGE)
	{
		bool waits = m->node.link.next != NULL;

		if (m->object.type == OBJECT_REPLY)
			MUST(grain_of(m)->references + waits == 1,
			    "an answer that no one can give", m);
		else
			MUST(waits, "a message is lost", m);
	}
	EACH(struct watch, watch, SLAB_WATCH)
	{
		if (grain_of(watch)->references != 1)
			fprintf(stderr, "event %u, %u times\n",
			    watch->node.event, grain_of(watch)->references);
		MUST(grain_of(watch)->references == 1, "a lost watch", watch);
	}
	EACH(struct memory, memory, SLAB_MEMORY)
	{
		uint32_t n = memory->object.references;

		compare(grain_of(memory), n, memory);
		MUST(n != 0 || memory->object.working || memory->pins != 0,
		    "memory that no one refers to is not freed", memory);
	}
	EACH(struct interrupt, interrupt, SLAB_INTERRUPT)
	{
		compare(grain_of(interrupt), interrupt->object.references,
		    interrupt);
	}
	EACH(struct task, task, SLAB_TASK)
	{
		compare(grain_of(task), task->object.references, task);
	}
	compare(&machine_grain, kernel_machine.references, &kernel_machine);
	compare(&tables_grain, kernel_tables.object.references, &kernel_tables);
}

static void
check_spaces(void)
{
	EACH(struct space, space, SLAB_SPACE)
	{
		struct grain *g = grain_of(space);

		if (!noted)
			g->extra_payers = space->payers - g->payers;
		MUST(g->payers + g->extra_payers == space->payers,
		    "payers are not what it pays for", space);
		if (space->state == SPACE_DEAD)
			continue;
		compare(g, space->object.references, space);
		MUST(space->object.references != 0 || space->object.working,
		    "a space that no one refers to is not freed", space);
		MUST((space->state == SPACE_LIVE) == !list_empty(&space->tasks),
		    "tasks and life do not agree", space);
		ring(&space->mappings, space);
		for (const struct link *l = space->tasks.next;
		     l != &space->tasks; l = l->next)
			MUST(
			    CONTAINER(l, struct task, of_space)->space == space,
			    "another space's task", space);
	}
}

static void
check_quotas(void)
{
	for (unsigned k = 0; k < QUOTA_KINDS; k++) {
		if (!noted)
			all_quota[k] = used[k];
		if (used[k] != all_quota[k])
			fprintf(stderr, "quota %u: %lld too many\n", k,
			    (long long)(used[k] - all_quota[k]));
		MUST(used[k] == all_quota[k], "quotas do not add up", NULL);
	}
}

/* --- queues ----------------------------------------------------------------*/

static void
check_node(const struct node *node, const struct port *port)
{
	struct message_node *m = CONTAINER(node, struct message_node, node);

	MUST(node->port == port || node->event == EVENT_BADGE_GONE,
	    "a node in another port's queue", node);
	if (node->received == RECEIVED_MESSAGE && m->badge != NULL) {
		MUST(is_live(SLAB_MESSAGE, m), "a freed message", m);
		if (m->badge == &port->self)
			return;
		MUST(is_live(SLAB_BADGE, m->badge), "of no badge", m);
		grain_of(m->badge)->receivers++;
	}
}

static void
check_queues(void)
{
	EACH(struct port, port, SLAB_PORT)
	{
		unsigned own = 0;

		ring(&port->queue, port);
		ring(&port->waiters, port);
		for (const struct link *l = port->queue.next; l != &port->queue;
		     l = l->next) {
			const struct node *n =
			    CONTAINER(l, const struct node, link);

			check_node(n, port);
			own += n->received == RECEIVED_MESSAGE &&
			       CONTAINER(n, struct message_node, node)->badge ==
				   &port->self;
		}
		MUST(length(&port->self.share) + own == port->self.share_size,
		    "a share is not whole", port);
		for (const struct link *l = port->waiters.next;
		     l != &port->waiters; l = l->next) {
			const struct task *t =
			    CONTAINER(l, const struct task, link);

			MUST(is_live(SLAB_TASK, t) && t->waiting == port &&
				 (t->stop & (STOP_RECEIVE | STOP_DEAD)) ==
				     STOP_RECEIVE,
			    "waits and does not", t);
		}
		if (list_empty(&port->waiters) || port->object.dead)
			continue;
		MUST(port->bits == 0 && list_empty(&port->queue),
		    "a receiver sleeps at a port with something in it", port);
	}
	EACH(struct badge, badge, SLAB_BADGE)
	{
		MUST(length(&badge->share) + grain_of(badge)->receivers ==
			 badge->share_size,
		    "a share is not whole", badge);
	}
}

/* --- tasks -----------------------------------------------------------------*/

/* In a ready FIFO: all in the ring have its priority, but for one head. */
static void
check_ready(const struct task *task)
{
	const struct link *l = &task->link;
	unsigned heads = 0, n = 0;

	do {
		MUST(n++ < LONG && l->next != NULL && l->next->prev == l,
		    "a broken run queue", task);
		l = l->next;

		const struct task *t = CONTAINER(l, const struct task, link);

		if (!in_ram(t))
			heads++;
		else
			MUST(t->priority == task->priority && t->stop == 0,
			    "in a wrong run queue", t);
	} while (l != &task->link);
	MUST(heads == 1, "a run queue without head", task);
}

static void
check_tasks(void)
{
	unsigned ready = 0;

	EACH(struct task, task, SLAB_TASK)
	{
		bool current = cpus[0].current == task;

		if (task->stop & STOP_DEAD) {
			MUST(!current, "a dead task runs", task);
			continue;
		}
		if (task->stop == 0 && !current) {
			/* One walk covers all of a FIFO; a few will do. */
			if (ready++ < 64)
				check_ready(task);
			linked(&task->link, task);
			MUST(cpus[0].current == NULL ||
				 cpus[0].current->priority >= task->priority,
			    "a lower task runs", task);
		}
		if (task->stop & STOP_RECEIVE)
			linked(&task->link, task);
		else if (task->stop != 0)
			MUST(task->link.next == NULL, "in a ring", task);
		if (current)
			MUST(task->stop == 0 && task->link.next == NULL,
			    "the current task is elsewhere too", task);
		MUST(hal_physical(memory_page(task->area_mapping->memory, 0,
			 false)) == (void *)task->area,
		    "its area is elsewhere", task);
	}
	MUST(cpus[0].current != NULL || ready == 0, "idle with work", NULL);
}

/* --- memory ----------------------------------------------------------------*/

static struct mapping **sorted;
static size_t sorted_count;

static int
by_place(const void *a, const void *b)
{
	const struct mapping *x = *(struct mapping *const *)a;
	const struct mapping *y = *(struct mapping *const *)b;

	if (!machine_one_address_space && x->space != y->space)
		return x->space < y->space ? -1 : 1;
	return x->address < y->address ? -1 : x->address > y->address;
}

static const struct mapping *
mapping_at(const struct space *space, vaddr_t address)
{
	size_t low = 0, high = sorted_count;

	while (low < high) {
		size_t mid = (low + high) / 2;
		const struct mapping *m = sorted[mid];
		bool before =
		    !machine_one_address_space && m->space != space
			? m->space < space
			: m->address + m->pages * PAGE_SIZE <= address;

		if (before)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == sorted_count || sorted[low]->space != space ||
	    sorted[low]->address > address)
		return NULL;
	return sorted[low];
}

/* A page that the machine shows must be one that a mapping lets it show. */
static void
shown(void *context, vaddr_t address, uint64_t entry)
{
	const struct space *space = context;
	const struct mapping *m = mapping_at(space, address);
	uint64_t index;

	MUST(m != NULL, "shows what is not mapped", (void *)address);
	index = m->offset + (address - m->address) / PAGE_SIZE;
	MUST(index < m->memory->pages, "maps beyond the object", m);
	MUST((entry & -(uint64_t)PAGE_SIZE) ==
		 memory_page(m->memory, index, false),
	    "shows another page", m);
	/* In the middle of a change it still shows what it did. */
	MUST((entry & VM_PROTECTION_MASK &
		 ~(uint64_t)(m->protection | m->limit)) == 0,
	    "shows more than the mapping allows", m);
}

static void
check_mappings(void)
{
	sorted_count = live_count[SLAB_MAPPING];
	sorted = realloc(sorted, (sorted_count + 1) * sizeof *sorted);
	if (sorted_count != 0)
		memcpy(
		    sorted, live[SLAB_MAPPING], sorted_count * sizeof *sorted);
	qsort(sorted, sorted_count, sizeof *sorted, by_place);
	for (size_t i = 0; i < sorted_count; i++) {
		struct mapping *m = sorted[i], *next = sorted[i + 1];

		MUST(mapping_below(m->space, m->address + 1) == m,
		    "not in the tree of addresses", m);
		if (i + 1 < sorted_count &&
		    (machine_one_address_space || next->space == m->space))
			MUST(m->address + m->pages * PAGE_SIZE <= next->address,
			    "two mappings at one place", m);
	}
}

/* Pages of a radix tree with its directories. */
static uint64_t
radix(paddr_t page, uint32_t height, uint64_t *leaves)
{
	uint64_t n = 1;

	if (page == 0)
		return 0;
	if (height == 0) {
		++*leaves;
		return 1;
	}
	for (unsigned i = 0; i < 512; i++)
		n += radix(
		    ((paddr_t *)hal_physical(page))[i], height - 1, leaves);
	return n;
}

static void
check_pages(void)
{
	uint64_t leaves = 0, slabs = 0;
	uint64_t n = page_free_count();

	n += radix(kernel_tables.root, kernel_tables.height, &slabs);
	MUST(slabs == kernel_tables.pages, "slab pages", NULL);
	EACH(struct memory, memory, SLAB_MEMORY)
	{
		leaves = 0;
		if (!memory->fixed)
			n += radix(memory->root, memory->height, &leaves);
		MUST(leaves <= memory->pages, "too many pages", memory);
	}
	EACH(struct space, space, SLAB_SPACE)
	{
		if (space->state == SPACE_DEAD)
			continue;
		for (unsigned i = 0; i < TABLE_ROOTS; i++)
			n += space->table.roots[i] != 0;
		n += machine_walk(&space->hal, shown, space);
	}
	if (!noted)
		all_pages = n;
	if (n != all_pages)
		fprintf(stderr, "%lld pages\n", (long long)(n - all_pages));
	MUST(n == all_pages, "pages are lost or found", NULL);
}

void
invariants_check(void)
{
	if (machine.halted)
		return;
	count();
	check_references();
	check_spaces();
	check_quotas();
	check_queues();
	check_tasks();
	check_mappings();
	check_pages();
	noted = true;
}

/* --- for tests ---------------------------------------------------------------*/

static bool
work_left(void)
{
	static const enum slab kinds[] = { SLAB_PORT, SLAB_MEMORY, SLAB_SPACE };

	for (unsigned k = 0; k < 3; k++)
		for (size_t i = 0; i < live_count[kinds[k]]; i++)
			if (((struct object *)live[kinds[k]][i])->working)
				return true;
	return false;
}

void
invariants_settle(void)
{
	for (unsigned i = 0; work_left() && !machine.halted; i++) {
		MUST(i < LONG, "work without end", NULL);
		machine_trap(HAL_TRAP_KICK, 0, 0);
	}
}

static const struct task *
task_of(const struct hal_context *context)
{
	return CONTAINER(context, const struct task, context);
}

struct invariants_counts
invariants_count(void)
{
	struct invariants_counts counts = { 0 };

	invariants_settle();
	invariants_check();
	counts.free_pages = page_free_count();
	for (unsigned kind = SLAB_PORT; kind < SLABS; kind++)
		counts.objects += live_count[kind];
	memcpy(counts.left, init_life.space->left, sizeof counts.left);
	return counts;
}

enum error
invariants_handle(const struct hal_context *task, cap_t handle)
{
	struct capability *c;

	return capability_get(task_of(task)->space, handle, TYPE_ANY, 0, &c);
}

uint64_t
invariants_left(const struct hal_context *task, enum quota kind)
{
	return task_of(task)->space->left[kind];
}

uint64_t
invariants_free_pages(void)
{
	return page_free_count();
}

const struct hal_space *
invariants_space(const struct hal_context *task)
{
	return &task_of(task)->space->hal;
}

uint64_t
invariants_serial(const struct hal_space *hal)
{
	const struct space *space = CONTAINER(hal, const struct space, hal);

	if (!is_live(SLAB_SPACE, space) || space->state == SPACE_DEAD)
		return 0;
	return grain_of(space)->serial;
}

enum error
invariants_handle_in(const struct hal_space *hal, cap_t handle)
{
	struct space *space = CONTAINER(hal, struct space, hal);
	struct capability *c;

	return capability_get(space, handle, TYPE_ANY, 0, &c);
}
