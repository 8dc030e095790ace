/*
 * boot: from the device tree to struct hal_boot.
 *
 * Runs once, on virtual addresses, with only the kernel's 2 MiB block mapped.
 * It reads the tree through a window, maps all RAM at HAL_DIRECT, wakes the
 * devices and leaves.  Tables are taken from what the block has left behind
 * the image; the rest of it is free like other RAM.  Only the answers stay,
 * and hal_boot_done, which gives the memory of all the rest away.
 */
#include "local.h"
#include "dtb.h"

enum {
	BLOCK = 2 * 1024 * 1024,
	BLOCK_SHIFT = 21,
	GIANT_SHIFT = 30,
	DIRECT_GIANTS = HAL_DIRECT_SIZE >> GIANT_SHIFT,
};

uintptr_t __stack_chk_guard;
struct hal_boot arm_boot_info;

static BOOT_DATA struct machine machine;
static paddr_t image; /* where image_begin lies */
static BOOT_DATA char *next_page;
static BOOT_DATA unsigned devices; /* pages in the window */
static BOOT_DATA struct hal_range memory[HAL_RANGES]; /* as the tree says */
static BOOT_DATA unsigned memory_count;

static uint64_t device_l3[512] __attribute__((aligned(PAGE_SIZE)));

extern char image_begin[], boot_begin[], boot_end[], gate_page[];

_Noreturn void arm_boot(paddr_t tree, paddr_t image);

const struct hal_boot *
hal_boot(void)
{
	return &arm_boot_info;
}

BOOT_TEXT struct hal_range
hal_boot_part(void)
{
	return (struct hal_range){ image + (uint64_t)(boot_begin - image_begin),
		(uint64_t)(boot_end - boot_begin) };
}

void
hal_boot_done(void)
{
	unsigned first = (unsigned)((boot_begin - image_begin) / PAGE_SIZE);

	/* The new owners know these pages by HAL_DIRECT only. */
	for (unsigned i = first; i < KERNEL_SPACE / PAGE_SIZE; i++)
		kernel_l3[i] = 0;
	BARRIER("dsb ish; tlbi vmalle1; dsb ish; isb");
}

/* --- mapping ---------------------------------------------------------- */

static BOOT_TEXT paddr_t
image_paddr(const void *address)
{
	return image + (uint64_t)((const char *)address - image_begin);
}

static BOOT_TEXT uint64_t *
new_table(void)
{
	uint64_t *table = (uint64_t *)next_page;

	if (next_page + PAGE_SIZE > image_begin + KERNEL_SPACE)
		arm_panic("too much RAM for the boot tables");
	next_page += PAGE_SIZE;
	for (unsigned i = 0; i < 512; i++)
		table[i] = 0;
	return table;
}

BOOT_TEXT uint64_t
arm_map_device(paddr_t page, uint64_t size)
{
	uint64_t address = DEVICE_BASE + (uint64_t)devices * PAGE_SIZE;

	for (; size > 0; size -= PAGE_SIZE, page += PAGE_SIZE) {
		if (devices == 512)
			arm_panic("too many device registers");
		device_l3[devices++] = page | PAGE_VALID | PAGE_ACCESSED |
				       PAGE_DEVICE | PAGE_NO_EXECUTE;
	}
	BARRIER("dsb ish; isb");
	return address;
}

/* The tree, anywhere in RAM: at most 2 MiB, so in one block or two. */
static BOOT_TEXT void *
map_tree(paddr_t tree)
{
	unsigned first = (TREE_BASE >> BLOCK_SHIFT) & 511;
	paddr_t block = tree & ~(paddr_t)(BLOCK - 1);

	for (unsigned i = 0; i < 2; i++)
		kernel_l2[first + i] = (block + i * BLOCK) | PAGE_BLOCK |
				       PAGE_MEMORY | PAGE_NO_EXECUTE;
	BARRIER("dsb ish; isb");
	return (void *)(TREE_BASE + (tree - block));
}

/* One block of RAM.  The kernel's own block goes page by page: what is
 * mapped read-only or executable must have no second, writable address. */
static BOOT_TEXT void
map_block(paddr_t block)
{
	uint64_t *giant = &kernel_l1[block >> GIANT_SHIFT];
	const uint64_t bits = PAGE_BLOCK | PAGE_MEMORY | PAGE_NO_EXECUTE;
	uint64_t *l2;

	if (*giant == 0)
		*giant = image_paddr(new_table()) | PAGE_VALID;
	l2 = (uint64_t *)(image_begin + ((*giant & PAGE_ADDRESS) - image));
	if (block != image) {
		l2[block >> BLOCK_SHIFT & 511] = block | bits;
		return;
	}
	uint64_t *l3 = new_table();
	unsigned first = (unsigned)((boot_begin - image_begin) / PAGE_SIZE);

	for (unsigned i = first; i < 512; i++)
		l3[i] = (block + i * PAGE_SIZE) | bits | PAGE_VALID;
	l2[block >> BLOCK_SHIFT & 511] = image_paddr(l3) | PAGE_VALID;
}

