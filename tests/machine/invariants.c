/*
 * invariants: the kernel's books are done again and compared.
 *
 * The linker puts a function from here in front of object_make, so we know
 * every object from its beginning; it is gone when its memory is zero again.
 * All of RAM but living objects, and what a new life of init is made of, is
 * poisoned for the address sanitizer.  The parts are invariants_*.c.
 */
#include "books.h"

#include <sanitizer/asan_interface.h>
#include <string.h>

struct known *known;
size_t known_count;

/* A call's own step, the one before it and the one behind it. */
enum { END_STEPS = 1 + 2 * 32, MAP_STEP = 256 };

static size_t known_room;
static uint32_t *owner; /* of each page of RAM: index in known, plus 1 */
static uint64_t owner_pages, last_serial;

_Noreturn void
broken(const char *what, const void *where)
{
	fprintf(stderr, "invariant broken after %llu traps: %s (%p)\n",
	    (unsigned long long)machine.traps, what, where);
	abort();
}

/* --- the kernel's variables ------------------------------------------------*/

extern char __start_kernel_bss[] __attribute__((weak));
extern char __stop_kernel_bss[] __attribute__((weak));
extern char __start_kernel_data[] __attribute__((weak));
extern char __stop_kernel_data[] __attribute__((weak));
/* Of the boot code: tests/unit/kernel/compile names it. */
extern char __start_kernel_boot[] __attribute__((weak));
extern char __stop_kernel_boot[] __attribute__((weak));

/* By hand: memcpy would stop at what lies between two variables. */
__attribute__((no_sanitize("address"))) static void
copy_bytes(volatile char *to, const volatile char *from, size_t size)
{
	for (size_t i = 0; i < size; i++)
		to[i] = from == NULL ? 0 : from[i];
}

/* *first: as they were when this was called first. */
static void
put_back(char *start, const char *stop, char **first)
{
	size_t size = (size_t)(stop - start);

	if (*first == NULL) {
		*first = malloc(size + 1);
		copy_bytes(*first, start, size);
	}
	copy_bytes(start, *first, size);
}

static void
put_back_variables(void)
{
	static char *data, *boot;

	put_back(__start_kernel_data, __stop_kernel_data, &data);
	put_back(__start_kernel_boot, __stop_kernel_boot, &boot);
	copy_bytes(__start_kernel_bss, NULL,
	    (size_t)(__stop_kernel_bss - __start_kernel_bss));
}

bool
in_kernel_variables(const void *at)
{
	const char *p = at;

	return (p >= __start_kernel_bss && p < __stop_kernel_bss) ||
	       (p >= __start_kernel_data && p < __stop_kernel_data);
}

enum error
refuse(enum error error, const char *why, const char *where)
{
	(void)where;
	machine.why = why;
	return error;
}

/* --- living objects --------------------------------------------------------*/

bool
in_ram(const void *at)
{
	return (const uint8_t *)at >= machine_ram &&
	       (const uint8_t *)at < machine_ram + owner_pages * PAGE_SIZE;
}

static uint64_t
page_of(const void *at)
{
	return (uint64_t)((const uint8_t *)at - machine_ram) / PAGE_SIZE;
}

struct known *
object_at(const void *at)
{
	if (!in_ram(at) || owner[page_of(at)] == 0)
		return NULL;
	return &known[owner[page_of(at)] - 1];
}

bool
is_object(const void *start, enum object_type type)
{
	const struct known *k = object_at(start);

	return k != NULL && k->start == start && k->type == type;
}

static void
set_owner(const struct known *k, uint32_t to)
{
	uint64_t first = page_of(k->start);

	for (uint64_t i = 0; i < k->pages; i++)
		owner[first + i] = to;
}

/* What all but the first page of an object's memory was full of. */
#define BEFORE UINT64_C(0xB4B4B4B4B4B4B4B4)

