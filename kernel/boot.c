/*
 * boot: the first space, made by hand as init will make all others.
 *
 * The boot archive begins with init's flat image (gbsd/flat.h).  Its text is
 * mapped where it lies; data and zero pages are copied behind it, twice, for
 * a new life needs them as they were at first.  init gets all other memory,
 * some of it as its own, and the capabilities from which every other one is
 * derived.
 */
#include <gbsd/flat.h>
#include <gbsd/start.h>

#include "kernel.h"

enum {
	STACK_PAGES = 16,
	TABLE_PAGES = 16,
	MAPPING_PAGES = 112, /* for page tables: memory that init maps */
	SPACE_PAGES = 1 + TABLE_PAGES + MAPPING_PAGES,
	START_CAPS = 6 + 2 * (HAL_RANGES + 2),
	DEVICE_PAGES = 1 << 28,
	OWN_PART = 2, /* of RAM, at most, */
	OWN_PAGES = 8192, /* is init's own */
	ATTEMPTS = 64, /* at addresses that are taken */
};

#define WINDOW (1ull << 30) /* init's addresses, one entry of tables each */

/* init's start page: struct start and what it points at. */
struct start_page {
	struct start start;
	struct boot_info boot;
	struct start_cap caps[START_CAPS];
	char *argv[2], *envp[1];
	char command_line[HAL_COMMAND_LINE];
};

_Static_assert(sizeof(struct start_page) <= PAGE_SIZE, "one page");

/* Of which init's space and task are made; in no table, so nobody's. */
static struct capability space_memory, task_memory;

/* What is being made. */
static struct {
	struct space *space;
	struct hal_range room; /* of RAM, for init */
	vaddr_t window;
	uint64_t random;
	struct start_page *page;
} boot __attribute__((section(".boot.data")));

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

/* splitmix64 (Steele, Lea, Flood 2014): spreads a counter over 64 bits. */
BOOT static uint64_t
next_random(void)
{
	uint64_t z = boot.random += 0x9E3779B97F4A7C15;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
	z = (z ^ z >> 27) * 0x94D049BB133111EB;
	return z ^ z >> 31;
}

BOOT static void
copy(void *to, const void *from, uint64_t pages)
{
	uint64_t *t = to;
	const uint64_t *f = from;

	for (uint64_t i = 0; i < pages * PAGE_SIZE / 8; i++)
		t[i] = f[i];
}

/* The first of that many pages of RAM. */
BOOT static paddr_t
take(uint64_t pages)
{
	paddr_t at = boot.room.base;

	if (boot.room.size / PAGE_SIZE < pages)
		fail("not enough memory for init");
	boot.room.base += pages * PAGE_SIZE;
	boot.room.size -= pages * PAGE_SIZE;
	return at;
}

/* Memory in init's table. */
BOOT static struct capability *
own(paddr_t base, uint64_t pages, uint32_t rights)
{
	struct capability *c = capability_new(
	    boot.space, OBJECT_MEMORY, (void *)base, rights, NULL);

	c->pages = (uint32_t)pages;
	return c;
}

BOOT static bool
map_at(struct capability *c, vaddr_t address, uint64_t protection)
{
	enum error e;

	do
		e = memory_map(boot.space, c, address, protection);
	while (e == E_AGAIN);
	if (e != E_OK && e != E_RANGE)
		fail("no memory to map init");
	return e == E_OK;
}

/* Somewhere in the window, with free pages around it. */
BOOT static vaddr_t
map(struct capability *c, uint64_t protection)
{
	uint64_t pages = WINDOW / PAGE_SIZE;

	for (unsigned i = 0; i < ATTEMPTS; i++) {
		vaddr_t at = boot.window +
		    next_random() % (pages - c->pages - 1) * PAGE_SIZE;

		if (map_at(c, at, protection))
			return at;
	}
	fail("no address for init");
}

BOOT static const struct flat_header *
flat_header(const struct hal_boot *machine)
{
	const struct flat_header *h = hal_physical(machine->archive.base);
	const char *magic = FLAT_MAGIC;
	uint64_t pages = machine->archive.size / PAGE_SIZE;

	if (machine->archive.size < PAGE_SIZE)
		fail("there is no boot archive");
	for (unsigned i = 0; i < sizeof(h->magic); i++)
		if (h->magic[i] != magic[i])
			fail("the boot archive does not begin with init");
	if (h->version != FLAT_VERSION || h->text_pages >= pages ||
	    h->data_pages >= pages - h->text_pages || h->bss_pages > 1 << 20)
		fail("init in the boot archive is of another kind");
	return h;
}

/* Text from the archive, and behind it data and zeroes.  Gives the address of
 * init's first byte. */
