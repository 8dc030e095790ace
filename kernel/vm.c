/* vm: the calls on memory; what they do is in memory.c and mapping.c. */
#include "kernel.h"

enum { STEP = 16, RANGE_LIMIT = 1 << 30 /* pages */ };

static bool
bad_protection(uint64_t flags)
{
	return (flags & VM_WRITE) && (flags & VM_EXECUTE);
}

/* A whole number of pages, not too many. */
static bool
bad_size(uint64_t size)
{
	return size == 0 || size % PAGE_SIZE != 0 ||
	    size / PAGE_SIZE > RANGE_LIMIT;
}

static enum error
check_flags(const uint64_t *a)
{
	uint64_t known = VM_MODE_MASK | VM_PROTECTION_MASK | VM_KEEP;

	if (a[2] & ~known)
		return REFUSE(E_INVALID_CALL, "unknown flags");
	if (bad_protection(a[2]))
		return REFUSE(E_INVALID, "writable and executable");
	if (bad_size(a[1]))
		return REFUSE(E_INVALID, "not a whole number of pages");
	return E_OK;
}

static uint64_t
vm_new(struct task *task, const uint64_t *a)
{
	struct view view = { .hint = a[0],
		.pages = a[1] / PAGE_SIZE,
		.protection = (uint32_t)a[2] & ~VM_MODE_MASK,
		.limit = VM_PROTECTION_MASK };
	struct memory *memory;
	struct mapping *m;
	enum error e = memory_create(task->space, view.pages, &memory);

	if (e != E_OK)
		return error_value(e);
	e = mapping_create(task->space, memory, &view, NULL, &m);
	object_put(&memory->object);
	return e == E_OK ? m->address : error_value(e);
}

static uint64_t
vm_object(struct task *task, const uint64_t *a)
{
	struct capability *c = NULL;
	struct memory *memory;
	enum error e = E_OK;

	if (a[3] != 0)
		e = capability_get(task->space, a[3], TYPE(OBJECT_PORT),
		    RIGHT_SEND, &c);
	if (e == E_OK)
		e = capability_reserve(task->space, 1);
	if (e == E_OK)
		e = memory_create(task->space, a[1] / PAGE_SIZE, &memory);
	if (e != E_OK)
		return error_value(e);
	if (c != NULL) {
		memory->pager = (struct badge *)c->object;
		object_get(c->object);
	}
	return capability_handle(capability_new(task->space, &memory->object,
	    RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE | RIGHT_DERIVE, NULL));
}

static uint64_t
vm_device(struct task *task, const uint64_t *a)
{
	struct capability *c;
	struct memory *memory;
	enum error e = capability_get(
	    task->space, a[3], TYPE(OBJECT_MACHINE), RIGHT_DEVICE, &c);

	if (e == E_OK && a[4] % PAGE_SIZE != 0)
		e = REFUSE(E_INVALID, "a device address within a page");
	if (e == E_OK)
		e = capability_reserve(task->space, 1);
	if (e == E_OK)
		e = memory_create_fixed(
		    task->space, a[4], a[1] / PAGE_SIZE, true, &memory);
	if (e != E_OK)
		return error_value(e);
	return capability_handle(capability_new(task->space, &memory->object,
	    RIGHT_READ | RIGHT_WRITE | RIGHT_DERIVE, NULL));
}

/* The object of a3, with those rights, if it has count pages from a4 on. */
static enum error
object_of(struct task *task, const uint64_t *a, uint32_t rights,
    uint64_t count, struct capability **c, struct memory **memory)
{
	enum error e = capability_get(
	    task->space, a[3], TYPE(OBJECT_MEMORY), rights, c);

	if (e != E_OK)
		return e;
	*memory = CONTAINER((*c)->object, struct memory, object);

	uint64_t first = a[4] / PAGE_SIZE;

	if (a[4] % PAGE_SIZE != 0 || first > (*memory)->pages ||
	    count > (*memory)->pages - first)
		return REFUSE(E_RANGE, "not within the memory object");
	return E_OK;
}

/* VM_MAP and VM_STAGE differ in the space alone. */
static uint64_t
vm_map(struct task *task, struct space *space, const uint64_t *a)
{
	struct view view = { .hint = a[0],
		.offset = a[4] / PAGE_SIZE,
		.pages = a[1] / PAGE_SIZE,
		.protection = (uint32_t)a[2] & ~VM_MODE_MASK };
	uint32_t rights = view.protection & VM_PROTECTION_MASK;
	struct capability *c;
	struct memory *memory;
	struct mapping *m;
	enum error e = object_of(task, a, rights, view.pages, &c, &memory);

	if (e != E_OK)
		return error_value(e);
	if (!capability_settled(c))
		return RESULT_AGAIN;
	view.limit = c->rights & VM_PROTECTION_MASK;
	e = mapping_create(space, memory, &view, c, &m);
	return e == E_OK ? m->address : error_value(e);
}

