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

static struct hal_trap
run(int task)
{
	return hal_run(&context[task], &space);
}

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

/* What the host does for the life of a small program, laid out as lib's spawn
 * does: the parent sees what is written of it while it fills it, then the child
 * has text, data with the start page, a stack, and its area. */
struct run {
	uint64_t at; /* in its window */
	unsigned page, pages, touched, protection;
};

enum { LIVES = 4000, BATCH = 50, RUNS = 4 };

static const struct run view = { 0x100000, 0, 20, 20, VM_READ | VM_WRITE };
static const struct run runs[RUNS] = {
	{ 0x2080000, 64, 17, 8, VM_READ | VM_EXECUTE },
	{ 0x2091000, 0, 4, 3, VM_READ | VM_WRITE },
	{ 0x20C0000, 4, 16, 2, VM_READ | VM_WRITE },
	{ 0x20D0000, 32, 1, 1, VM_READ | VM_WRITE },
};

static void
show_run(struct hal_space *s, const struct run *r, vaddr_t window, paddr_t life)
{
	vaddr_t at = window + r->at;

	if (hal_space_map(s, at, life + r->page * PAGE_SIZE, r->pages,
		r->protection, false) != HAL_MAPPED)
		check("a run is mapped", false);
	for (unsigned i = 0; i < r->touched; i++)
		if (r->protection & VM_WRITE)
			*(volatile char *)(at + i * PAGE_SIZE) = 1;
		else
			(void)*(volatile char *)(at + i * PAGE_SIZE);
}

/* Nanoseconds: until the child runs, until the parent goes on. */
static void
one_life(paddr_t life, vaddr_t its, uint64_t spent[2])
{
	vaddr_t mine = HAL_USER_LOW + 0x10000000;
	struct hal_space child = { 0 };
	uint64_t t[3];

	t[0] = hal_now();
	show_run(&space, &view, mine, life);
	for (int i = 0; i < RUNS - 1; i++)
		show_run(&child, &runs[i], its, life);
	hal_space_unmap(&space, mine + view.at, view.pages);
	show_run(&child, &runs[RUNS - 1], its, life);
	run(0);
	t[1] = hal_now();
	for (int i = RUNS - 1; i >= 0; i--)
		hal_space_unmap(&child, its + runs[i].at, runs[i].pages);
	hal_space_end(&child);
	run(0);
	t[2] = hal_now();
	spent[0] += t[1] - t[0];
	spent[1] += t[2] - t[1];
}

/* The best batch, for the host has other things to do.  Children have one of so
 * many windows. */
static void
measure_spawn(unsigned windows)
{
	paddr_t life = new_pages(128);
	uint64_t best[3] = { 0, 0, UINT64_MAX };

	start(0, user_calls, gate());
	for (int k = 0; k < LIVES / BATCH; k++) {
		uint64_t spent[2] = { 0 };

		for (int i = 0; i < BATCH; i++)
			one_life(life,
			    HAL_USER_LOW +
				((1 + random_number() % windows) << 30),
			    spent);
		if (spent[0] + spent[1] >= best[2])
			continue;
		best[0] = spent[0];
		best[1] = spent[1];
		best[2] = spent[0] + spent[1];
	}
	figure("small programs among windows", windows, "");
	figure("begun", best[0] / BATCH, " ns");
	figure("ended", best[1] / BATCH, " ns");
	figure("together", best[2] / BATCH, " ns");
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
	measure_spawn(4);
	measure_spawn(1000);
	hal_halt(HAL_POWER_OFF, 0);
}
