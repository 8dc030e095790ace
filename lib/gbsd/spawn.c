/*
 * spawn: a space, and lives in it; see spawn.h.
 *
 * The body of a life (life.c) is written here, and seen there in two mappings:
 * what is written of the image with the start page right behind it, and the
 * stack, which has the task's area above it and nothing below.
 */
#include <stdbool.h>
#include <string.h>

#include <gbsd/calls.h>
#include <gbsd/loader.h>
#include <gbsd/memory.h>
#include <gbsd/spawn.h>

#include "life.h"
#include "window.h"

enum {
	ATTEMPTS = 16, /* at addresses that are taken */
	START_PAGES_MOST = 64, /* arguments and environment */
	BODY_STEP = 8, /* pages: so that lives are often of one size */
};

/* Parts of the window: the image with the stack soon behind it, what outlives
 * a life; the process maps its own in the rest. */
#define IMAGE_PART (128ull << 20)
#define STACK_PART (192ull << 20)
#define KEEP_PART (256ull << 20)
#define STACK_RANGE (1ull << 20)
/* What one table of pages covers.  Page tables are never given back, so all
 * lives of a process have their addresses, at random, in the same regions. */
#define REGION (2ull << 20)

const struct spawn_limits spawn_default_limits = {
	.capabilities = 4 * TABLE_SLOTS,
	.mappings = 14,
	.pages = 64,
};

static uint64_t
pages_of(uint64_t bytes)
{
	return (bytes + PAGE_SIZE - 1) / PAGE_SIZE;
}

/* A region of the size bytes from low on, at random. */
static uint64_t
choose_region(uint64_t low, uint64_t size)
{
	uint64_t n;

	gbsd_random(&n, sizeof(n));
	return low + n % (size / REGION) * REGION;
}

enum error
spawn_begin(struct spawn *spawn, const struct spawn_limits *limits)
{
	uint32_t table = (limits->capabilities + TABLE_SLOTS - 1) / TABLE_SLOTS;
	enum error e;

	*spawn = (struct spawn){ .table_pages = table,
		.pages = limits->pages,
		.window = window_take() };
	spawn->image_region = choose_region(spawn->window, IMAGE_PART / 2);
	spawn->own_region =
	    choose_region(spawn->window + KEEP_PART, WINDOW / 2);
	e = memory_take(1 + table + limits->mappings, &spawn->kernel);
	if (e == E_OK)
		e = cap_space(spawn->kernel, table, &spawn->space);
	return e;
}

enum error
spawn_give(struct spawn *spawn, const char *name, cap_t cap)
{
	struct start_cap *c = &spawn->caps[spawn->cap_count];
	enum error e;

	if (spawn->cap_count == SPAWN_CAPS)
		return E_LIMIT;
	e = cap_stage(cap, spawn->space, &c->cap);
	if (e != E_OK)
		return e;
	memset(c->name, 0, sizeof(c->name));
	strncpy(c->name, name, sizeof(c->name) - 1);
	spawn->cap_count++;
	return E_OK;
}

enum error
spawn_copy(struct spawn *spawn, const char *name, cap_t cap, uint32_t rights)
{
	cap_t copy;
	size_t pages;
	uint32_t has;
	enum error e = memory_query(cap, &has, &pages);

	if (e == E_OK)
		e = cap_range(cap, rights, 0, pages, &copy);
	else if (e == E_INVALID_CAP)
		e = cap_derive(cap, rights, &copy);
	if (e != E_OK)
		return e;
	e = spawn_give(spawn, name, copy);
	if (e != E_OK)
		cap_close(copy);
	return e;
}

/* Shows pages of memory that is ours in the child. */
static enum error
show(struct spawn *spawn, cap_t memory, uint64_t first, uint64_t pages,
    uint64_t at, unsigned protection)
{
	cap_t part, there;
	enum error e = cap_range(memory, protection, first, pages, &part);

	if (e != E_OK)
		return e;
	e = cap_stage(part, spawn->space, &there);
	if (e != E_OK) {
		cap_close(part);
		return e;
	}
	return vm_map(there, (void *)at, protection, spawn->space);
}

enum error
spawn_keep(struct spawn *spawn, cap_t memory)
{
	uint32_t rights;
	size_t pages;
	enum error e = memory_query(memory, &rights, &pages);

	for (unsigned i = 0; e == E_OK && i < ATTEMPTS; i++) {
		spawn->keep = memory_random_address(
		    spawn->window + STACK_PART, spawn->window + KEEP_PART,
		    pages);
		spawn->keep_size = pages * PAGE_SIZE;
		e = show(spawn, memory, 0, pages, spawn->keep,
		    VM_READ | VM_WRITE);
		if (e != E_RANGE)
			return e;
		/* What was staged in vain goes when the memory does. */
		e = E_OK;
	}
	return e != E_OK ? e : E_RANGE;
}

