/* child: see child.h.  A life is one piece of raw memory: the task's pages,
 * the image, the stack, the start page. */
#include "child.h"

#include <string.h>

#include <gbsd/loader.h>
#include <gbsd/memory.h>

enum {
	STACK_PAGES = 8,
	TABLE_PAGES = 1,
	SPACE_PAGES = 1 + TABLE_PAGES + 14, /* the rest for page tables */
	LIFE_PAGES = 256,
};

#define WINDOW (1ull << 30)
#define IMAGE_AT (64ull << 20) /* in the window */
#define STACK_AT (128ull << 20)
#define KEEP_AT (256ull << 20)

cap_t
raw_take(uint64_t pages)
{
	cap_t raw = 0;

	must(memory_take(pages, &raw), "raw");
	return raw;
}

cap_t
port_new(uint64_t pages)
{
	cap_t port = 0;

	must(port_allocate(raw_take(pages), &port), "port");
	return port;
}

void *
map_anywhere(cap_t memory, unsigned protection)
{
	void *at;

	must(memory_map(memory, protection, &at), "map");
	return at;
}

/* Another window than ours for each. */
static uint64_t
next_window(void)
{
	static uint64_t n;
	const struct start *start = gbsd_start();
	uint64_t low = (start->boot->address_low + WINDOW - 1) & -WINDOW;
	uint64_t windows = (start->boot->address_high - low) / WINDOW;

	return low +
	       ((start->window_low - low) / WINDOW + ++n) % windows * WINDOW;
}

void
child_space(struct child *child)
{
	*child = (struct child){ .kernel = raw_take(SPACE_PAGES),
		.life = raw_take(LIFE_PAGES),
		.window = next_window() };
	must(cap_space(child->kernel, TABLE_PAGES, &child->space), "space");
}

static cap_t
stage(struct child *child, cap_t cap)
{
	cap_t there = 0;

	must(cap_stage(cap, child->space, &there), "stage");
	return there;
}

void
child_give(struct child *child, const char *name, cap_t cap)
{
	struct start_cap *c = &child->caps[child->cap_count++];

	strncpy(c->name, name, sizeof(c->name) - 1);
	c->cap = stage(child, cap);
}

/* Maps memory in the child, a frame of our own made into its. */
static void
stage_map(struct child *child, cap_t memory, uint64_t at, unsigned protection)
{
	cap_t there = stage(child, memory);

	must(vm_map(there, (void *)at, protection, child->space), "map there");
}

void
child_keep(struct child *child)
{
	cap_t frame;

	must(cap_range(raw_take(1), RIGHT_READ | RIGHT_WRITE, 0, 1, &frame),
	    "keep");
	child->keep = child->window + KEEP_AT;
	stage_map(child, frame, child->keep, VM_READ | VM_WRITE);
}

/* Pages [first, first + pages) of the life: seen here, and there. */
static void *
share(struct child *child, uint64_t first, uint64_t pages, uint64_t at,
    unsigned protection)
{
	cap_t frame, here;
	void *view;

	must(cap_range(child->life,
		 RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE | RIGHT_DERIVE, first,
		 pages, &frame),
	    "frame");
	must(cap_range(frame, RIGHT_READ | RIGHT_WRITE, 0, pages, &here),
	    "here");
	view = map_anywhere(here, VM_READ | VM_WRITE);
	memset(view, 0, pages * PAGE_SIZE);
	stage_map(child, frame, at, protection);
	return view;
}

/* Gives the number of pages. */
static uint64_t
load(struct child *child, const struct archive_file *file, uint64_t first,
    struct loader_image *image)
{
	void *views[LOADER_SEGMENTS] = { NULL };
	uint64_t used = 0;

	must(loader_parse(file->data, file->size, image), "image");
	for (unsigned i = 0; i < image->segment_count; i++) {
		const struct loader_segment *s = &image->segments[i];
		void *view = share(child, first + used, s->size / PAGE_SIZE,
		    child->window + IMAGE_AT + s->address,
		    (unsigned)s->protection);

		loader_fill(file->data, s, view);
		if (s->protection & VM_WRITE)
			views[i] = view;
		used += s->size / PAGE_SIZE;
	}
	must(
	    loader_relocate(file->data, image, child->window + IMAGE_AT, views),
	    "relocate");
	return used;
}

struct start_page {
	struct start start;
	struct start_cap caps[CHILD_CAPS];
	char *argv[3], *envp[1];
	char role[16];
};

static void
fill_start(struct child *child, struct start_page *page, uint64_t address,
    const struct loader_image *image, const char *role)
{
	struct start_page *at = (struct start_page *)address;
	uint64_t base = child->window + IMAGE_AT;

	page->start = (struct start){ .magic = START_MAGIC,
		.version = START_VERSION,
		.gate = gbsd_start()->gate,
		.image_base = base,
		.image_size = image->size,
		.program_headers = base + image->program_headers,
		.program_header_count = image->program_header_count,
		.stack_low = child->window + STACK_AT,
		.stack_high =
		    child->window + STACK_AT + STACK_PAGES * PAGE_SIZE,
		.window_low = child->window,
		.window_high = child->window + WINDOW,
		.size = PAGE_SIZE,
		.argc = 2,
		.cap_count = child->cap_count,
		.restarts = child->restarts++,
		.argv = at->argv,
		.envp = at->envp,
		.caps = at->caps,
		.keep = child->keep,
		.keep_size = child->keep != 0 ? PAGE_SIZE : 0 };
	gbsd_random(page->start.random, sizeof(page->start.random));
	memcpy(page->caps, child->caps, sizeof(page->caps));
	strncpy(page->role, role, sizeof(page->role) - 1);
	page->argv[0] = page->argv[1] = at->role;
}

void
child_run(
    struct child *child, const struct archive_file *file, const char *role)
{
	struct loader_image image;
	uint64_t stack = child->window + STACK_AT;
	uint64_t top = stack + STACK_PAGES * PAGE_SIZE;
	uint64_t pages = TASK_PAGES;
	cap_t task;

	must(cap_revoke(child->life), "revoke");
	must(cap_range(child->life, RIGHT_MAKE | RIGHT_DERIVE, 0, pages, &task),
	    "task's memory");
	pages += load(child, file, pages, &image);
	(void)share(child, pages, STACK_PAGES, stack, VM_READ | VM_WRITE);
	pages += STACK_PAGES;
	/* The area is at the top of the stack, the start page above it. */
	fill_start(child,
	    share(child, pages, 1, top + PAGE_SIZE, VM_READ | VM_WRITE),
	    top + PAGE_SIZE, &image, role);
	must(sched_spawn(task, child->space,
		 child->window + IMAGE_AT + image.entry, top, top + PAGE_SIZE,
		 role, &child->task),
	    "spawn");
}

void
child_end(struct child *child)
{
	must(cap_close(child->space), "close space");
	must(cap_revoke(child->life), "revoke life");
	must(cap_revoke(child->kernel), "revoke kernel's part");
}
