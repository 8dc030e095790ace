/*
 * test_spawn: a process, as its maker lays it out.
 *
 * Contract: text, data, stack and start page are where struct start says, with
 * the protections of the image and nothing that was in the memory before; text
 * is shared with the boot archive where it can be.  An address that is taken
 * leads elsewhere.  Whichever call the kernel refuses, nothing is left behind.
 * A new life finds its capabilities and the memory that it keeps; the end gives
 * everything back, but for memory that is kept for the next process of that
 * size, as long as there is enough.  The kernel is fake_kernel.h's.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <gbsd/memory.h>
#include <gbsd/proto.h>
#include <gbsd/spawn.h>

#include "fake_kernel.h"
#include "image_file.h"

enum {
	OWN_AT = 100,
	OWN = 4000,
	ARCHIVE_AT = 5000,
	ARCHIVE = 16,
	FILE_PAGE = 3
};

/* There is no memory_server here. */
enum error
proto_call(cap_t server, const struct proto_call *call)
{
	(void)server, (void)call;
	return E_UNAVAILABLE;
}

enum error
proto_tell(cap_t server, uint32_t operation, const void *request, size_t size)
{
	(void)server, (void)operation, (void)request, (void)size;
	return E_UNAVAILABLE;
}

static char *arguments[] = { "program", "-x", "a longer argument", NULL };
static char *environment[] = { "PATH=/bin", NULL };
static struct file *image;
static struct archive_file in_archive;
static cap_t port;

static int
begin(void **state)
{
	cap_t raw, archive;

	(void)state;
	srand(1);
	fake_begin();
	memset(fake_page(OWN_AT), 0xDD, (size_t)OWN * PAGE_SIZE);
	fake_name("memory", fake_memory(0, OWN_AT, OWN));
	raw = fake_memory(0, ARCHIVE_AT, ARCHIVE);
	assert_int_equal(
	    cap_range(raw, RIGHT_READ | RIGHT_EXECUTE | RIGHT_DERIVE, 0,
		ARCHIVE, &archive),
	    E_OK);
	fake_name("archive", archive);
	image = good_file();
	memcpy(fake_page(ARCHIVE_AT + FILE_PAGE), image, sizeof(*image));
	in_archive = (struct archive_file){ .name = "bin/program",
		.data = fake_page(ARCHIVE_AT + FILE_PAGE),
		.size = sizeof(*image),
		.offset = FILE_PAGE * PAGE_SIZE };
	assert_int_equal(memory_take(1, &raw), E_OK);
	assert_int_equal(port_allocate(raw, &port), E_OK);
	return 0;
}

/* What the child sees at an address; protection is asserted. */
static void *
child(unsigned space, uint64_t address, unsigned protection)
{
	unsigned has = 0;
	cap_t cap = fake_mapped_at(space, address, &has);
	uint64_t first = address & -(uint64_t)PAGE_SIZE;

	assert_int_not_equal(cap, 0);
	assert_int_equal(has, protection);
	/* The mapping is one of memory in one piece: find where it begins. */
	while (fake_mapped_at(space, first - PAGE_SIZE, &has) == cap)
		first -= PAGE_SIZE;
	return (char *)fake_page(fake_base(space, cap)) + (address - first);
}