static BOOT_TEXT void
map_memory(struct hal_range *range)
{
	paddr_t end = range->base + range->size;

	if (end > HAL_DIRECT_SIZE)
		end = HAL_DIRECT_SIZE;
	range->base = (range->base + BLOCK - 1) & ~(paddr_t)(BLOCK - 1);
	end &= ~(paddr_t)(BLOCK - 1);
	range->size = end > range->base ? end - range->base : 0;
	for (paddr_t block = range->base; block < end; block += BLOCK)
		map_block(block);
}

/* --- free memory ------------------------------------------------------ */

/* Takes [base, base + size) out of the free ranges, in whole pages. */
static BOOT_TEXT void
reserve(paddr_t base, uint64_t size)
{
	struct hal_range *ranges = arm_boot_info.ranges;
	paddr_t end = (base + size + PAGE_SIZE - 1) & ~(paddr_t)(PAGE_SIZE - 1);

	base &= ~(paddr_t)(PAGE_SIZE - 1);
	for (unsigned i = 0; i < arm_boot_info.range_count; i++) {
		paddr_t low = ranges[i].base, high = low + ranges[i].size;

		if (end <= low || high <= base || size == 0)
			continue;
		ranges[i].size = base > low ? base - low : 0;
		if (end >= high)
			continue;
		/* The upper rest; if there is no place for it, it is lost. */
		unsigned rest = i;

		if (ranges[i].size != 0) {
			if (arm_boot_info.range_count == HAL_RANGES)
				continue;
			rest = arm_boot_info.range_count++;
		}
		ranges[rest].base = end;
		ranges[rest].size = high - end;
	}
}

static BOOT_TEXT void
drop_empty_ranges(void)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < arm_boot_info.range_count; i++)
		if (arm_boot_info.ranges[i].size != 0)
			arm_boot_info.ranges[kept++] = arm_boot_info.ranges[i];
	arm_boot_info.range_count = kept;
}

static BOOT_TEXT void
find_free(const void *tree, paddr_t tree_paddr)
{
	paddr_t base;
	uint64_t size;

	for (unsigned i = 0; i < memory_count; i++) {
		map_memory(&memory[i]);
		arm_boot_info.ranges[i] = memory[i];
	}
	BARRIER("dsb ish; isb");
	arm_boot_info.range_count = memory_count;
	reserve(image, (uint64_t)(next_page - image_begin));
	reserve(tree_paddr, dtb_size(tree));
	reserve(arm_boot_info.archive.base, arm_boot_info.archive.size);
	for (unsigned i = 0; dtb_reserved(tree, i, &base, &size); i++)
		reserve(base, size);

	struct dtb_walk walk;

	dtb_open(&walk, tree);
	while (dtb_next(&walk))
		if (walk.depth == 3 &&
		    dtb_same(walk.names[2], "reserved-memory"))
			for (unsigned i = 0; dtb_reg(&walk, i, &base, &size);
			     i++)
				reserve(base, size);
	drop_empty_ranges();
}

/* --- randomness -------------------------------------------------------- */

/* The finaliser of splitmix64. */
static BOOT_TEXT uint64_t
mix(uint64_t value)
{
	value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9;
	value = (value ^ value >> 27) * 0x94D049BB133111EB;
	return value ^ value >> 31;
}

/* What comes in is only ever added. */
static BOOT_TEXT void
stir(uint64_t value, unsigned at)
{
	uint64_t word;

	at %= 4;
	__builtin_memcpy(&word, arm_boot_info.random + 8 * at, 8);
	word ^= mix(value);
	__builtin_memcpy(arm_boot_info.random + 8 * at, &word, 8);
	__stack_chk_guard = mix(__stack_chk_guard ^ word);
}

/* Uses a seed up and wipes it: the tree is shown to others later. */
static BOOT_TEXT void
stir_seed(const struct dtb_walk *walk, const char *name)
{
	uint32_t length;
	uint8_t *seed = (uint8_t *)dtb_property(walk, name, &length);

	for (uint32_t i = 0; seed != NULL && i < length; i++) {
		arm_boot_info.random[i % 32] ^= seed[i];
		*(volatile uint8_t *)&seed[i] = 0;
	}
}

static BOOT_TEXT void
stir_processor(void)
{
	bool has_rndr = READ_REGISTER(id_aa64isar0_el1) >> 60 != 0;
	uint64_t sum = 0;

	for (unsigned i = 0; i < 64; i++) {
		uint64_t value = 0;

		if (has_rndr)
			value = READ_REGISTER(S3_3_C2_C4_0); /* RNDR */
		BARRIER("isb");
		sum = sum * 33 + READ_REGISTER(cntpct_el0) + i;
		stir(value ^ sum, i);
	}
}

/* --- the device tree --------------------------------------------------- */