static void
choose_base(struct spawn *spawn)
{
	/* Half of the region, the stack comes into the other if it can. */
	spawn->base = memory_random_address(
	    spawn->image_region, spawn->image_region + REGION / 2, 0);
}

enum error
spawn_image(struct spawn *spawn, const void *file, size_t size)
{
	enum error e = loader_parse(file, size, &spawn->image);

	if (e == E_OK &&
	    (spawn->image.size > IMAGE_PART / 2 ||
		spawn->image.stack_size > (STACK_PART - IMAGE_PART) / 2))
		e = E_BAD_IMAGE;
	if (e != E_OK)
		return e;
	spawn->file = file;
	spawn->file_size = size;
	spawn->file_offset = SIZE_MAX;
	choose_base(spawn);
	return E_OK;
}

enum error
spawn_file(struct spawn *spawn, const struct archive_file *file)
{
	uint32_t rights = 0;
	size_t pages;
	enum error e = spawn_image(spawn, file->data, file->size);

	if (e == E_OK &&
	    memory_query(gbsd_cap("archive"), &rights, &pages) == E_OK &&
	    (rights & RIGHT_EXECUTE) && file->offset % PAGE_SIZE == 0)
		spawn->file_offset = file->offset;
	return e;
}

void
spawn_forget(struct spawn *spawn, const char *name)
{
	unsigned n = 0;

	for (unsigned i = 0; i < spawn->cap_count; i++)
		if (strncmp(spawn->caps[i].name, name,
			sizeof(spawn->caps[i].name)) != 0)
			spawn->caps[n++] = spawn->caps[i];
	spawn->cap_count = n;
}

/* --- a life ----------------------------------------------------------------*/

/* What is being made, in pages. */
struct making {
	struct spawn *spawn;
	const struct loader_image *image;
	bool shared[LOADER_SEGMENTS]; /* as it is in the archive */
	uint64_t at[LOADER_SEGMENTS]; /* in the body, if not shared */
	uint64_t start, start_pages; /* in the body */
	uint64_t stack, stack_pages; /* in the body */
	uint64_t body_pages;
	bool code; /* some of that is in the body */
	uint64_t start_at, stack_at; /* addresses there */
};

/* Whole pages of the file just as they are: the child can map those. */
static bool
is_shared(const struct spawn *spawn, const struct loader_segment *s)
{
	return spawn->file_offset != SIZE_MAX &&
	    !(s->protection & VM_WRITE) && s->skip == 0 &&
	    s->file_offset % PAGE_SIZE == 0 &&
	    s->size - s->file_size < PAGE_SIZE;
}

/* Where everything is in the body.  The start page is behind the last segment
 * that is not shared, which is the written one in what is linked here. */
static void
plan(struct making *m, size_t start_bytes)
{
	struct spawn *spawn = m->spawn;
	uint64_t used = 0;

	for (unsigned i = 0; i < m->image->segment_count; i++) {
		const struct loader_segment *s = &m->image->segments[i];

		m->shared[i] = is_shared(spawn, s);
		m->at[i] = used;
		if (m->shared[i])
			continue;
		used += pages_of(s->size);
		m->code |= (s->protection & VM_EXECUTE) != 0;
	}
	m->start = used;
	m->start_pages = pages_of(start_bytes);
	m->stack = used + m->start_pages;
	m->stack_pages = pages_of(
	    m->image->stack_size != 0 ? m->image->stack_size : SPAWN_STACK);
	used = m->stack + m->stack_pages;
	m->body_pages = (used + BODY_STEP - 1) / BODY_STEP * BODY_STEP;
}

static char *
in_view(const struct making *m, uint64_t page)
{
	return (char *)m->spawn->life.view + page * PAGE_SIZE;
}

static enum error
load(struct making *m)
{
	struct spawn *spawn = m->spawn;
	void *views[LOADER_SEGMENTS];

	for (unsigned i = 0; i < m->image->segment_count; i++) {
		const struct loader_segment *s = &m->image->segments[i];

		views[i] = NULL;
		if (m->shared[i])
			continue;
		loader_fill(spawn->file, s, in_view(m, m->at[i]));
		if (s->protection & VM_WRITE)
			views[i] = in_view(m, m->at[i]);
	}
	return loader_relocate(spawn->file, m->image, spawn->base, views);
}

