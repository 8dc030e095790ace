/*
 * boot: the first space, made by hand as init will make all others.
 *
 * The boot archive begins with init's flat image (gbsd/flat.h).  Its text is
 * mapped where it lies; data and zero pages are copied behind it.  init gets
 * nearly all of the machine's quota and the four capabilities from which
 * every other one is derived.
 */
#include <gbsd/flat.h>
#include <gbsd/start.h>

#include "kernel.h"

enum {
	STACK_PAGES = 16,
	KERNEL_SHARE = 8, /* one page in so many is for tables and slabs */
	CAPABILITIES_PER_PAGE = 16,
	SLOTS_PER_PAGE = 4,
	TASKS = 20000,
	START_CAPS = 5,
};

/* init's start page: struct start and what it points at. */
struct start_page {
	struct start start;
	struct boot_info boot;
	struct start_cap caps[START_CAPS];
	char *argv[2], *envp[1];
	char command_line[HAL_COMMAND_LINE];
};

_Static_assert(sizeof(struct start_page) <= PAGE_SIZE, "one page");

/* The space that all quota comes from; nothing ever runs in it. */
static struct space root;

BOOT static _Noreturn void
fail(const char *why)
{
	size_t n = 0;

	while (why[n] != '\0')
		n++;
	hal_console_put(STREAM_LOG, "GBSD: ", 6);
	hal_console_put(STREAM_LOG, why, n);
	hal_console_put(STREAM_LOG, "\n", 1);
	hal_halt(HAL_PANIC, 70);
}

BOOT static void
must(enum error e, const char *why)
{
	if (e != E_OK)
		fail(why);
}

BOOT static vaddr_t
map(struct space *space, struct memory *memory, vaddr_t hint, uint64_t offset,
    uint64_t pages, uint32_t protection)
{
	struct view view = { .hint = hint,
		.offset = offset,
		.pages = pages,
		.protection = protection | VM_KEEP,
		.limit = protection };
	struct mapping *m;

	must(mapping_create(space, memory, &view, NULL, &m),
	    "no memory to map init");
	return m->address;
}

BOOT static void *
page_in(struct memory *memory, uint64_t index)
{
	paddr_t page = memory_page(memory, index, true);

	if (page == 0)
		fail("no memory for init");
	return hal_physical(page);
}

BOOT static struct memory *
new_memory(struct space *space, uint64_t pages)
{
	struct memory *memory;

	must(memory_create(space, pages, &memory), "no memory for init");
	return memory;
}

BOOT static void
copy(void *to, const void *from, size_t bytes)
{
	uint64_t *t = to;
	const uint64_t *f = from;

	for (size_t i = 0; i < bytes / 8; i++)
		t[i] = f[i];
}

BOOT static const struct flat_header *
flat_header(const struct hal_boot *boot)
{
	const struct flat_header *h = hal_physical(boot->archive.base);
	const char *magic = FLAT_MAGIC;
	uint64_t pages = boot->archive.size / PAGE_SIZE;

	if (boot->archive.size < PAGE_SIZE)
		fail("there is no boot archive");
	for (unsigned i = 0; i < sizeof(h->magic); i++)
		if (h->magic[i] != magic[i])
			fail("the boot archive does not begin with init");
	if (h->version != FLAT_VERSION || h->text_pages >= pages ||
	    h->data_pages >= pages - h->text_pages)
		fail("init in the boot archive is of another kind");
	return h;
}

/* Gives the address of init's first byte. */
BOOT static vaddr_t
map_image(struct space *space, const struct flat_header *h,
    struct memory *archive)
{
	vaddr_t base = map(
	    space, archive, 0, 1, h->text_pages, VM_READ | VM_EXECUTE);
	vaddr_t behind = base + h->text_pages * PAGE_SIZE;
	struct memory *data =
	    new_memory(space, h->data_pages + h->bss_pages);

	for (uint64_t i = 0; i < h->data_pages; i++)
		copy(page_in(data, i),
		    (const char *)h + (1 + h->text_pages + i) * PAGE_SIZE,
		    PAGE_SIZE);
	init_life.data = data;
	init_life.data_from = (const uint64_t *)h +
	    (1 + h->text_pages) * (PAGE_SIZE / sizeof(uint64_t));
	init_life.data_pages = h->data_pages;
	if (data->pages != 0 &&
	    map(space, data, behind, 0, data->pages, VM_READ | VM_WRITE) !=
		behind)
		fail("no room behind init's text");
	return base;
}

BOOT static cap_t
grant(struct space *space, struct object *object, uint32_t rights)
{
	must(capability_reserve(space, 1), "no memory for init's table");
	object_get(object);
	return capability_handle(capability_new(space, object, rights, NULL));
}

BOOT static void
name_cap(struct start_cap *c, const char *name, cap_t cap)
{
	for (unsigned i = 0; name[i] != '\0'; i++)
		c->name[i] = name[i];
	c->cap = cap;
}