void *__real_object_make(struct capability *memory, enum object_type type);
void *__wrap_object_make(struct capability *memory, enum object_type type);

void *
__wrap_object_make(struct capability *memory, enum object_type type)
{
	struct known k = { .start = hal_physical(memory->base),
		.pages = memory->pages,
		.type = type,
		.serial = ++last_serial };

	for (uint64_t i = 0; i < k.pages; i++)
		MUST(object_at(k.start + i * PAGE_SIZE) == NULL,
		    "an object in another's memory", k.start);
	if (known_count == known_room) {
		known_room = known_room * 2 + 64;
		known = realloc(known, known_room * sizeof *known);
	}
	known[known_count++] = k;
	set_owner(&k, (uint32_t)known_count);
	__asan_unpoison_memory_region(k.start, k.pages * PAGE_SIZE);
	for (uint64_t i = PAGE_SIZE / 8; i < k.pages * PAGE_SIZE / 8; i++)
		((uint64_t *)(void *)k.start)[i] = BEFORE;
	return __real_object_make(memory, type);
}

enum error __real_vm_clear(struct call *call);
enum error __wrap_vm_clear(struct call *call);

/* The one call that writes into memory that is no object's. */
enum error
__wrap_vm_clear(struct call *call)
{
	const struct capability *c = call->c[0];
	void *start = hal_physical(c->base);
	bool poisoned = __asan_address_is_poisoned(start);
	enum error e;

	for (uint64_t i = 0; i < c->pages; i++)
		MUST(object_at((char *)start + i * PAGE_SIZE) == NULL,
		    "an object is cleared", c);
	__asan_unpoison_memory_region(start, (uint64_t)c->pages * PAGE_SIZE);
	e = __real_vm_clear(call);
	if (poisoned)
		__asan_poison_memory_region(
		    start, (uint64_t)c->pages * PAGE_SIZE);
	return e;
}

/* Ended; what was never used of its memory is as it came. */
static void
gone(struct known *k)
{
	const uint64_t *words = (void *)k->start;

	for (uint64_t i = 0; i < k->pages * PAGE_SIZE / 8; i++)
		MUST(words[i] == 0 || words[i] == BEFORE,
		    "an object leaves something behind", &words[i]);
	set_owner(k, 0);
	__asan_poison_memory_region(k->start, k->pages * PAGE_SIZE);
	*k = known[--known_count];
	if (k != &known[known_count])
		set_owner(k, (uint32_t)(k - known) + 1);
}

void
invariants_trapped(void)
{
	/* A trap does a bounded piece of all that takes long. */
	MUST(machine.pages_changed <= (uint64_t)END_STEPS * MAP_STEP,
	    "a trap changes too many pages", NULL);
	for (size_t i = known_count; i-- > 0;)
		if (object_of(known[i].start)->root.type != OBJECT_ROOT)
			gone(&known[i]);
}

void
invariants_reset(void)
{
	put_back_variables();
	if (owner_pages != machine_ram_pages()) {
		owner_pages = machine_ram_pages();
		free(owner);
		owner = malloc(owner_pages * sizeof *owner);
	}
	memset(owner, 0, owner_pages * sizeof *owner);
	known_count = 0;
}

void
invariants_lend(const void *page)
{
	__asan_unpoison_memory_region(
	    (void *)((uintptr_t)page & -(uintptr_t)PAGE_SIZE), PAGE_SIZE);
}

void
invariants_booted(void)
{
	const struct init_life *life = &init_life;

	if (machine.halted)
		return;
	for (uint64_t i = 0; i < owner_pages; i++)
		if (owner[i] == 0)
			__asan_poison_memory_region(
			    machine_ram + i * PAGE_SIZE, PAGE_SIZE);
	__asan_unpoison_memory_region(life->data, life->words * 8);
	__asan_unpoison_memory_region((void *)life->first, life->words * 8);
	invariants_lend(life->restarts);
}

/* --- rings -------------------------------------------------------------------*/

