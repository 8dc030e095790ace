/* fake_kernel: see fake_kernel.h. */
#define _GNU_SOURCE
#include "fake_kernel.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct entry {
	uint32_t generation;
	bool used;
	unsigned space;
	enum object_type type;
	uint32_t rights, base, pages;
	uint32_t watermark; /* raw: children begin at or behind it */
	unsigned parent; /* 0: a root */
	uint64_t address; /* of its mapping, or 0 */
	unsigned protection;
	unsigned object; /* number of a space */
	bool made; /* raw: it is an object */
};

static struct entry entries[FAKE_SLOTS];
static unsigned spaces, hint;
static int file = -1;
static char *all;
static _Alignas(PAGE_SIZE) char area_page[PAGE_SIZE];
static struct start_cap names[64];

unsigned fake_space, fake_refuse, fake_taken, fake_calls, fake_die;
jmp_buf fake_death;
struct fake_task fake_task;
struct start fake_start;

void gate_call(void); /* tests/hosted_image/gate_*.S */
uint64_t fake_call(uint64_t number, uint64_t a[6]);

static struct area *
self(void)
{
	return (struct area *)area_page;
}

static const struct gate gate = { .call = gate_call, .self = self };
const struct gate *gbsd_gate = &gate;

const struct start *
gbsd_start(void)
{
	return &fake_start;
}

cap_t
gbsd_cap(const char *name)
{
	for (unsigned i = 0; i < fake_start.cap_count; i++)
		if (strcmp(names[i].name, name) == 0)
			return names[i].cap;
	return 0;
}

void
gbsd_random(void *to, size_t size)
{
	for (size_t i = 0; i < size; i++)
		((uint8_t *)to)[i] = (uint8_t)(rand() >> 7);
}

void
fake_name(const char *name, cap_t cap)
{
	struct start_cap *c = &names[fake_start.cap_count++];

	memset(c, 0, sizeof(*c));
	strncpy(c->name, name, sizeof(c->name) - 1);
	c->cap = cap;
}

static void
unmap(struct entry *e)
{
	if (e->address != 0)
		munmap((void *)e->address, (size_t)e->pages * PAGE_SIZE);
	e->address = 0;
}

void
fake_begin(void)
{
	for (unsigned i = 0; i < FAKE_SLOTS; i++)
		unmap(&entries[i]);
	memset(entries, 0, sizeof(entries));
	if (file < 0)
		file = memfd_create("fake", 0);
	if (all != NULL)
		munmap(all, (size_t)FAKE_PAGES * PAGE_SIZE);
	if (ftruncate(file, 0) != 0 ||
	    ftruncate(file, (off_t)FAKE_PAGES * PAGE_SIZE) != 0)
		abort();
	all = mmap(NULL, (size_t)FAKE_PAGES * PAGE_SIZE, PROT_READ | PROT_WRITE,
	    MAP_SHARED, file, 0);
	memset(area_page, 0, sizeof(area_page));
	memset(&fake_task, 0, sizeof(fake_task));
	fake_space = fake_refuse = fake_taken = fake_calls = fake_die = 0;
	spaces = 0;
	hint = 0;
	fake_start = (struct start){ .window_low = 0x210000000000,
		.window_high = 0x210040000000,
		.address_low = 0x200000000000,
		.address_high = 0x300000000000,
		.caps = names,
		.gate = &gate,
		.table_pages = FAKE_SLOTS / 64 };
}

static cap_t
handle(const struct entry *e)
{
	return (cap_t)e->generation << 32 | (cap_t)(e - entries);
}

static struct entry *
find(unsigned space, cap_t cap)
{
	struct entry *e = &entries[(uint32_t)cap % FAKE_SLOTS];

	return (uint32_t)cap < FAKE_SLOTS && e->used && e->space == space &&
		       e->generation == cap >> 32
		   ? e
		   : NULL;
}

static struct entry *
new_entry(unsigned space, enum object_type type, uint32_t rights,
    struct entry *parent)
{
	for (unsigned n = 0; n < FAKE_SLOTS; n++) {
		unsigned i = (hint + n) % FAKE_SLOTS;
		struct entry *e = &entries[i];

		if (e->used || i % 64 == 0)
			continue;
		hint = i;
		*e = (struct entry){ .generation = e->generation + 1,
			.used = true,
			.space = space,
			.type = type,
			.rights = rights,
			.parent =
			    parent != NULL ? (unsigned)(parent - entries) : 0 };
		return e;
	}
	return NULL;
}

cap_t
fake_memory(unsigned space, uint32_t base, uint32_t pages)
{
	struct entry *e = new_entry(space, OBJECT_MEMORY,
	    RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE | RIGHT_MAKE | RIGHT_BUS |
		RIGHT_DERIVE,
	    NULL);

	e->base = base;
	e->pages = pages;
	return handle(e);
}

cap_t
fake_object(unsigned space, enum object_type type)
{
	return handle(new_entry(space, type, 0xFF, NULL));
}

static bool
has_child(const struct entry *e)
{
	for (unsigned i = 1; i < FAKE_SLOTS; i++)
		if (entries[i].used && entries[i].parent == e - entries)
			return true;
	return false;
}