BOOT static void
name_caps(struct start_page *page, struct space *space, struct memory *archive)
{
	struct start_cap *c = page->caps;

	name_cap(&c[0], "machine",
	    grant(space, &kernel_machine, RIGHT_ALL & ~RIGHT_RECEIVE));
	name_cap(&c[1], "archive",
	    grant(space, &archive->object,
		RIGHT_READ | RIGHT_EXECUTE | RIGHT_DERIVE));
	name_cap(&c[2], "tables",
	    grant(space, &kernel_tables.object, RIGHT_READ | RIGHT_DERIVE));
	name_cap(&c[4], "print",
	    grant(space, &kernel_machine, RIGHT_PRINT | RIGHT_DERIVE));
	name_cap(&c[3], "self",
	    grant(space, &space->object, RIGHT_CONTROL | RIGHT_DERIVE));
}

/* The pointers of the start page as init sees them, at address. */
BOOT static void
fill_start(struct start_page *page, vaddr_t address,
    const struct hal_boot *boot, uint64_t pages)
{
	struct start_page *at = (struct start_page *)address;
	struct start *start = &page->start;

	start->magic = START_MAGIC;
	start->version = START_VERSION;
	start->gate = boot->gate;
	start->size = PAGE_SIZE;
	for (unsigned i = 0; i < sizeof(start->random); i++)
		start->random[i] = boot->random[i] ^ (uint8_t)kernel_random(256);
	start->argc = 1;
	start->cap_count = START_CAPS;
	start->argv = at->argv;
	start->envp = at->envp;
	start->caps = at->caps;
	start->boot = &at->boot;
	page->argv[0] = at->command_line;
	page->boot = (struct boot_info){ .archive_bytes = boot->archive_bytes,
		.wall_clock = boot->wall_clock,
		.console_interrupt = boot->console_interrupt,
		.processors = boot->processors,
		.device_tree = boot->device_tree,
		.total_pages = pages,
		.command_line = at->command_line };
	copy(page->command_line, boot->command_line, HAL_COMMAND_LINE);
}

BOOT static void
fill_pool(const struct hal_boot *boot)
{
	uint64_t seed = 0;

	for (unsigned i = 0; i < boot->range_count; i++)
		page_add(boot->ranges[i]);
	for (unsigned i = 0; i < sizeof(boot->random); i++)
		seed = seed * 257 + boot->random[i];
	kernel_random_seed(seed);
	kernel_tables.object.type = OBJECT_MEMORY;
	kernel_tables.object.references = 1;
	kernel_tables.height = 2;
	list_init(&kernel_tables.mappings);
}

BOOT static struct space *
first_space(uint64_t pages)
{
	struct space *space;

	root.left[QUOTA_TASKS] = 1;
	root.payers = 1;
	must(space_create(&root, &space), "no memory for init's space");
	space->left[QUOTA_CAPABILITIES] = pages * CAPABILITIES_PER_PAGE;
	space->left[QUOTA_SLOTS] = pages * SLOTS_PER_PAGE;
	space->left[QUOTA_PAGES] = pages - pages / KERNEL_SHARE;
	space->left[QUOTA_TASKS] = TASKS;
	return space;
}

/* As init and the servers say it: with the milliseconds since the start. */
BOOT static void
say_started(void)
{
	static char line[] __attribute__((section(".boot.data"))) =
	    "[   0.000 ms] GBSD kernel started\n";
	uint64_t microseconds = hal_now() / 1000;

	for (unsigned at = 8; at > 0 && microseconds != 0; at--) {
		if (at == 5)
			continue; /* the point */
		line[at] = (char)('0' + microseconds % 10);
		microseconds /= 10;
	}
	hal_console_put(STREAM_LOG, line, sizeof(line) - 1);
}

BOOT void
boot_start(void)
{
	const struct hal_boot *boot = hal_boot();
	const struct flat_header *h = flat_header(boot);
	uint64_t *args = init_life.args;
	struct memory *archive, *stack, *page;
	struct space *space;
	struct task *task;
	vaddr_t base;

	fill_pool(boot);
	uint64_t pages = page_free_count();

	space = first_space(pages);
	must(memory_create_fixed(space, boot->archive.base,
		 boot->archive.size / PAGE_SIZE, false, &archive),
	    "no memory for the archive");
	base = map_image(space, h, archive);
	stack = new_memory(space, STACK_PAGES);
	page = new_memory(space, 1);

	struct start_page *start = page_in(page, 0);

	args[1] = base + h->entry;
	start->start.stack_low =
	    map(space, stack, 0, 0, STACK_PAGES, VM_READ | VM_WRITE);
	args[2] = start->start.stack_high =
	    start->start.stack_low + STACK_PAGES * PAGE_SIZE;
	args[3] = map(space, page, 0, 0, 1, VM_READ | VM_WRITE);
	start->start.image_base = base;
	start->start.image_size =
	    (h->text_pages + h->data_pages + h->bss_pages) * PAGE_SIZE;
	name_caps(start, space, archive);
	fill_start(start, args[3], boot, pages);
	args[4] = 0x74696e69; /* "init" */
	init_life.start = &start->start;
	init_life.space = space;
	must(task_create(space, args, PRIORITY_SERVER, &task),
	    "no memory for init's task");
	say_started();
}
