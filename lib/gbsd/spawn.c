/* spawn: stages an image, its stack and its start page; see spawn.h. */
#include <stdbool.h>
#include <string.h>

#include <gbsd/calls.h>
#include <gbsd/loader.h>
#include <gbsd/spawn.h>

const struct spawn_limits spawn_default_limits = {
	.capabilities = 256,
	.slots = 128,
	.pages = 2048,
	.tasks = 16,
};

enum error
spawn_begin(struct spawn *spawn, cap_t old)
{
	memset(spawn, 0, sizeof(*spawn));
	cap_unstage();
	return old == 0 ? E_OK : cap_stage_into(old);
}

enum error
spawn_quota(const struct spawn_limits *limits)
{
	enum error e =
	    cap_quota(0, QUOTA_CAPABILITIES, (int64_t)limits->capabilities);

	if (e == E_OK)
		e = cap_quota(0, QUOTA_SLOTS, (int64_t)limits->slots);
	if (e == E_OK)
		e = cap_quota(0, QUOTA_PAGES, (int64_t)limits->pages);
	if (e == E_OK)
		e = cap_quota(0, QUOTA_TASKS, (int64_t)limits->tasks);
	return e;
}

void
spawn_recall(struct spawn *spawn, const char *name, cap_t there)
{
	struct start_cap *c = &spawn->caps[spawn->cap_count];

	if (spawn->cap_count == SPAWN_CAPS)
		return;
	strncpy(c->name, name, sizeof(c->name) - 1);
	c->cap = there;
	spawn->cap_count++;
}

enum error
spawn_give(struct spawn *spawn, const char *name, cap_t cap)
{
	cap_t there;
	enum error e;

	if (spawn->cap_count == SPAWN_CAPS)
		return E_LIMIT;
	e = cap_stage(cap, &there);
	if (e == E_OK)
		spawn_recall(spawn, name, there);
	return e;
}

enum error
spawn_copy(struct spawn *spawn, const char *name, cap_t cap, uint32_t rights)
{
	cap_t copy;
	enum error e = cap_derive(cap, rights, 0, &copy);

	if (e != E_OK)
		return e;
	e = spawn_give(spawn, name, copy);
	if (e != E_OK)
		cap_close(copy);
	return e;
}

/* A new object of that size, seen here at *view. */
static enum error
make_memory(size_t size, cap_t *memory, void **view)
{
	enum error e = vm_object(size, 0, memory);

	if (e != E_OK)
		return e;
	e = vm_map(*memory, 0, size, VM_READ | VM_WRITE, 0, view);
	if (e != E_OK)
		cap_close(*memory);
	return e;
}

/* Maps it in the child, at hint exactly if that is given. */
static enum error
stage_memory(cap_t memory, size_t size, unsigned protection, uint64_t hint,
    uint64_t *address)
{
	enum error e = vm_stage(memory, 0, size, protection, hint, address);

	if (e == E_OK && hint != 0 && *address != hint)
		e = E_RANGE;
	return e;
}

enum error
spawn_keep(struct spawn *spawn, size_t size)
{
	cap_t memory;
	enum error e = vm_object(size, 0, &memory);

	if (e != E_OK)
		return e;
	e = stage_memory(memory, size, VM_READ | VM_WRITE | VM_KEEP, 0,
	    &spawn->keep);
	cap_close(memory);
	spawn->keep_size = size;
	return e;
}

/* Where the image comes from: bytes, and the object that they are mapped
 * from, if there is one that the child may map too. */
struct source {
	const void *file;
	size_t size;
	cap_t memory; /* or 0 */
	size_t offset; /* of file in it */
};

struct parts {
	cap_t memory[LOADER_SEGMENTS]; /* 0: shared with the source */
	void *view[LOADER_SEGMENTS];
	unsigned made;
};

/* Whole pages of the file just as they are: the child can map those. */
static bool
is_shared(const struct source *from, const struct loader_segment *s)
{
	return from->memory != 0 && !(s->protection & VM_WRITE) &&
	    s->skip == 0 &&
	    (from->offset + s->file_offset) % PAGE_SIZE == 0 &&
	    s->size - s->file_size < PAGE_SIZE;
}

static enum error
fill_parts(struct parts *parts, const struct source *from,
    const struct loader_image *image)
{
	for (unsigned i = 0; i < image->segment_count; i++) {
		const struct loader_segment *s = &image->segments[i];
		enum error e = E_OK;

		parts->memory[i] = 0;
		parts->view[i] = NULL;
		if (!is_shared(from, s))
			e = make_memory(
			    s->size, &parts->memory[i], &parts->view[i]);
		if (e != E_OK)
			return e;
		parts->made++;
		if (parts->view[i] != NULL)
			loader_fill(from->file, s, parts->view[i]);
	}
	return E_OK;
}

static enum error
stage_part(struct spawn *spawn, const struct parts *parts,
    const struct source *from, const struct loader_segment *s, unsigned i)
{
	bool shared = parts->memory[i] == 0;
	uint64_t hint = i == 0 ? 0 : spawn->base + s->address, address;
	enum error e = vm_stage(shared ? from->memory : parts->memory[i],
	    shared ? from->offset + s->file_offset : 0, s->size,
	    (unsigned)s->protection, hint, &address);

	if (e == E_OK && hint != 0 && address != hint)
		e = E_RANGE;
	if (e == E_OK && i == 0)
		spawn->base = address - s->address;
	return e;
}