static bool
in_use(const struct entry *e)
{
	return (e->rights & RIGHT_MAKE) && (e->address != 0 || has_child(e));
}

static uint64_t
clear(const struct entry *e, uint64_t first)
{
	uint64_t end = first + CLEAR_PAGES;

	if (in_use(e))
		return error_value(E_STATE);
	if (first >= e->pages)
		return error_value(E_RANGE);
	for (; first < end && first < e->pages; first++)
		memset(fake_page(e->base + (uint32_t)first), 0, PAGE_SIZE);
	return first;
}

static void revoke_all(struct entry *e);

static void delete (struct entry *e)
{
	unmap(e);
	e->used = false;
	if ((unsigned)(e - entries) < hint)
		hint = (unsigned)(e - entries);
	if (e->type != OBJECT_SPACE || !(e->rights & RIGHT_DESTROY))
		return;
	for (unsigned i = 1; i < FAKE_SLOTS; i++)
		if (entries[i].used && entries[i].space == e->object)
			delete (&entries[i]);
}

static void
revoke_all(struct entry *e)
{
	for (unsigned i = 1; i < FAKE_SLOTS; i++)
		if (entries[i].used && entries[i].parent == e - entries) {
			revoke_all(&entries[i]);
			delete (&entries[i]);
		}
}

static void
close_entry(struct entry *e)
{
	for (unsigned i = 1; i < FAKE_SLOTS; i++)
		if (entries[i].used && entries[i].parent == e - entries)
			entries[i].parent = e->parent;
	delete (e);
}

static uint64_t
derive(struct entry *c, uint64_t rights, uint64_t first, uint64_t pages)
{
	struct entry *e;

	if (!(c->rights & RIGHT_DERIVE) || (rights & ~(uint64_t)c->rights))
		return error_value(E_NO_RIGHTS);
	if ((pages == 0) == (c->type == OBJECT_MEMORY) || first > c->pages ||
	    pages > c->pages - first)
		return error_value(E_RANGE);
	if (c->rights & RIGHT_MAKE) {
		if (!has_child(c))
			c->watermark = 0;
		if (c->address != 0 || first < c->watermark)
			return error_value(E_STATE);
		c->watermark = (uint32_t)(first + pages);
	}
	e = new_entry(c->space, c->type, (uint32_t)rights, c);
	if (e == NULL)
		return error_value(E_NO_MEMORY);
	e->base = c->base + (uint32_t)first;
	e->pages = (uint32_t)pages;
	e->object = c->object;
	return handle(e);
}

/* An object in raw memory, which cannot be used otherwise meanwhile. */
static uint64_t
make(struct entry *memory, enum object_type type)
{
	struct entry *e;

	if (!(memory->rights & RIGHT_MAKE))
		return error_value(E_NO_RIGHTS);
	if (in_use(memory))
		return error_value(E_STATE);
	e = new_entry(fake_space, type,
	    RIGHT_SEND | RIGHT_RECEIVE | RIGHT_SIGNAL | RIGHT_DESTROY |
		RIGHT_DERIVE | RIGHT_CONTROL,
	    memory);
	if (e == NULL)
		return error_value(E_NO_MEMORY);
	memory->watermark = UINT32_MAX;
	memset(fake_page(memory->base), 0xA5,
	    (size_t)memory->pages * PAGE_SIZE); /* the kernel's */
	if (type == OBJECT_SPACE)
		e->object = ++spaces;
	return handle(e);
}

static uint64_t
map(struct entry *c, uint64_t address, uint64_t protection)
{
	int prot = (protection & VM_READ ? PROT_READ : 0) |
		   (protection & VM_WRITE ? PROT_WRITE : 0);
	void *at;

	if (c->address != 0 || in_use(c))
		return error_value(E_STATE);
	if ((protection & ~(uint64_t)c->rights) ||
	    (protection & (VM_WRITE | VM_EXECUTE)) == (VM_WRITE | VM_EXECUTE))
		return error_value(E_NO_RIGHTS);
	if (address % PAGE_SIZE != 0 || address < fake_start.address_low)
		return error_value(E_RANGE);
	if (fake_taken != 0) {
		fake_taken--;
		return error_value(E_RANGE);
	}
	at = mmap((void *)address, (size_t)c->pages * PAGE_SIZE, prot,
	    MAP_SHARED | MAP_FIXED_NOREPLACE, file, (off_t)c->base * PAGE_SIZE);
	if (at == MAP_FAILED)
		return error_value(E_RANGE);
	c->address = address;
	c->protection = (unsigned)protection;
	return address;
}