static BOOT_TEXT void
read_chosen(const struct dtb_walk *walk)
{
	uint32_t length;
	const char *line = dtb_property(walk, "bootargs", &length);
	uint64_t begin = dtb_number(walk, "linux,initrd-start", 0);
	uint64_t end = dtb_number(walk, "linux,initrd-end", 0);

	for (uint32_t i = 0;
	     line != NULL && i < length && i < HAL_COMMAND_LINE - 1; i++)
		arm_boot_info.command_line[i] = line[i];
	if (begin % PAGE_SIZE != 0)
		arm_panic("the boot archive does not begin on a page");
	if (end > begin) {
		arm_boot_info.archive.base = begin;
		arm_boot_info.archive.size =
		    (end - begin + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1);
		arm_boot_info.archive_bytes = end - begin;
	}
	stir_seed(walk, "rng-seed");
	stir_seed(walk, "kaslr-seed");
}

static BOOT_TEXT void
read_memory(const struct dtb_walk *walk)
{
	struct hal_range *range;

	for (unsigned i = 0; memory_count < HAL_RANGES / 2; i++) {
		range = &memory[memory_count];
		if (!dtb_reg(walk, i, &range->base, &range->size))
			return;
		memory_count++;
	}
}

static BOOT_TEXT void
read_gic(const struct dtb_walk *walk, bool v3)
{
	machine.gic_v3 = v3;
	for (unsigned i = 0; i < 2; i++)
		dtb_reg(walk, i, &machine.gic[i], &machine.gic_size[i]);
}

static BOOT_TEXT void
read_uart(const struct dtb_walk *walk)
{
	unsigned n = machine.uart[0] == 0 ? 0 : 1;
	uint64_t size;

	if (machine.uart[1] != 0)
		return;
	dtb_reg(walk, 0, &machine.uart[n], &size);
	if (n == 0)
		arm_boot_info.console_interrupt = dtb_interrupt(walk, 0);
}

static BOOT_TEXT void
read_node(const struct dtb_walk *walk)
{
	uint64_t size;

	if (walk->depth == 2 && dtb_same(walk->names[2], "chosen"))
		read_chosen(walk);
	else if (dtb_is(walk, "device_type", "cpu"))
		arm_boot_info.processors++;
	else if (dtb_is(walk, "status", "disabled"))
		return; /* such as what belongs to the secure world */
	else if (dtb_is(walk, "device_type", "memory"))
		read_memory(walk);
	else if (dtb_compatible(walk, "arm,gic-v3"))
		read_gic(walk, true);
	else if (dtb_compatible(walk, "arm,cortex-a15-gic") ||
		 dtb_compatible(walk, "arm,gic-400"))
		read_gic(walk, false);
	else if (dtb_compatible(walk, "arm,pl011"))
		read_uart(walk);
	else if (dtb_compatible(walk, "arm,pl031"))
		dtb_reg(walk, 0, &machine.clock, &size);
	else if (dtb_compatible(walk, "arm,armv8-timer"))
		machine.timer = dtb_interrupt(walk, 2); /* virtual */
	else if (dtb_compatible(walk, "arm,psci-0.2"))
		machine.psci_by_smc = dtb_is(walk, "method", "smc");
}

/* --- start -------------------------------------------------------------- */

_Noreturn BOOT_TEXT void
arm_boot(paddr_t tree_paddr, paddr_t image_at)
{
	struct dtb_walk walk;
	void *tree;

	image = image_at;
	next_page = boot_end;
	kernel_l2[DEVICE_BASE >> BLOCK_SHIFT & 511] =
	    image_paddr(device_l3) | PAGE_VALID;
	tree = map_tree(tree_paddr);
	if (dtb_size(tree) != 0)
		for (dtb_open(&walk, tree); dtb_next(&walk);)
			read_node(&walk);

	arm_power_start(&machine);
	arm_console_start(&machine);
	if (memory_count == 0)
		arm_panic("no device tree, or no memory in it");
	arm_time_start();
	arm_interrupt_start(&machine);
	find_free(tree, tree_paddr);
	stir_processor();
	arm_space_start(image_paddr(gate_page));
	if (machine.clock != 0)
		arm_boot_info.wall_clock =
		    mmio_read(arm_map_device(machine.clock, PAGE_SIZE));
	arm_boot_info.gate = (const struct gate *)HAL_GATE;
	arm_boot_info.device_tree = tree_paddr;

	/* The window to the tree is closed; the gate is nobody's to write. */
	kernel_l2[TREE_BASE >> BLOCK_SHIFT & 511] = 0;
	kernel_l2[(TREE_BASE >> BLOCK_SHIFT & 511) + 1] = 0;
	kernel_l3[(gate_page - image_begin) / PAGE_SIZE] |= PAGE_READ_ONLY;
	BARRIER("dsb ish; tlbi vmalle1; dsb ish; isb");
	kernel_main();
}
