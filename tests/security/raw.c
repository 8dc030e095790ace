/*
 * raw: memory that the kernel works in is never a program's to see, and what
 * a program sees is never the kernel's to work in.
 */
#include <string.h>

#include "security.h"

enum { HALF = 256 /* pages that the kernel maps at once */ };

typedef enum error make_t(cap_t raw, cap_t *out);

static enum error
make_port(cap_t raw, cap_t *out)
{
	return port_allocate(raw, out);
}

static enum error
make_space(cap_t raw, cap_t *out)
{
	return cap_space(raw, 1, out);
}

static volatile bool idle = true;

static void
idler(uint64_t argument)
{
	(void)argument;
	while (idle)
		sched_yield_now();
	thread_exit();
}

static enum error
make_task(cap_t raw, cap_t *out)
{
	void *stack = NULL;
	cap_t memory = raw_take(1);
	enum error e;

	must(memory_map(memory, VM_READ | VM_WRITE, &stack), "stack");
	e = sched_spawn(raw, 0, (uint64_t)idler, (uint64_t)stack + PAGE_SIZE, 0,
	    "idler", out);
	if (e != E_OK)
		memory_give(memory);
	return e;
}

static make_t *const makers[] = { make_port, make_space, make_task };

/* Every use there is of memory, by a handle of it. */
static bool
unusable(cap_t raw)
{
	cap_t out;
	void *at;
	bool good = memory_map(raw, VM_READ, &at) == E_STATE &&
		    memory_map(raw, VM_READ | VM_WRITE, &at) == E_STATE &&
		    cap_range(raw, RIGHT_READ, 0, 1, &out) == E_STATE &&
		    cap_range(raw, RIGHT_READ, 1, 1, &out) == E_STATE &&
		    cap_range(raw, RIGHT_MAKE, 0, 2, &out) == E_STATE;

	for (unsigned i = 0; i < 3; i++)
		good &= makers[i](raw, &out) == E_STATE;
	return good;
}

static void
test_objects(void)
{
	const char *const names[] = {
		"memory_of_a_port_cannot_be_used",
		"memory_of_a_space_cannot_be_used",
		"memory_of_a_task_cannot_be_used",
	};

	for (unsigned i = 0; i < 3; i++) {
		cap_t raw = raw_take(2), object;

		must(makers[i](raw, &object), names[i]);
		check(unusable(raw) && is_there(object), names[i]);
		memory_give(raw);
	}
}

static void
test_mapped(void)
{
	cap_t raw = raw_take(2), out;
	void *at = NULL;
	bool good = true;

	must(memory_map(raw, VM_READ | VM_WRITE, &at), "map");
	memset(at, 1, PAGE_SIZE);
	for (unsigned i = 0; i < 3; i++)
		good &= makers[i](raw, &out) == E_STATE;
	check(good && cap_range(raw, RIGHT_MAKE, 0, 1, &out) == E_STATE &&
		  cap_range(raw, RIGHT_READ, 0, 1, &out) == E_STATE &&
		  *(char *)at == 1,
	    "mapped_memory_cannot_become_an_object");
	check(port_send(port_new(1), 0, raw, 0, 0, 0) == E_STATE,
	    "mapped_memory_stays_where_it_is");
	memory_unmap(raw, at, 2);
	memory_give(raw);
}

/* A mapping that is refused in the middle is one still. */
static void
test_half_mapped(void)
{
	cap_t raw = raw_take(2 * HALF), block, out;
	uint64_t *view;
	char *at = NULL;
	void *low = NULL;
	enum error e;
	bool good = true;

	/* Room, with something in its second half. */
	must(memory_reserve(2 * HALF, &low), "room");
	at = low;
	view = page_new(&block);
	(void)view;
	must(cap_range(block, RIGHT_READ, 0, 1, &out), "block");
	must(vm_map(out, at + (HALF + 10) * PAGE_SIZE, VM_READ, 0), "map");
	e = vm_map(raw, at, VM_READ | VM_WRITE, 0);
	for (unsigned i = 0; i < 3; i++)
		good &= makers[i](raw, &out) == E_STATE;
	check(e == E_RANGE && good &&
		  cap_range(raw, RIGHT_MAKE, 0, 1, &out) == E_STATE,
	    "half_mapped_memory_cannot_become_an_object");
	vm_unmap(raw);
	memory_give(raw);
}