static enum error
stage_parts(struct spawn *spawn, const struct parts *parts,
    const struct source *from, const struct loader_image *image)
{
	void *writable[LOADER_SEGMENTS];

	for (unsigned i = 0; i < image->segment_count; i++) {
		const struct loader_segment *s = &image->segments[i];
		enum error e = stage_part(spawn, parts, from, s, i);

		if (e != E_OK)
			return e;
		writable[i] =
		    s->protection & VM_WRITE ? parts->view[i] : NULL;
	}
	return loader_relocate(from->file, image, spawn->base, writable);
}

static enum error
load(struct spawn *spawn, const struct source *from)
{
	struct loader_image image;
	struct parts parts = { .made = 0 };
	enum error e = loader_parse(from->file, from->size, &image);

	if (e == E_OK && image.stack_size > LOADER_SIZE_MAX)
		e = E_BAD_IMAGE;
	if (e != E_OK)
		return e;
	e = fill_parts(&parts, from, &image);
	if (e == E_OK)
		e = stage_parts(spawn, &parts, from, &image);
	for (unsigned i = 0; i < parts.made; i++) {
		if (parts.memory[i] == 0)
			continue;
		if (vm_deallocate(parts.view[i], image.segments[i].size) !=
		    E_OK)
			e = E_STATE;
		cap_close(parts.memory[i]);
	}
	spawn->image_size = image.size;
	spawn->stack_size =
	    (image.stack_size + PAGE_SIZE - 1) & -(uint64_t)PAGE_SIZE;
	spawn->entry = spawn->base + image.entry;
	spawn->program_headers = spawn->base + image.program_headers;
	spawn->program_header_count = image.program_header_count;
	return e;
}

enum error
spawn_image(struct spawn *spawn, const void *file, size_t size)
{
	return load(spawn, &(struct source){ .file = file, .size = size });
}

enum error
spawn_file(struct spawn *spawn, const struct archive_file *file)
{
	cap_t archive = gbsd_cap("archive");
	uint64_t info;

	if (archive != 0 &&
	    (cap_query(archive, &info) != E_OK ||
		!(CAP_INFO_RIGHTS(info) & RIGHT_EXECUTE)))
		archive = 0;
	return load(spawn,
	    &(struct source){ .file = file->data,
		.size = file->size,
		.memory = archive,
		.offset = file->offset });
}

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

static void
fill_start(struct spawn *spawn, struct layout *l, struct start *start,
    char *const *argv, char *const *envp)
{
	uint64_t caps;

	start->magic = START_MAGIC;
	start->version = START_VERSION;
	start->gate = gbsd_start()->gate;
	start->image_base = spawn->base;
	start->image_size = spawn->image_size;
	start->program_headers = spawn->program_headers;
	start->program_header_count = spawn->program_header_count;
	gbsd_random(start->random, sizeof(start->random));
	start->argv = lay_list(l, argv, start->argc);
	start->envp = lay_list(l, envp, start->envc);
	start->cap_count = spawn->cap_count;
	lay(l, spawn->caps, spawn->cap_count * sizeof(*spawn->caps), &caps);
	start->caps = (struct start_cap *)caps;
	start->restarts = spawn->restarts;
	start->keep = spawn->keep;
	start->keep_size = spawn->keep_size;
}

/* One object: the stack, and above it size bytes for struct start and its
 * tables and strings, of which *l is the view here. */
static enum error
stage_stack(size_t stack, size_t size, struct layout *l, uint64_t *low)
{
	cap_t memory;
	void *view = NULL;
	enum error e = vm_object(stack + size, 0, &memory);

	if (e != E_OK)
		return e;
	e = stage_memory(memory, stack + size, VM_READ | VM_WRITE, 0, low);
	if (e == E_OK)
		e = vm_map(memory, stack, size, VM_READ | VM_WRITE, 0, &view);
	cap_close(memory);
	l->view = view;
	l->address = *low + stack;
	return e;
}

static enum error
stage_start(struct spawn *spawn, char *const *argv, char *const *envp,
    uint64_t *address)
{
	size_t size = sizeof(struct start) + sizeof(spawn->caps);
	size_t stack = spawn->stack_size != 0 ? spawn->stack_size : SPAWN_STACK;
	uint32_t argc = count_of(argv, &size), envc = count_of(envp, &size);
	struct layout l = { .used = 0 };
	struct start *start;
	uint64_t low;
	enum error e;

	size = (size + PAGE_SIZE - 1) & -(size_t)PAGE_SIZE;
	e = stage_stack(stack, size, &l, &low);
	if (e != E_OK)
		return e;
	start = lay(&l, NULL, sizeof(*start), address);
	start->argc = argc;
	start->envc = envc;
	start->size = size;
	start->stack_low = low;
	start->stack_high = low + stack;
	fill_start(spawn, &l, start, argv, envp);
	return vm_deallocate(l.view, size);
}

enum error
spawn_start(struct spawn *spawn, const char *name, char *const *argv,
    char *const *envp, cap_t *space)
{
	uint64_t address = 0;
	enum error e = stage_start(spawn, argv, envp, &address);

	/* The stack ends where the start page begins. */
	if (e == E_OK)
		e = sched_spawn(SPAWN_SPACE, spawn->entry, address, address,
		    name, space);
	if (e != E_OK)
		spawn_cancel(spawn);
	return e;
}

void
spawn_cancel(struct spawn *spawn)
{
	(void)spawn;
	cap_unstage();
}