void
ring_check(const struct link *head, const void *where)
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

unsigned
ring_length(const struct link *head)
{
	unsigned n = 0;

	ring_check(head, head);
	for (const struct link *l = head->next; l != head; l = l->next)
		n++;
	return n;
}

void
linked(const struct link *l, const void *where)
{
	MUST(l->next != NULL && l->next->prev == l && l->prev->next == l,
	    "not in its ring", where);
}

/* --- for tests ---------------------------------------------------------------*/

void
invariants_check(void)
{
	if (machine.halted)
		return;
	entries_gather();
	check_tree();
	check_ports();
	check_spaces();
	check_tasks();
}

static bool
work_left(void)
{
	for (size_t i = 0; i < known_count; i++)
		if (object_of(known[i].start)->working)
			return true;
	return false;
}

void
invariants_settle(void)
{
	size_t before = SIZE_MAX;

	/* A revocation shows only in what it has killed. */
	for (unsigned i = 0; !machine.halted; i++) {
		MUST(i < LONG, "work without end", NULL);
		entries_gather();
		if (!work_left() && entry_count == before)
			return;
		before = entry_count;
		machine_trap(HAL_TRAP_KICK, 0, 0);
	}
}

struct invariants_counts
invariants_count(void)
{
	struct invariants_counts counts = { 0 };

	invariants_settle();
	invariants_check();
	counts.objects = known_count;
	counts.capabilities = entry_count;
	EACH(struct port, port, OBJECT_PORT)
	{
		counts.messages +=
		    ring_length(&port->queue) + ring_length(&port->replies);
	}
	return counts;
}

static struct task *
task_of(const struct hal_context *context)
{
	return CONTAINER(context, struct task, context);
}

bool
invariants_is_task(const struct hal_context *context)
{
	return is_object(task_of(context), OBJECT_TASK);
}

bool
invariants_is_dead(const struct hal_context *task)
{
	return !invariants_is_task(task) || (task_of(task)->stop & STOP_DEAD);
}

enum error
invariants_handle_in(const struct hal_space *hal, cap_t handle)
{
	const struct capability *c =
	    capability_find(CONTAINER(hal, struct space, hal), handle);

	return c == NULL || c->type == OBJECT_NONE ? E_INVALID_CAP : E_OK;
}

enum error
invariants_handle(const struct hal_context *task, cap_t handle)
{
	return invariants_handle_in(&task_of(task)->space->hal, handle);
}

uint64_t
invariants_left(const struct hal_context *task)
{
	return task_of(task)->space->left;
}

const struct hal_space *
invariants_space(const struct hal_context *task)
{
	return &task_of(task)->space->hal;
}

const struct hal_space *
invariants_space_of(const struct hal_space *in, cap_t handle)
{
	const struct capability *c =
	    capability_find(CONTAINER(in, struct space, hal), handle);

	MUST(c != NULL && c->type == OBJECT_SPACE, "no space", in);
	return &((const struct space *)c->object)->hal;
}

bool
invariants_ends(const struct hal_space *hal)
{
	return CONTAINER(hal, const struct space, hal)->object.ending;
}

void *
invariants_shown(const struct hal_context *task, uint64_t address)
{
	uint64_t entry = machine_shows(
	    invariants_space(task), address & -(uint64_t)PAGE_SIZE);
	uint8_t *page = machine_ram + (entry & -(uint64_t)PAGE_SIZE);

	if (entry == 0)
		return NULL;
	invariants_lend(page);
	return page + address % PAGE_SIZE;
}

uint64_t
invariants_serial(const struct hal_space *hal)
{
	const struct space *space = CONTAINER(hal, struct space, hal);

	return is_object(space, OBJECT_SPACE) ? object_at(space)->serial : 0;
}

void
invariants_age(
    const struct hal_context *task, cap_t handle, uint32_t generation)
{
	capability_find(task_of(task)->space, handle)->generation = generation;
}