/* The archive's pages of the image, of which the child gets parts. */
static enum error
take_text(struct making *m)
{
	struct spawn *spawn = m->spawn;
	bool any = false;

	for (unsigned i = 0; i < m->image->segment_count; i++)
		any |= m->shared[i];
	return any && spawn->text == 0
	    ? cap_range(gbsd_cap("archive"),
		  RIGHT_READ | RIGHT_EXECUTE | RIGHT_DERIVE,
		  spawn->file_offset / PAGE_SIZE, pages_of(spawn->file_size),
		  &spawn->text)
	    : E_OK;
}

static enum error
show_image(struct making *m)
{
	struct spawn *spawn = m->spawn;
	enum error e = take_text(m);

	for (unsigned i = 0; e == E_OK && i < m->image->segment_count; i++) {
		const struct loader_segment *s = &m->image->segments[i];
		uint64_t pages = pages_of(s->size);
		bool last = m->at[i] + pages == m->start && !m->shared[i] &&
		    s->protection == (VM_READ | VM_WRITE) &&
		    i == m->image->segment_count - 1;

		if (m->shared[i]) {
			e = show(spawn, spawn->text, s->file_offset / PAGE_SIZE,
			    pages, spawn->base + s->address,
			    (unsigned)s->protection);
			continue;
		}
		if (last)
			pages += m->start_pages;
		e = show(spawn, spawn->life.shown, m->at[i], pages,
		    spawn->base + s->address, (unsigned)s->protection);
		if (last)
			m->start_at =
			    spawn->base + s->address + pages_of(s->size) * PAGE_SIZE;
	}
	return e;
}

/* The stack with nothing below it, and the start page if nothing was written
 * that it could be behind. */
static enum error
show_stack(struct making *m)
{
	struct spawn *spawn = m->spawn;
	uint64_t image = spawn->base + pages_of(spawn->image.size) * PAGE_SIZE;
	/* Near the image: page tables are the most that a small process costs. */
	uint64_t at = memory_random_address(image + m->start_pages * PAGE_SIZE,
	    image + STACK_RANGE + m->stack_pages * PAGE_SIZE,
	    m->start_pages + m->stack_pages + 2);
	enum error e = E_OK;

	if (m->start_at == 0) {
		m->start_at = at;
		e = show(spawn, spawn->life.shown, m->start, m->start_pages, at,
		    VM_READ | VM_WRITE);
	}
	m->stack_at = at + (m->start_pages + 1) * PAGE_SIZE;
	return e != E_OK ? e
			 : show(spawn, spawn->life.shown, m->stack, m->stack_pages,
			       m->stack_at, VM_READ | VM_WRITE);
}

static enum error
show_all(struct making *m)
{
	enum error e;

	m->start_at = 0;
	e = load(m);
	if (e == E_OK)
		e = show_image(m);
	return e == E_OK ? show_stack(m) : e;
}

/* --- the start page ----------------------------------------------------*/

/* The start page's tables and strings, laid out one behind the other. */
struct layout {
	char *view;
	uint64_t address; /* of view in the child */
	size_t used;
};

static void *
lay(struct layout *l, const void *bytes, size_t size, uint64_t *address)
{
	void *at = l->view + l->used;

	*address = l->address + l->used;
	if (bytes != NULL)
		memcpy(at, bytes, size);
	l->used += (size + 7) & ~(size_t)7;
	return at;
}

static uint32_t
count_of(char *const *list, size_t *bytes)
{
	uint32_t n = 0;

	for (; list != NULL && list[n] != NULL; n++)
		*bytes += sizeof(char *) + ((strlen(list[n]) + 8) & ~7ul);
	*bytes += sizeof(char *);
	return n;
}

static char **
lay_list(struct layout *l, char *const *list, uint32_t count)
{
	uint64_t table, string;
	uint64_t *to = lay(l, NULL, (count + 1) * sizeof(char *), &table);

	for (uint32_t i = 0; i < count; i++) {
		lay(l, list[i], strlen(list[i]) + 1, &string);
		to[i] = string;
	}
	to[count] = 0;
	return (char **)table;
}

static bool
ram_is_zero(const struct start *mine)
{
	return (mine->memory_zero &
		   (mine->boot != NULL ? START_MEMORY_ZERO
				       : START_RAM_ZERO)) != 0;
}