BOOT static vaddr_t
map_image(const struct flat_header *h, paddr_t archive)
{
	uint64_t data_pages = h->data_pages + h->bss_pages;
	struct capability *text = own(archive + PAGE_SIZE, h->text_pages,
	    RIGHT_READ | RIGHT_EXECUTE);
	paddr_t first = take(data_pages), now = take(data_pages);
	struct capability *data = own(now, data_pages, RIGHT_READ | RIGHT_WRITE);
	vaddr_t base = 0;

	zero(hal_physical(first), data_pages * PAGE_SIZE);
	copy(hal_physical(first),
	    (const char *)h + (1 + h->text_pages) * PAGE_SIZE, h->data_pages);
	copy(hal_physical(now), hal_physical(first), data_pages);
	init_life.data = hal_physical(now);
	init_life.first = hal_physical(first);
	init_life.words = data_pages * PAGE_SIZE / 8;
	for (unsigned i = 0;; i++) {
		base = map(text, VM_READ | VM_EXECUTE);
		if (data_pages == 0 ||
		    map_at(data, base + h->text_pages * PAGE_SIZE,
			VM_READ | VM_WRITE))
			return base;
		if (i == ATTEMPTS)
			fail("no room behind init's text");
		while (!memory_unmap(text))
			;
	}
}

BOOT static void
name(const char *as, const struct capability *c)
{
	struct start *start = &boot.page->start;
	struct start_cap *to = &boot.page->caps[start->cap_count++];

	for (unsigned i = 0; as[i] != '\0'; i++)
		to->name[i] = as[i];
	to->cap = capability_handle(c);
}

BOOT static void
name_machine(const struct hal_boot *machine)
{
	struct capability *c = capability_new(boot.space, OBJECT_MACHINE, NULL,
	    RIGHT_SCHEDULE | RIGHT_PRINT | RIGHT_POWER | RIGHT_BIND |
		RIGHT_DERIVE,
	    NULL);

	name("machine", c);
	name("print",
	    capability_new(boot.space, OBJECT_MACHINE, NULL,
		RIGHT_PRINT | RIGHT_DERIVE, c));
	name("self",
	    capability_new(boot.space, OBJECT_SPACE, boot.space,
		RIGHT_CONTROL | RIGHT_DERIVE, &boot.space->object.root));
	name("archive",
	    own(machine->archive.base, machine->archive.size / PAGE_SIZE,
		RIGHT_READ | RIGHT_EXECUTE | RIGHT_DERIVE));
	/* As good as the kernel: what it maps is not checked against RAM. */
	name("device",
	    own(0, DEVICE_PAGES,
		RIGHT_READ | RIGHT_WRITE | RIGHT_DEVICE | RIGHT_BUS |
		    RIGHT_DERIVE));
}

BOOT static void
name_raw(const char *as, paddr_t base, uint64_t pages)
{
	name(as,
	    own(base, pages,
		RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE | RIGHT_MAKE |
		    RIGHT_BUS | RIGHT_DERIVE));
}

BOOT static void
name_view(struct hal_range r)
{
	name("ram",
	    own(r.base, r.size / PAGE_SIZE,
		RIGHT_READ | RIGHT_BUS | RIGHT_DERIVE));
}

/* Of so many that there are: how many init has for itself and what it makes
 * of them. */
BOOT static uint64_t
own_pages(uint64_t pages)
{
	uint64_t room = boot.room.size / PAGE_SIZE;

	pages /= OWN_PART;
	if (pages > OWN_PAGES)
		pages = OWN_PAGES;
	return pages < room ? pages : room;
}

/* All that is left of RAM; a view of all that there is, for those who show
 * the kernel's objects.  Gives the number of all pages. */
BOOT static uint64_t
name_memory(const struct hal_boot *machine)
{
	struct hal_range part = hal_boot_part();
	uint64_t pages = 0;

	for (unsigned i = 0; i < machine->range_count; i++)
		pages += machine->ranges[i].size / PAGE_SIZE;
	for (unsigned i = 0; i < machine->range_count; i++) {
		struct hal_range r = machine->ranges[i];

		if (r.size == 0)
			continue;
		name_view(r);
		if (r.base + r.size == boot.room.base + boot.room.size) {
			/* Its own part, and what it will hand on. */
			uint64_t most = own_pages(pages);

			name_raw("memory", take(most), most);
			r = boot.room;
		}
		if (r.size != 0)
			name_raw("rest", r.base, r.size / PAGE_SIZE);
	}
	/* Where this runs, for when it has run. */
	if (part.size != 0) {
		name_view(part);
		name_raw("rest", part.base, part.size / PAGE_SIZE);
	}
	return pages;
}