static bool
is_zero(const void *at, size_t size)
{
	const char *bytes = at;

	for (size_t i = 0; i < size; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

static void
check_image(unsigned space, const struct spawn *p)
{
	const char *text = child(space, p->base, VM_READ | VM_EXECUTE);
	const char *data = child(space, p->base + DATA, VM_READ | VM_WRITE);
	uint64_t word;

	assert_memory_equal(text, image, TEXT);
	assert_memory_equal(data, image->dyn, 0x100);
	memcpy(&word, data + 0x100, sizeof(word));
	assert_int_equal(word, p->base + 0x280); /* relocated */
	assert_true(is_zero(data + DATA_FILE, 0x3000 - DATA_FILE));
	assert_int_equal(p->image.size, 0x4000);
}

static const struct start *
check_start(unsigned space, const struct spawn *p)
{
	const struct start *s =
	    child(space, fake_task.argument, VM_READ | VM_WRITE);
	char *const *argv = child(space, (uint64_t)s->argv, VM_READ | VM_WRITE);
	unsigned has;

	assert_int_equal(s->magic, START_MAGIC);
	assert_int_equal(s->image_base, p->base);
	assert_int_equal(s->argc, 3);
	assert_int_equal(s->envc, 1);
	for (unsigned i = 0; i < 3; i++)
		assert_string_equal(
		    child(space, (uint64_t)argv[i], VM_READ | VM_WRITE),
		    arguments[i]);
	assert_null(argv[3]);
	/* What the process maps itself meets nothing of this. */
	assert_int_equal(p->window % (1 << 30), 0);
	assert_int_equal(s->window_high, p->window + (1 << 30));
	assert_true(s->window_low > s->stack_high &&
		    s->window_low > p->base + p->image.size);
	assert_true(s->window_high - s->window_low > 1 << 27);
	assert_int_equal(s->address_low, fake_start.address_low);
	assert_int_equal(s->stack_high - s->stack_low, 0x20000);
	assert_int_equal(fake_task.stack, s->stack_high);
	/* The area goes there, and nothing lies under the stack. */
	assert_int_equal(fake_mapped_at(space, s->stack_high, &has), 0);
	assert_int_equal(fake_mapped_at(space, s->stack_low - 1, &has), 0);
	assert_true(
	    is_zero(child(space, s->stack_low, VM_READ | VM_WRITE), 0x20000));
	assert_int_equal(s->table_pages, p->table_pages);
	return s;
}

static cap_t
cap_named(unsigned space, const struct start *s, const char *name)
{
	const struct start_cap *caps =
	    child(space, (uint64_t)s->caps, VM_READ | VM_WRITE);

	for (uint32_t i = 0; i < s->cap_count; i++)
		if (strcmp(caps[i].name, name) == 0)
			return caps[i].cap;
	return 0;
}

static void
check_zeroes(unsigned space, cap_t memory)
{
	uint32_t base = fake_base(space, memory);

	for (uint32_t i = 0; i < fake_pages(space, memory); i++)
		for (unsigned w = 0; w < PAGE_SIZE / 8; w++)
			assert_int_equal(
			    ((uint64_t *)fake_page(base + i))[w], 0);
}

/* Without a life: spawn_end is due in any case. */
static enum error
make(
    bool shared, const struct spawn_limits *limits, cap_t keep, struct spawn *p)
{
	enum error e = spawn_begin(p, limits);

	if (e == E_OK)
		e = spawn_copy(p, "port", port, RIGHT_SEND);
	if (e == E_OK && keep != 0)
		e = spawn_keep(p, keep);
	if (e == E_OK)
		e = shared ? spawn_file(p, &in_archive)
			   : spawn_image(p, image, sizeof(*image));
	return e != E_OK ? e
			 : spawn_start(p, "program with a long name", arguments,
			       environment, port, 5);
}

static const struct spawn_limits *const usual = &spawn_default_limits;

/* What there is when nothing is kept for the next process.  The pool has more
 * pieces, of the same memory, if something else was kept meanwhile: so what
 * counts capabilities does a thing twice. */
static void
settle(struct memory_info *info)
{
	(void)spawn_release();
	memory_info(info);
}

static int
end(void **state)
{
	(void)state;
	(void)spawn_release();
	return 0;
}

static void
image_is_laid_out(void **state)
{
	(void)state;
	for (int shared = 0; shared < 2; shared++) {
		struct spawn p;
		const struct start *s;
		unsigned space, has;
		cap_t text, memory;

		assert_int_equal(make(shared, usual, 0, &p), E_OK);
		space = fake_space_of(p.space);
		assert_int_equal(fake_task.space, space);
		assert_memory_equal(fake_task.name, "program with a l", 16);
		assert_int_equal(fake_task.entry, p.base + 0x280);
		check_image(space, &p);
		s = check_start(space, &p);
		text = fake_mapped_at(space, p.base, &has);
		assert_int_equal(
		    fake_base(space, text) == ARCHIVE_AT + FILE_PAGE, shared);
		memory = cap_named(space, s, "memory");
		assert_int_equal(fake_pages(space, memory), usual->pages);
		assert_int_equal(s->memory_zero, START_MEMORY_ZERO);
		check_zeroes(space, memory);
		assert_true(fake_lives(space, cap_named(space, s, "port")));
		assert_true(fake_lives(space, cap_named(space, s, "exit")));
		assert_int_equal(fake_mappings(space), 3);
		/* The pool's; and what the second is made in stays. */
		assert_int_equal(fake_mappings(0), 1 + shared);
		spawn_end(&p);
	}
}

static void
end_gives_everything_back(void **state)
{
	struct memory_info before, after;
	unsigned count = 0;
	struct spawn p;

	(void)state;
	for (int i = 0; i < 200; i++) {
		if (i % 50 == 0) {
			settle(&before);
			count = fake_count(0);
		}
		assert_int_equal(make(i % 2, usual, 0, &p), E_OK);
		spawn_end(&p);
		assert_int_equal(p.space, 0);
	}
	settle(&after);
	assert_int_equal(before.free, after.free);
	assert_int_equal(fake_count(0), count);
	assert_int_equal(fake_mappings(0), 1);
}

/* The first of its size, or one after another: then its memory is there. */
static void
refused_calls_leave_nothing(bool first, bool again)
{
	struct memory_info before, after;
	unsigned count, failures = 0;
	bool refused = true;
	struct spawn p;

	settle(&before);
	count = fake_count(0);
	for (unsigned n = 1; refused; n++) {
		enum error e;

		for (unsigned i = 0; !first && i < 2; i++) {
			assert_int_equal(make(n % 2, usual, 0, &p), E_OK);
			spawn_end(&p);
		}
		fake_refuse = n;
		e = make(n % 2, usual, 0, &p);
		refused = fake_refuse == 0;
		failures += e != E_OK;
		fake_refuse = 0;
		spawn_end(&p);
		settle(&after);
		assert_int_equal(before.free, after.free);
		if (again)
			assert_int_equal(fake_count(0), count);
		assert_int_equal(fake_mappings(0), 1);
	}
	assert_true(failures > 15);
}

static void
refused_calls_leave_nothing_behind(void **state)
{
	(void)state;
	for (int again = 0; again < 2; again++)
		refused_calls_leave_nothing(true, again);
	for (int again = 0; again < 2; again++)
		refused_calls_leave_nothing(false, again);
}

static void
taken_addresses_lead_elsewhere(void **state)
{
	struct memory_info before, after;
	unsigned count = 0;
	struct spawn p;

	(void)state;
	settle(&before);
	for (unsigned n = 1; n < 16; n++) {
		unsigned space;

		if (n == 8) {
			settle(&before);
			count = fake_count(0);
		}
		fake_taken = n % 8;
		assert_int_equal(make(n % 2, usual, 0, &p), E_OK);
		fake_taken = 0;
		space = fake_space_of(p.space);
		check_image(space, &p);
		check_start(space, &p);
		assert_int_equal(fake_mappings(space), 3);
		spawn_end(&p);
	}
	fake_taken = 10000;
	assert_int_equal(make(true, usual, 0, &p), E_RANGE);
	fake_taken = 0;
	spawn_end(&p);
	settle(&after);
	assert_int_equal(before.free, after.free);
	assert_int_equal(fake_count(0), count);
}

static void
a_new_life_keeps_its_capabilities(void **state)
{
	struct memory_info before, after;
	struct spawn p;
	const struct start *s;
	cap_t raw, keep, port_there, memory, exit;
	uint64_t kept;
	unsigned space, mine = 0, there = 0;

	(void)state;
	settle(&before);
	assert_int_equal(memory_take(10, &raw), E_OK);
	assert_int_equal(cap_range(raw, RIGHT_READ | RIGHT_WRITE | RIGHT_DERIVE,
			     0, 10, &keep),
	    E_OK);
	memset(fake_page(fake_base(0, keep)), 0, 10 * PAGE_SIZE);
	fake_taken = 3; /* for keep */
	assert_int_equal(make(true, usual, keep, &p), E_OK);
	space = fake_space_of(p.space);
	s = check_start(space, &p);
	kept = s->keep;
	assert_int_equal(s->keep_size, 10 * PAGE_SIZE);
	strcpy(child(space, kept, VM_READ | VM_WRITE), "remember");
	port_there = cap_named(space, s, "port");
	memory = cap_named(space, s, "memory");
	exit = cap_named(space, s, "exit");
	for (unsigned life = 1; life < 20; life++) {
		spawn_again(&p);
		assert_false(fake_lives(space, memory));
		assert_int_equal(spawn_file(&p, &in_archive), E_OK);
		assert_int_equal(
		    spawn_start(&p, "again", arguments, environment, port, 6),
		    E_OK);
		check_image(space, &p);
		s = check_start(space, &p);
		assert_int_equal(s->restarts, life);
		assert_int_equal(cap_named(space, s, "port"), port_there);
		assert_true(fake_lives(space, port_there));
		assert_int_equal(s->keep, kept);
		assert_string_equal(
		    child(space, kept, VM_READ | VM_WRITE), "remember");
		memory = cap_named(space, s, "memory");
		assert_int_not_equal(cap_named(space, s, "exit"), exit);
		if (life == 1) {
			mine = fake_count(0);
			there = fake_count(space);
		}
		assert_int_equal(fake_count(0), mine);
		/* The exit reply of a life is used up by its end; not here. */
		assert_int_equal(fake_count(space) - (life - 1), there);
	}
	spawn_end(&p);
	memory_give(raw);
	settle(&after);
	assert_int_equal(before.free, after.free);
}

static void
a_new_life_that_cannot_be_is_tried_again(void **state)
{
	struct memory_info before, after;
	unsigned space, count = fake_count(0), failures = 0;
	bool refused = true;
	struct spawn p;

	(void)state;
	settle(&before);
	assert_int_equal(make(true, usual, 0, &p), E_OK);
	space = fake_space_of(p.space);
	for (unsigned n = 1; refused; n++) {
		enum error e;

		spawn_again(&p);
		fake_refuse = n;
		e = spawn_file(&p, &in_archive);
		if (e == E_OK)
			e = spawn_start(
			    &p, "again", arguments, environment, port, 6);
		refused = fake_refuse == 0;
		failures += e != E_OK;
		fake_refuse = 0;
		assert_true(fake_lives(0, p.space));
	}
	assert_true(failures > 8);
	check_image(space, &p);
	check_start(space, &p);
	spawn_end(&p);
	settle(&after);
	assert_int_equal(before.free, after.free);
	assert_int_equal(fake_count(0), count);
}

/* Memory and window are those of the one before, nothing else is. */
static void
processes_follow_one_another(void **state)
{
	enum { MANY = 40 };
	uint64_t windows[MANY], bases[MANY], stacks[MANY];
	unsigned different = 0;

	(void)state;
	for (unsigned i = 0; i < MANY; i++) {
		const struct start *s;
		struct spawn p;
		unsigned space, has, old = 0;

		assert_int_equal(make(true, usual, 0, &p), E_OK);
		space = fake_space_of(p.space);
		check_image(space, &p);
		s = check_start(space, &p);
		assert_int_equal(fake_mappings(space), 3);
		/* The pool's, and from the second on the view. */
		assert_int_equal(fake_mappings(0), i == 0 ? 1 : 2);
		windows[i] = p.window;
		bases[i] = p.base;
		stacks[i] = s->stack_low - p.base;
		for (unsigned j = 0; j < i; j++) {
			assert_int_not_equal(bases[j], bases[i]);
			old += windows[j] == windows[i];
		}
		different += old == 0;
		memset(child(space, s->stack_low, VM_READ | VM_WRITE), 0xEE,
		    0x20000);
		memset(child(space, p.base + DATA, VM_READ | VM_WRITE), 0xEE,
		    0x2000);
		spawn_end(&p);
		assert_int_equal(fake_mapped_at(space, bases[i], &has), 0);
	}
	assert_true(different <= 4);
	for (unsigned i = 4; i < MANY; i++)
		assert_true(
		    stacks[i] != stacks[i - 1] || stacks[i] != stacks[i - 2]);
}

static void
code_that_was_written_here_is_not_seen_here(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct spawn p;

		assert_int_equal(make(false, usual, 0, &p), E_OK);
		assert_int_equal(fake_mappings(0), 1);
		spawn_end(&p);
	}
}

static void
what_is_kept_is_there_when_memory_is_short(void **state)
{
	struct memory_info before, after;
	cap_t raw[OWN / 32];
	unsigned n = 0;
	struct spawn p;

	(void)state;
	settle(&before);
	assert_int_equal(make(true, usual, 0, &p), E_OK);
	spawn_end(&p);
	memory_info(&after);
	assert_true(after.free < before.free);
	while (memory_take(32, &raw[n]) == E_OK)
		n++;
	assert_false(spawn_release());
	while (n > 0)
		memory_give(raw[--n]);
	settle(&after);
	assert_int_equal(before.free, after.free);
}

static void
sizes_are_those_asked_for(void **state)
{
	const struct spawn_limits limits = {
		.capabilities = 5 * TABLE_SLOTS,
		.mappings = 20,
		.pages = 300,
	};
	struct spawn p;
	const struct start *s;
	unsigned space;

	(void)state;
	assert_int_equal(make(true, &limits, 0, &p), E_OK);
	space = fake_space_of(p.space);
	s = child(space, fake_task.argument, VM_READ | VM_WRITE);
	assert_int_equal(s->table_pages, 5);
	assert_int_equal(fake_pages(space, cap_named(space, s, "memory")), 300);
	spawn_end(&p);
}

static void
bad_files_and_too_large_ones_are_refused(void **state)
{
	struct memory_info before, after;
	struct file *f = good_file();
	struct spawn p;

	(void)state;
	settle(&before);
	f->stack.p_memsz = 1ull << 40;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(spawn_begin(&p, usual), E_OK);
		assert_int_equal(spawn_image(&p, f, sizeof(*f)), E_BAD_IMAGE);
		spawn_end(&p);
		f->stack.p_memsz = 0;
		f->elf.e_type = ET_EXEC;
	}
	f->elf.e_type = ET_DYN;
	f->stack.p_memsz = OWN * PAGE_SIZE;
	assert_int_equal(spawn_begin(&p, usual), E_OK);
	assert_int_equal(spawn_image(&p, f, sizeof(*f)), E_OK);
	assert_int_equal(
	    spawn_start(&p, "large", arguments, environment, port, 6),
	    E_NO_MEMORY);
	spawn_end(&p);
	settle(&after);
	assert_int_equal(before.free, after.free);
	free(f);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, end)
	const struct CMUnitTest tests[] = {
		TEST(image_is_laid_out),
		TEST(end_gives_everything_back),
		TEST(refused_calls_leave_nothing_behind),
		TEST(taken_addresses_lead_elsewhere),
		TEST(a_new_life_keeps_its_capabilities),
		TEST(a_new_life_that_cannot_be_is_tried_again),
		TEST(processes_follow_one_another),
		TEST(code_that_was_written_here_is_not_seen_here),
		TEST(what_is_kept_is_there_when_memory_is_short),
		TEST(sizes_are_those_asked_for),
		TEST(bad_files_and_too_large_ones_are_refused),
	};
#undef TEST

	return cmocka_run_group_tests(tests, begin, NULL);
}
