/* hosted_stress_lib: tasks, reports and measurements for hosted_stress. */
#include "hosted_stress.h"

enum { STACK = 64 * 1024 };

volatile uint64_t stress_spins;
void (*stress_gate)(void);
struct hal_space space;
struct hal_context context[STRESS_TASKS];
unsigned failures;

static struct area *areas[STRESS_TASKS];
static paddr_t next_page;

void
print(const char *text)
{
	size_t n = 0;

	while (text[n])
		n++;
	hal_console_put(STREAM_OUTPUT, text, n);
}

void
check(const char *what, bool good)
{
	print(good ? "ok " : "FAIL ");
	print(what);
	print("\n");
	if (!good)
		failures++;
}

void
figure(const char *what, uint64_t value, const char *unit)
{
	char digits[24];
	size_t at = sizeof digits;

	do
		digits[--at] = (char)('0' + value % 10);
	while (value /= 10);
	print("     ");
	print(what);
	print(": ");
	hal_console_put(STREAM_OUTPUT, digits + at, sizeof digits - at);
	print(unit);
	print("\n");
}

bool
has_word(const char *line, const char *word)
{
	for (;;) {
		const char *w = word;

		while (*w && *line == *w)
			w++, line++;
		if (!*w && (*line == ' ' || !*line))
			return true;
		while (*line && *line != ' ')
			line++;
		if (!*line++)
			return false;
	}
}

paddr_t
new_pages(unsigned n)
{
	paddr_t page = next_page;

	next_page += n * (paddr_t)PAGE_SIZE;
	return page;
}

uint64_t
random_number(void)
{
	static uint64_t s = 88172645463325252;

	s ^= s << 13;
	s ^= s >> 7;
	s ^= s << 17;
	return s;
}

uint64_t
gate(void)
{
	return (uintptr_t)hal_boot()->gate;
}

static vaddr_t
base_of(int task)
{
	return HAL_USER_LOW + 0x1000000ull * (unsigned)task;
}

vaddr_t
stack_of(int task)
{
	return base_of(task) + 0x100000;
}

void
stress_start(void)
{
	next_page = hal_boot()->ranges[0].base;
	stress_gate = hal_boot()->gate->call;
	hal_space_init(&space);
	for (int i = 0; i < STRESS_TASKS; i++) {
		paddr_t page = new_pages(1);

		areas[i] = hal_physical(page);
		hal_space_map(
		    &space, base_of(i), page, 1, VM_READ | VM_WRITE, false);
		hal_space_map(&space, stack_of(i), new_pages(STACK / PAGE_SIZE),
		    STACK / PAGE_SIZE, VM_READ | VM_WRITE, false);
	}
}

void
start(int task, void (*entry)(void), uint64_t argument)
{
	hal_context_init(&context[task], (uintptr_t)entry,
	    stack_of(task) + STACK, argument, areas[task], base_of(task));
}

/* --- measurements ------------------------------------------------------- */

enum { CALLS = 5000000, SLOW = 5000 };

static uint64_t
calls_once(int tasks)
{
	uint64_t begin = hal_now();

	for (int i = 0; i < CALLS; i++)
		hal_run(&context[i & (tasks - 1)], &space);
	return (hal_now() - begin) * 10 / CALLS;
}

static uint64_t
calls_best(int tasks)
{
	uint64_t best = UINT64_MAX;

	for (int k = 0; k < 5; k++) {
		uint64_t t = calls_once(tasks);

		best = t < best ? t : best;
	}
	return best;
}

/* What the host does for a small program: 11 pages of image in three runs,
 * 2 of data, 2 of stack, area and start, all touched; and its end. */
static void
measure_spawn(void)
{
	static const struct {
		unsigned at, pages;
	} runs[] = { { 0, 4 }, { 4, 4 }, { 8, 3 }, { 12, 2 }, { 42, 2 },
		{ 50, 1 }, { 60, 1 } };
	paddr_t page = new_pages(64);
	uint64_t spent[3] = { 0 };

	for (int k = 0; k < SLOW; k++) {
		vaddr_t base = HAL_USER_LOW + 0x40000000 +
			       random_number() % 4096 * 0x100000;
		uint64_t t[4] = { hal_now() };

		for (unsigned i = 0; i < 7; i++)
			hal_space_map(&space, base + runs[i].at * PAGE_SIZE,
			    page + runs[i].at * PAGE_SIZE, runs[i].pages,
			    VM_READ | (i < 3 ? VM_EXECUTE : VM_WRITE), false);
		t[1] = hal_now();
		for (unsigned i = 0; i < 7; i++)
			for (unsigned j = 0; j < runs[i].pages; j++)
				(void)*(
				    volatile char *)(base + (runs[i].at + j) *
								PAGE_SIZE);
		t[2] = hal_now();
		for (int i = 6; i >= 0; i--)
			hal_space_unmap(&space, base + runs[i].at * PAGE_SIZE,
			    runs[i].pages);
		t[3] = hal_now();
		for (int i = 0; i < 3; i++)
			spent[i] += t[i + 1] - t[i];
	}
	figure("a small program: mapped", spent[0] / SLOW, " ns");
	figure("touched", spent[1] / SLOW, " ns");
	figure("unmapped", spent[2] / SLOW, " ns");
}

void
stress_measure(void)
{
	start(0, user_calls, gate());
	start(1, user_calls, gate());
	figure("empty call, tenths", calls_best(1), " ns");
	figure("call and switch, tenths", calls_best(2), " ns");

	uint64_t begin = hal_now();
	for (int i = 0; i < SLOW; i++) {
		hal_timer_arm(begin);
		hal_run(&context[0], &space);
	}
	figure("timer that is due", (hal_now() - begin) / SLOW, " ns");
	start(0, user_write, HAL_USER_HIGH - PAGE_SIZE);
	begin = hal_now();
	for (int i = 0; i < SLOW; i++)
		hal_run(&context[0], &space);
	figure("fault", (hal_now() - begin) / SLOW, " ns");
	measure_spawn();
	hal_halt(HAL_POWER_OFF, 0);
}