/* The pointers of the start page as init sees them, at address. */
BOOT static void
fill_start(
    vaddr_t address, const struct hal_boot *machine, uint64_t total_pages)
{
	struct start_page *page = boot.page;
	struct start_page *at = (struct start_page *)address;
	struct start *start = &page->start;

	start->magic = START_MAGIC;
	start->version = START_VERSION;
	start->gate = machine->gate;
	start->size = PAGE_SIZE;
	start->memory_zero = machine->zeroed;
	start->window_low = boot.window;
	start->window_high = boot.window + WINDOW;
	for (unsigned i = 0; i < sizeof(start->random); i++)
		start->random[i] = machine->random[i] ^ (uint8_t)next_random();
	start->argc = 1;
	start->argv = at->argv;
	start->envp = at->envp;
	start->caps = at->caps;
	start->boot = &at->boot;
	page->argv[0] = at->command_line;
	page->boot = (struct boot_info){ .archive_bytes = machine->archive_bytes,
		.wall_clock = machine->wall_clock,
		.console_interrupt = machine->console_interrupt,
		.processors = machine->processors,
		.device_tree = machine->device_tree,
		.total_pages = total_pages,
		.address_low = HAL_USER_LOW,
		.address_high = HAL_USER_HIGH,
		.direct_map = (uint64_t)hal_physical(0),
		.space = (uint64_t)boot.space,
		.command_line = at->command_line };
	for (unsigned i = 0; i < HAL_COMMAND_LINE; i++)
		page->command_line[i] = machine->command_line[i];
}

/* The largest range is init's. */
BOOT static void
choose_room(const struct hal_boot *machine)
{
	uint64_t windows = (HAL_USER_HIGH - HAL_USER_LOW) / WINDOW - 1;

	for (unsigned i = 0; i < machine->range_count; i++)
		if (machine->ranges[i].size > boot.room.size)
			boot.room = machine->ranges[i];
	for (unsigned i = 0; i < sizeof(machine->random); i++)
		boot.random = boot.random * 257 + machine->random[i];
	boot.window = ((HAL_USER_LOW + WINDOW - 1) & -WINDOW) +
	    next_random() % windows * WINDOW;
}

/* Raw memory that is in no table. */
BOOT static struct capability *
raw(struct capability *c, uint64_t pages)
{
	capability_link(c, OBJECT_MEMORY, (void *)take(pages), RIGHT_MAKE, NULL);
	c->pages = (uint32_t)pages;
	return c;
}

BOOT static void
make_space(void)
{
	boot.space = object_make(raw(&space_memory, SPACE_PAGES), OBJECT_SPACE);
	boot.space->table = boot.space->fresh =
	    (struct capability *)boot.space->object.room;
	boot.space->object.room += TABLE_PAGES * PAGE_SIZE;
	boot.space->left = TABLE_PAGES * TABLE_SLOTS;
	list_init(&boot.space->tasks);
}

BOOT static void
make_task(void)
{
	static const char task_name[] = "init";
	struct task *task =
	    object_make(raw(&task_memory, TASK_PAGES), OBJECT_TASK);

	init_life.space = boot.space;
	init_life.task = task;
	init_life.area = task_memory.base + PAGE_SIZE;
	task->area = hal_physical(init_life.area);
	task->area_address = init_life.where[1];
	for (unsigned i = 0; task_name[i] != '\0'; i++)
		((char *)task->name)[i] = task_name[i];
	if (space_map(boot.space, task->area_address, init_life.area, 1,
		VM_READ | VM_WRITE, false) != E_OK)
		fail("no address for init's area");
	task_start(task, boot.space, init_life.where, PRIORITY_INIT);
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
	const struct hal_boot *machine = hal_boot();
	const struct flat_header *h = flat_header(machine);
	struct capability *stack, *page;
	struct start *start;
	vaddr_t base;

	schedule_boot();
	choose_room(machine);
	make_space();
	base = map_image(h, machine->archive.base);
	stack = own(take(STACK_PAGES), STACK_PAGES, RIGHT_READ | RIGHT_WRITE);
	page = own(take(1), 1, RIGHT_READ | RIGHT_WRITE);
	zero(hal_physical(stack->base), STACK_PAGES * PAGE_SIZE);
	boot.page = zero(hal_physical(page->base), PAGE_SIZE);
	start = &boot.page->start;
	start->image_base = base;
	start->image_size =
	    (h->text_pages + h->data_pages + h->bss_pages) * PAGE_SIZE;
	start->stack_low = map(stack, VM_READ | VM_WRITE);
	start->stack_high = start->stack_low + STACK_PAGES * PAGE_SIZE;
	init_life.where[0] = base + h->entry;
	init_life.where[1] = start->stack_high; /* the area is above it */
	init_life.where[2] = map(page, VM_READ | VM_WRITE);
	init_life.restarts = &start->restarts;
	make_task();
	name_machine(machine);
	fill_start(init_life.where[2], machine, name_memory(machine));
	say_started();
}
