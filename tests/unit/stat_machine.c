/* stat_machine: a kernel without a machine; see stat_machine.h. */
#include "stat_machine.h"

#include <stdlib.h>
#include <string.h>

enum { INIT_PAGES = 32, TABLE_PAGES = 8 };

#define CHECK(condition) ((condition) ? (void)0 : abort())

uint8_t *host_ram;
struct machine machine;
uint64_t result;

static char *ram; /* both ranges and the gap, nothing more: ASan guards it */
static struct capability space_memory, task_memory;

/* --- what the kernel calls -------------------------------------------------*/

unsigned
hal_cpu(void)
{
	return 0;
}

uint64_t
hal_now(void)
{
	static uint64_t now;

	return now += 1000;
}

enum hal_map_result
hal_space_map(struct hal_space *space, vaddr_t address, paddr_t page,
    size_t count, unsigned protection, bool device)
{
	(void)space, (void)address, (void)page, (void)count;
	(void)protection, (void)device;
	return HAL_MAPPED;
}

#define NOTHING(name, ...)           \
	void hal_##name(__VA_ARGS__) \
	{                            \
	}

#pragma GCC diagnostic ignored "-Wunused-parameter"
NOTHING(timer_arm, uint64_t deadline)
NOTHING(unmask, unsigned interrupt)
NOTHING(console_put, unsigned stream, const void *bytes, size_t n)
NOTHING(context_init, struct hal_context *context, vaddr_t entry, vaddr_t stack,
    uint64_t argument, struct area *area, vaddr_t user_area)
NOTHING(context_result, struct hal_context *context, uint64_t value)
NOTHING(context_again, struct hal_context *context)
NOTHING(
    context_enter, struct hal_context *context, vaddr_t entry, uint64_t bits)
NOTHING(context_where, const struct hal_context *context, uint64_t where[3])
NOTHING(space_give, struct hal_space *space, paddr_t page)
NOTHING(space_end, struct hal_space *space)
NOTHING(space_unmap, struct hal_space *space, vaddr_t address, size_t count)

bool
hal_context_leave(struct hal_context *context)
{
	return false;
}

int
hal_console_get(void)
{
	return -1;
}

void
hal_halt(enum hal_halt how, int status)
{
	abort();
}

/* --- making init -----------------------------------------------------------*/

char *
machine_page(uint64_t number)
{
	return (char *)((uintptr_t)host_ram + number * PAGE_SIZE);
}

static struct capability *
raw(struct capability *c, uint64_t first, uint32_t pages)
{
	capability_link(
	    c, OBJECT_MEMORY, (void *)(first * PAGE_SIZE), RIGHT_MAKE, NULL);
	c->pages = pages;
	return c;
}

static cap_t
own(uint64_t first, uint64_t pages, uint32_t rights)
{
	struct capability *c = capability_new(machine.space, OBJECT_MEMORY,
	    (void *)(first * PAGE_SIZE), rights, NULL);

	c->pages = (uint32_t)pages;
	return capability_handle(c);
}

static void
make_init(void)
{
	const uint64_t where[3] = { 0, 0x10000, 0 };
	struct space *space = object_make(
	    raw(&space_memory, RAM_FIRST, INIT_PAGES), OBJECT_SPACE);
	struct task *task = object_make(
	    raw(&task_memory, RAM_FIRST + INIT_PAGES, TASK_PAGES), OBJECT_TASK);

	space->table = space->fresh = (struct capability *)space->object.room;
	space->object.room += TABLE_PAGES * PAGE_SIZE;
	space->left = TABLE_PAGES * TABLE_SLOTS;
	list_init(&space->tasks);
	task->area = (struct area *)machine_page(RAM_FIRST + INIT_PAGES + 1);
	memcpy(task->name, "init", 4);
	task_start(task, space, where, PRIORITY_INIT);
	machine.space = space;
	machine.task = task;
}

void
machine_start(void)
{
	const uint32_t all = RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE |
			     RIGHT_MAKE | RIGHT_BUS | RIGHT_DERIVE;
	const uint64_t first = RAM_FIRST + INIT_PAGES + TASK_PAGES;
	const uint64_t second = RAM_FIRST + RAM_PAGES + RAM_GAP;

	free(ram);
	ram = aligned_alloc(PAGE_SIZE, (2 * RAM_PAGES + RAM_GAP) * PAGE_SIZE);
	CHECK(ram != NULL);
	memset(ram, 0, (2 * RAM_PAGES + RAM_GAP) * PAGE_SIZE);
	host_ram = (uint8_t *)((uintptr_t)ram - RAM_FIRST * PAGE_SIZE);
	machine = (struct machine){ 0 };
	schedule_boot();
	make_init();
	machine.memory = own(first, RAM_FIRST + RAM_PAGES - first, all);
	machine.more = own(second, RAM_PAGES, all);
	machine.views[0] = own(RAM_FIRST, RAM_PAGES, RIGHT_READ | RIGHT_DERIVE);
	machine.views[1] = own(second, RAM_PAGES, RIGHT_READ | RIGHT_DERIVE);
	machine.machine =
	    capability_handle(capability_new(machine.space, OBJECT_MACHINE,
		NULL, RIGHT_SCHEDULE | RIGHT_BIND | RIGHT_DERIVE, NULL));
}

/* --- calls -----------------------------------------------------------------*/

enum error
call(struct task *task, enum call_number number, uint64_t a0, uint64_t a1,
    uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)
{
	const uint64_t arguments[CALL_ARGUMENTS] = { a0, a1, a2, a3, a4, a5 };
	enum error e;

	do {
		struct call c = { .task = task,
			.space = task->space,
			.a = hal_arguments(&task->context) };

		memcpy(c.a, arguments, sizeof(arguments));
		e = kernel_call(&c, number);
		result = c.result;
		while (!work_step())
			;
	} while (e == E_AGAIN);
	return e;
}

static cap_t
must(enum error e)
{
	CHECK(e == E_OK);
	return result;
}

struct capability *
entry(cap_t cap)
{
	return capability_find(machine.space, cap);
}

struct task *
task_of(cap_t cap)
{
	return entry(cap)->object;
}

uint64_t
number_of(const void *object)
{
	return ((uintptr_t)object - (uintptr_t)host_ram) / PAGE_SIZE;
}

cap_t
derive(cap_t cap, uint32_t rights, uint64_t first, uint64_t pages)
{
	return must(CALL(
	    machine.task, cap_move, cap, CAP_DERIVE, rights, first, pages));
}

cap_t
take(uint64_t pages)
{
	uint64_t first = machine.next;

	machine.next += pages;
	return derive(machine.memory,
	    RIGHT_READ | RIGHT_WRITE | RIGHT_MAKE | RIGHT_DERIVE, first, pages);
}

cap_t
make_port(uint64_t pages)
{
	return must(CALL(machine.task, port_allocate, take(pages)));
}

cap_t
make_space(uint64_t pages, uint64_t table_pages)
{
	return must(
	    CALL(machine.task, cap_move, take(pages), CAP_SPACE, table_pages));
}

cap_t
make_task(cap_t space, const char *name, cap_t *memory)
{
	uint64_t *words = machine.task->area->message.words;
	cap_t raw_memory = take(TASK_PAGES);

	if (memory != NULL)
		*memory = raw_memory;
	memset(words, 0, NAME_BYTES);
	memcpy(words, name, strlen(name));
	return must(CALL(
	    machine.task, sched_spawn, raw_memory, space, 0x1000, 0x20000, 0));
}

cap_t
stage(cap_t cap, cap_t space)
{
	return must(CALL(machine.task, cap_move, cap, CAP_STAGE, space));
}