static void
fill_start(struct making *m, char *const *argv, char *const *envp,
    uint32_t argc, uint32_t envc)
{
	const struct start *mine = gbsd_start();
	struct spawn *spawn = m->spawn;
	struct layout l = { .view = in_view(m, m->start),
		.address = m->start_at };
	uint64_t caps, self;
	struct start *start = lay(&l, NULL, sizeof(*start), &self);

	start->magic = START_MAGIC;
	start->version = START_VERSION;
	start->gate = mine->gate;
	start->image_base = spawn->base;
	start->image_size = m->image->size;
	start->program_headers = spawn->base + m->image->program_headers;
	start->program_header_count = m->image->program_header_count;
	start->stack_low = m->stack_at;
	start->stack_high = m->stack_at + m->stack_pages * PAGE_SIZE;
	start->window_low = spawn->own_region;
	start->window_high = spawn->window + WINDOW;
	start->address_low = mine->boot != NULL ? mine->boot->address_low
						: mine->address_low;
	start->address_high = mine->boot != NULL ? mine->boot->address_high
						 : mine->address_high;
	start->size = m->start_pages * PAGE_SIZE;
	gbsd_random(start->random, sizeof(start->random));
	start->argc = argc;
	start->envc = envc;
	start->argv = lay_list(&l, argv, argc);
	start->envp = lay_list(&l, envp, envc);
	start->cap_count = spawn->cap_count;
	lay(&l, spawn->caps, sizeof(spawn->caps), &caps);
	start->caps = (struct start_cap *)caps;
	start->restarts = spawn->restarts;
	start->keep = spawn->keep;
	start->keep_size = spawn->keep_size;
	start->table_pages = spawn->table_pages;
	start->memory_zero = START_MEMORY_ZERO |
	    (ram_is_zero(mine) ? START_RAM_ZERO : 0);
}

/* What every life gets anew: how to tell its end, and memory of its own. */
static enum error
give_life(struct making *m, cap_t exit, uint64_t badge)
{
	const uint32_t raw = RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE |
	    RIGHT_MAKE | RIGHT_DERIVE;
	struct spawn *spawn = m->spawn;
	cap_t cap;
	enum error e = cap_reply(exit, exit, badge, &cap);

	if (e != E_OK)
		return e;
	e = spawn_give(spawn, "exit", cap);
	if (e != E_OK) {
		cap_close(cap);
		return e;
	}
	if (spawn->pages == 0)
		return E_OK;
	e = cap_range(spawn->life.own, raw, 0, spawn->pages, &cap);
	return e == E_OK ? spawn_give(spawn, "memory", cap) : e;
}

/* Takes back what was shown, to try at other addresses. */
static void
hide(struct spawn *spawn)
{
	life_again(&spawn->life);
	if (spawn->text != 0)
		(void)!cap_revoke(spawn->text);
}

static enum error
make(struct making *m, const char *name, char *const *argv, char *const *envp,
    cap_t exit, uint64_t badge)
{
	struct spawn *spawn = m->spawn;
	size_t bytes = sizeof(struct start) + sizeof(spawn->caps) + 64;
	uint32_t argc = count_of(argv, &bytes), envc = count_of(envp, &bytes);
	uint64_t top;
	enum error e;

	if (bytes > START_PAGES_MOST * PAGE_SIZE)
		return E_LIMIT;
	plan(m, bytes);
	for (unsigned i = 0;; i++) {
		e = life_take(&spawn->life, m->body_pages, spawn->pages);
		if (e == E_OK)
			e = show_all(m);
		if (e != E_RANGE || i == ATTEMPTS)
			break;
		hide(spawn);
		spawn->image_region =
		    choose_region(spawn->window, IMAGE_PART / 2);
		choose_base(spawn);
	}
	if (e == E_OK)
		e = give_life(m, exit, badge);
	if (e != E_OK)
		return e;
	fill_start(m, argv, envp, argc, envc);
	life_fill(&spawn->life, !m->code);
	top = m->stack_at + m->stack_pages * PAGE_SIZE;
	return sched_spawn(spawn->life.task, spawn->space, spawn->base + m->image->entry,
	    top, m->start_at, name, &spawn->task);
}

enum error
spawn_start(struct spawn *spawn, const char *name, char *const *argv,
    char *const *envp, cap_t exit, uint64_t badge)
{
	struct making m = { .spawn = spawn, .image = &spawn->image };
	unsigned lasting = spawn->cap_count;
	enum error e = make(&m, name, argv, envp, exit, badge);

	spawn->cap_count = lasting;
	return e;
}

void
spawn_again(struct spawn *spawn)
{
	hide(spawn);
	if (spawn->text != 0)
		cap_close(spawn->text);
	spawn->text = 0;
	spawn->restarts++;
}

void
spawn_end(struct spawn *spawn)
{
	if (spawn->space != 0)
		cap_close(spawn->space);
	if (spawn->text != 0)
		cap_close(spawn->text);
	life_end(&spawn->life);
	if (spawn->kernel != 0)
		memory_give(spawn->kernel);
	if (spawn->window != 0)
		window_give(spawn->window);
	*spawn = (struct spawn){ 0 };
}