static void
test_divided(void)
{
	cap_t raw = raw_take(8), part, middle, frame, out;
	bool good = true;
	void *at = NULL;

	must(cap_range(raw, RIGHT_MAKE | RIGHT_DERIVE, 2, 2, &part), "part");
	for (unsigned i = 0; i < 3; i++)
		good &= makers[i](raw, &out) == E_STATE;
	check(good && memory_map(raw, VM_READ, &at) == E_STATE,
	    "divided_memory_cannot_be_used_as_a_whole");
	check(cap_range(raw, RIGHT_READ, 2, 1, &out) == E_STATE &&
		  cap_range(raw, RIGHT_READ, 3, 2, &out) == E_STATE &&
		  cap_range(raw, RIGHT_MAKE, 0, 3, &out) == E_STATE &&
		  cap_range(raw, RIGHT_READ, 0, 1, &out) == E_STATE,
	    "parts_of_raw_memory_do_not_overlap");
	/* What is seen below a part that is closed is in the way still. */
	must(
	    cap_range(raw, RIGHT_MAKE | RIGHT_READ | RIGHT_WRITE | RIGHT_DERIVE,
		4, 2, &middle),
	    "middle");
	must(
	    cap_range(middle, RIGHT_READ | RIGHT_WRITE, 0, 1, &frame), "frame");
	must(memory_map(frame, VM_READ | VM_WRITE, &at), "map");
	cap_close(middle);
	cap_close(part);
	good = cap_range(raw, RIGHT_MAKE, 4, 2, &out) == E_STATE &&
	       port_allocate(raw, &out) == E_STATE;
	must(cap_revoke(raw), "revoke");
	check(good && !is_there(frame) &&
		  cap_range(raw, RIGHT_MAKE, 4, 2, &out) == E_OK,
	    "a_closed_part_opens_no_way_around");
}

static void
test_make(void)
{
	const uint32_t all =
	    RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE | RIGHT_DERIVE;
	cap_t raw = raw_take(4), frame, out;
	bool good = true;

	must(cap_range(raw, all, 0, 4, &frame), "frame");
	for (unsigned i = 0; i < 3; i++)
		good &= makers[i](frame, &out) == E_NO_RIGHTS;
	check(good &&
		  cap_range(frame, all | RIGHT_MAKE, 0, 2, &out) == E_NO_RIGHTS,
	    "memory_without_its_right_becomes_no_object");
}

/* --- what is left of an object -------------------------------------------*/

static bool
holds(cap_t raw, size_t pages, uint64_t what)
{
	void *at = NULL;
	bool found = false;

	must(memory_map(raw, VM_READ, &at), "map");
	for (size_t i = 0; i < pages * PAGE_SIZE / 8; i++)
		found |= ((uint64_t *)at)[i] == what;
	memory_unmap(raw, at, pages);
	return found;
}

static bool
is_zero(cap_t raw, size_t pages)
{
	void *at = NULL;
	bool zero = true;

	must(memory_map(raw, VM_READ, &at), "map");
	for (size_t i = 0; i < pages * PAGE_SIZE / 8; i++)
		zero &= ((uint64_t *)at)[i] == 0;
	memory_unmap(raw, at, pages);
	return zero;
}

static void
test_scrubbed(void)
{
	cap_t raw = raw_take(4), port, out, there;

	must(port_allocate(raw, &port), "port");
	for (unsigned i = 0; i < MESSAGE_WORDS; i++)
		message()->words[i] = SECRET;
	for (unsigned i = 0; i < PORT_SHARE; i++)
		must(port_send(port, 64, 0, 0, 0, 0), "send");
	cap_close(port);
	check(is_zero(raw, 4), "nothing_is_left_of_a_port");
	must(cap_space(raw, 1, &out), "space");
	port = port_new(1);
	for (unsigned i = 0; i < 10; i++)
		must(cap_stage(copy(port, RIGHT_SEND), out, &there), "stage");
	cap_close(out);
	check(is_zero(raw, 4), "nothing_is_left_of_a_space");
	must(make_task(raw, &out), "task");
	sched_yield_now();
	cap_close(out);
	check(is_zero(raw, 4), "nothing_is_left_of_a_task");
}

/* --- what is left of a program ---------------------------------------------*/

enum { LEFT_PAGES = 64 };

/* Writes a secret wherever it can, and ends. */
int
role_leaver(int argc, char **argv)
{
	void *at = NULL;
	cap_t raw = 0;

	(void)argc;
	(void)argv;
	while (memory_take(16, &raw) == E_OK) {
		if (memory_map(raw, VM_READ | VM_WRITE, &at) != E_OK)
			return CHILD_BAD;
		for (size_t i = 0; i < 16 * PAGE_SIZE / 8; i++)
			((uint64_t *)at)[i] = SECRET + 1;
	}
	return CHILD_GOOD;
}

/* Looks for it in all that it can take. */
int
role_prowler(int argc, char **argv)
{
	cap_t raw = 0;

	(void)argc;
	(void)argv;
	while (memory_take(8, &raw) == E_OK)
		if (holds(raw, 8, SECRET + 1))
			return CHILD_BAD;
	return CHILD_GOOD;
}

static void
test_left(void)
{
	const struct spawn_limits limits = { .capabilities = 4 * TABLE_SLOTS,
		.mappings = 14,
		.pages = LEFT_PAGES };
	bool good = true;

	for (unsigned i = 0; i < 2; i++) {
		struct child c;

		child_begin(&c, &limits);
		child_role(&c, i == 0 ? "leaver" : "prowler");
		good &= child_says(&c, CHILD_GOOD);
		child_end(&c);
	}
	check(good, "nothing_is_left_of_a_program");
}

void
group_raw(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	test_objects();
	test_mapped();
	test_half_mapped();
	test_divided();
	test_make();
	test_scrubbed();
	test_left();
}