/* Of the task's own mapping that covers address, if it may be changed. */
static struct mapping *
own_mapping(struct task *task, vaddr_t end)
{
	struct mapping *m = mapping_below(task->space, end);

	return m != NULL && m->space == task->space &&
		!(m->limit & MAPPING_AREA)
	    ? m
	    : NULL;
}

/* Both ends of a range in pages; mappings end there afterwards. */
static enum error
cut_range(struct task *task, vaddr_t low, uint64_t size)
{
	enum error e;

	if (low % PAGE_SIZE != 0 || bad_size(size) || low + size < low)
		return REFUSE(E_INVALID, "not a range of whole pages");
	if ((e = mapping_cut(task->space, low)) != E_OK)
		return e;
	return mapping_cut(task->space, low + size);
}

/* a5 says how many pages of the range are done: it goes on from there. */
static uint64_t
vm_protect(struct task *task, uint64_t *a)
{
	enum error e = cut_range(task, a[0], a[1]);

	if (e != E_OK)
		return error_value(e);

	vaddr_t at = a[0] + a[5] * PAGE_SIZE;
	struct mapping *m = own_mapping(task, at + 1);
	uint32_t protection = (uint32_t)a[2] & VM_PROTECTION_MASK;
	uint64_t first;

	if (a[5] >= a[1] / PAGE_SIZE)
		return 0;
	if (m == NULL || at - m->address >= m->pages * PAGE_SIZE)
		return error_value(REFUSE(E_RANGE, "nothing of its own there"));
	if (protection & ~m->limit)
		return error_value(
		    REFUSE(E_NO_RIGHTS, "more than the capability allowed"));
	first = (at - m->address) / PAGE_SIZE;
	a[5] -= first;
	e = mapping_protect(m, &first, protection);
	a[5] += first;
	return e == E_OK ? RESULT_AGAIN : error_value(e);
}

static uint64_t
vm_pin(struct task *task, const uint64_t *a, bool pin)
{
	struct capability *c;
	struct memory *memory;
	enum error e = capability_get(
	    task->space, a[5], TYPE(OBJECT_MACHINE), RIGHT_DEVICE, &c);
	paddr_t page;

	if (e == E_OK)
		e = object_of(task, a, 0, 1, &c, &memory);
	if (e != E_OK)
		return error_value(e);
	if (!pin) {
		if (memory->pins == 0)
			return error_value(REFUSE(E_STATE, "not pinned"));
		memory->pins--;
		return 0;
	}
	page = memory_page(memory, a[4] / PAGE_SIZE, true);
	if (page == 0)
		return error_value(REFUSE(E_NO_MEMORY, "no page to pin"));
	memory->pins++;
	return page;
}

static uint64_t
vm_supply(struct task *task, const uint64_t *a)
{
	uint64_t to_args[CALL_ARGUMENTS] = { [3] = a[5], [4] = a[0] };
	struct capability *c;
	struct memory *from, *to;
	enum error e = object_of(task, a, RIGHT_WRITE, 1, &c, &from);
	paddr_t page;

	if (e == E_OK)
		e = object_of(task, to_args, RIGHT_WRITE, 1, &c, &to);
	if (e != E_OK)
		return error_value(e);
	page = memory_page(from, a[4] / PAGE_SIZE, false);
	if (from->fixed || to->fixed || from->pins != 0 ||
	    !list_empty(&from->mappings) || page == 0 ||
	    memory_page(to, a[0] / PAGE_SIZE, false) != 0)
		return error_value(REFUSE(E_STATE, "in use, or not absent"));
	e = memory_put(to, a[0] / PAGE_SIZE, page);
	if (e != E_OK)
		return error_value(e);
	return error_value(memory_put(from, a[4] / PAGE_SIZE, 0));
}

uint64_t
vm_allocate(struct task *task, uint64_t *a)
{
	enum vm_mode mode = a[2] & VM_MODE_MASK;
	enum error e = check_flags(a);

	if (e != E_OK)
		return error_value(e);
	switch (mode) {
	case VM_NEW:
		return vm_new(task, a);
	case VM_OBJECT:
		return vm_object(task, a);
	case VM_MAP:
		return vm_map(task, task->space, a);
	case VM_PROTECT:
		return vm_protect(task, a);
	case VM_PIN:
	case VM_UNPIN:
		return vm_pin(task, a, mode == VM_PIN);
	case VM_STAGE:
		e = space_stage(task);
		return e == E_OK ? vm_map(task, task->stage, a)
				 : error_value(e);
	case VM_SUPPLY:
		return vm_supply(task, a);
	default:
		return vm_device(task, a);
	}
}

uint64_t
vm_deallocate(struct task *task, uint64_t *a)
{
	enum error e = cut_range(task, a[0], a[1]);

	if (e != E_OK)
		return error_value(e);
	for (unsigned i = 0; i < STEP; i++) {
		struct mapping *m = mapping_below(task->space, a[0] + a[1]);

		if (m == NULL || m->address < a[0])
			return 0;
		if (m != own_mapping(task, a[0] + a[1]))
			return error_value(
			    REFUSE(E_RANGE, "holds what is not its own"));
		if (!mapping_step(m))
			break;
	}
	return RESULT_AGAIN;
}