static uint64_t
cap_call(struct entry *c, uint64_t a[6])
{
	struct entry *space;

	switch (a[1]) {
	case CAP_DERIVE:
		return derive(c, a[2], a[3], a[4]);
	case CAP_BADGE:
		return handle(
		    new_entry(fake_space, OBJECT_PORT, (uint32_t)a[2], c));
	case CAP_REPLY:
		return handle(new_entry(
		    fake_space, OBJECT_REPLY, RIGHT_SEND | RIGHT_SEND_ONCE, c));
	case CAP_STAGE:
		space = find(fake_space, a[2]);
		if (space == NULL || space->type != OBJECT_SPACE)
			return error_value(E_INVALID_CAP);
		if (c->address != 0)
			return error_value(E_STATE);
		c->space = space->object;
		c->generation++; /* the old handle is stale */
		return handle(c);
	case CAP_CLOSE:
		close_entry(c);
		return 0;
	case CAP_REVOKE:
		revoke_all(c);
		return 0;
	case CAP_SPACE:
		return a[2] == 0 || a[2] >= c->pages ? error_value(E_RANGE)
						     : make(c, OBJECT_SPACE);
	case CAP_FAULTS:
		return 0;
	case CAP_QUERY:
		return c->rights | (uint64_t)c->type << 24 |
		       (uint64_t)c->pages << 32;
	}
	return error_value(E_INVALID_CALL);
}

static uint64_t
spawn(struct entry *memory, uint64_t a[6])
{
	struct entry *space = find(fake_space, a[1]);
	const struct area *area = self();

	if (space == NULL || a[3] % PAGE_SIZE != 0 ||
	    memory->pages < TASK_PAGES)
		return error_value(E_INVALID_CAP);
	fake_task = (struct fake_task){ .space = space->object,
		.entry = a[2],
		.stack = a[3],
		.argument = a[4],
		.count = fake_task.count + 1 };
	memcpy(fake_task.name, area->message.words, NAME_BYTES);
	return make(memory, OBJECT_TASK);
}

static bool
makes(uint64_t number, const uint64_t a[6])
{
	return number == CALL_port_allocate || number == CALL_vm_allocate ||
	       number == CALL_sched_spawn ||
	       (number == CALL_cap_move && a[1] != CAP_CLOSE &&
		   a[1] != CAP_REVOKE && a[1] != CAP_QUERY);
}

static uint64_t
do_call(uint64_t number, uint64_t a[6])
{
	unsigned space = fake_space;
	struct entry *c;

	if (number == CALL_sched_yield)
		return 0;
	if (makes(number, a) && fake_refuse != 0 && --fake_refuse == 0)
		return error_value(E_NO_MEMORY);
	if (number == CALL_vm_allocate && a[3] != 0)
		space = fake_space_of(a[3]);
	c = find(space, a[0]);
	if (c == NULL)
		return error_value(E_INVALID_CAP);
	switch (number) {
	case CALL_port_allocate:
		return make(c, OBJECT_PORT);
	case CALL_vm_allocate:
		return map(c, a[1], a[2]);
	case CALL_vm_deallocate:
		if (a[1] == VM_CLEAR)
			return clear(c, a[2]);
		unmap(c);
		return 0;
	case CALL_cap_move:
		return cap_call(c, a);
	case CALL_sched_spawn:
		return spawn(c, a);
	}
	abort();
}

uint64_t
fake_call(uint64_t number, uint64_t a[6])
{
	bool dies = fake_die != 0 && --fake_die == 0, before = rand() % 2;
	uint64_t result;

	fake_calls++;
	if (dies && before)
		longjmp(fake_death, 1);
	result = do_call(number, a);
	if (dies)
		longjmp(fake_death, 1);
	return result;
}

cap_t
fake_move(unsigned from, cap_t cap, unsigned to)
{
	struct entry *e = find(from, cap);

	e->space = to;
	e->generation++;
	return handle(e);
}

void
fake_close(unsigned space, cap_t cap)
{
	close_entry(find(space, cap));
}

bool
fake_lives(unsigned space, cap_t cap)
{
	return find(space, cap) != NULL;
}

unsigned
fake_count(unsigned space)
{
	unsigned n = 0;

	for (unsigned i = 1; i < FAKE_SLOTS; i++)
		n += entries[i].used && entries[i].space == space;
	return n;
}

unsigned
fake_mappings(unsigned space)
{
	unsigned n = 0;

	for (unsigned i = 1; i < FAKE_SLOTS; i++)
		n += entries[i].used && entries[i].space == space &&
		     entries[i].address != 0;
	return n;
}

uint32_t
fake_base(unsigned space, cap_t cap)
{
	return find(space, cap)->base;
}

uint32_t
fake_pages(unsigned space, cap_t cap)
{
	return find(space, cap)->pages;
}

unsigned
fake_space_of(cap_t cap)
{
	const struct entry *e = find(fake_space, cap);

	return e != NULL ? e->object : FAKE_SPACES;
}

cap_t
fake_mapped_at(unsigned space, uint64_t address, unsigned *protection)
{
	for (unsigned i = 1; i < FAKE_SLOTS; i++) {
		const struct entry *e = &entries[i];

		if (!e->used || e->space != space || e->address == 0 ||
		    address - e->address >= (uint64_t)e->pages * PAGE_SIZE)
			continue;
		*protection = e->protection;
		return handle(e);
	}
	return 0;
}

void *
fake_page(uint32_t page)
{
	return all + (size_t)page * PAGE_SIZE;
}
