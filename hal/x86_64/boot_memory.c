/*
 * boot_memory: which RAM is free, and the kernel's own page tables.
 *
 * The image is mapped page by page with the protection of each part; all RAM
 * at x86_direct_map, writable and never executable; and a few pages of
 * devices behind the image.  No page of the kernel can be written and run.
 *
 * The image's boot parts are neither free nor needed later: hal_boot_done
 * unmaps them and says where they are.
 */
#include "internal.h"

#define PRESENT 1ull
#define WRITABLE 2ull
#define USER 4ull
#define UNCACHED 0x18ull
#define LARGE 0x80ull
#define GLOBAL 0x100ull
#define NO_EXECUTE (1ull << 63)
#define GIB (1ull << 30)
#define DEVICE_WINDOW 0xffffffffc0000000ull /* behind the image's GiB */

typedef uint64_t page_table[512] __attribute__((aligned(4096)));

/* kernel.ld */
extern char x86_image_start[], x86_text_start[], x86_data_start[],
    x86_boot_text_start[], x86_boot_data_start[], x86_image_end[];

const uint64_t x86_direct_map = DIRECT_MAP;
uint64_t x86_memory_mapped, x86_memory_mask;
paddr_t x86_memory_root;

static page_table root, direct_pointers, direct_pages, gate_tables[3];
static page_table kernel_pointers, kernel_directory, kernel_pages;
static page_table device_directory, device_pages;
static unsigned device_count BOOT_DATA;

static paddr_t
image_address(const void *p)
{
	return (paddr_t)p - KERNEL_BASE;
}

BOOT struct hal_range
hal_boot_part(void)
{
	return (struct hal_range){ image_address(x86_boot_text_start),
		(uint64_t)(x86_image_end - x86_boot_text_start) };
}

void
hal_boot_done(void)
{
	for (char *p = x86_boot_text_start; p < x86_image_end; p += PAGE_SIZE) {
		kernel_pages[image_address(p) / PAGE_SIZE] = 0;
		invlpg((uint64_t)p);
	}
}

/* --- ranges -------------------------------------------------------------*/

/* Adds [base, end).  If there are too many, the smallest is lost. */
BOOT static void
range_add(struct hal_boot *boot, uint64_t base, uint64_t end)
{
	struct hal_range *smallest = &boot->ranges[0];

	base = (base + PAGE_SIZE - 1) & -(uint64_t)PAGE_SIZE;
	end &= -(uint64_t)PAGE_SIZE;
	if (base >= end)
		return;
	for (unsigned i = 0; i < boot->range_count; i++) {
		struct hal_range *r = &boot->ranges[i];

		if (r->base + r->size == base) {
			r->size += end - base;
			return;
		}
		if (r->size < smallest->size)
			smallest = r;
	}
	if (boot->range_count < HAL_RANGES)
		smallest = &boot->ranges[boot->range_count++];
	else if (end - base < smallest->size)
		return;
	*smallest = (struct hal_range){ base, end - base };
}

/* Takes the pages out that [base, end) touches. */
BOOT static void
range_remove(struct hal_boot *boot, uint64_t base, uint64_t end)
{
	base &= -(uint64_t)PAGE_SIZE;
	end = (end + PAGE_SIZE - 1) & -(uint64_t)PAGE_SIZE;
	for (unsigned i = 0; i < boot->range_count; i++) {
		struct hal_range old = boot->ranges[i];
		uint64_t old_end = old.base + old.size;

		if (end <= old.base || base >= old_end)
			continue;
		boot->ranges[i--] = boot->ranges[--boot->range_count];
		/* Neither half touches what is removed, so looking at them
		 * again does no harm. */
		if (old.base < base)
			range_add(boot, old.base, base);
		if (end < old_end)
			range_add(boot, end, old_end);
	}
}

BOOT static void
ranges_init(struct hal_boot *boot, const struct handoff *handoff)
{
	for (unsigned i = 0; i < handoff->memory_count; i++) {
		const struct memory_entry *m = &handoff->memory[i];

		if (m->type == MEMORY_FREE)
			range_add(boot, m->base, m->base + m->size);
	}
	for (unsigned i = 0; i < handoff->memory_count; i++) {
		const struct memory_entry *m = &handoff->memory[i];

		if (m->type != MEMORY_FREE)
			range_remove(boot, m->base, m->base + m->size);
	}
	range_remove(boot, 0, 0x100000);
	range_remove(boot, 512 * GIB, UINT64_MAX - PAGE_SIZE);
	range_remove(
	    boot, image_address(x86_image_start), image_address(x86_image_end));
	range_remove(
	    boot, handoff->archive, handoff->archive + handoff->archive_bytes);
}

/* A zeroed page for good, where it is still mapped at its own address. */
BOOT static paddr_t
take_page(struct hal_boot *boot)
{
	for (unsigned i = 0; i < boot->range_count; i++) {
		struct hal_range *r = &boot->ranges[i];

		if (r->base < 4 * GIB && r->size > PAGE_SIZE) {
			r->base += PAGE_SIZE;
			r->size -= PAGE_SIZE;
			zero_words((void *)(r->base - PAGE_SIZE), 512);
			return r->base - PAGE_SIZE;
		}
	}
	x86_panic(BOOT_TEXT("no memory"));
}

/* --- tables -------------------------------------------------------------*/

BOOT static uint64_t
link_table(const void *table)
{
	return image_address(table) | PRESENT | WRITABLE;
}

BOOT static void
map_image(void)
{
	for (char *p = x86_image_start; p < x86_image_end; p += PAGE_SIZE) {
		uint64_t flags = PRESENT | GLOBAL;

		if (p == x86_stack_guard)
			continue; /* an overflow is a fault, not a riddle */
		if (p < x86_text_start)
			flags |= NO_EXECUTE;
		else if (p >= x86_data_start &&
			 (p < x86_boot_text_start || p >= x86_boot_data_start))
			flags |= NO_EXECUTE | WRITABLE;
		kernel_pages[image_address(p) / PAGE_SIZE] =
		    image_address(p) | flags;
	}
	kernel_directory[0] = link_table(kernel_pages);
	device_directory[0] = link_table(device_pages);
	kernel_pointers[510] = link_table(kernel_directory);
	kernel_pointers[511] = link_table(device_directory);
	root[511] = link_table(kernel_pointers);
}

BOOT static void
map_gate(void)
{
	uint64_t page = image_address(&x86_gate_page) | PRESENT | USER;

	for (unsigned i = 0; i < 3; i++) {
		gate_tables[i][GATE_ADDRESS >> (12 + 9 * i) & 511] = page;
		page = link_table(gate_tables[i]) | USER;
	}
	root[GATE_ADDRESS >> 39] = page;
}

/* Whole GiB, so that ACPI's tables at the end of RAM are in it. */
BOOT static void
find_end(const struct handoff *handoff)
{
	for (unsigned i = 0; i < handoff->memory_count; i++) {
		const struct memory_entry *m = &handoff->memory[i];

		if ((m->type == MEMORY_FREE || m->type == MEMORY_ACPI ||
			m->type == MEMORY_NVS) &&
		    m->base + m->size > x86_memory_mapped)
			x86_memory_mapped = m->base + m->size;
	}
	x86_memory_mapped = (x86_memory_mapped + GIB - 1) & -GIB;
	if (x86_memory_mapped > 512 * GIB)
		x86_memory_mapped = 512 * GIB;
}

/* The first GiB is cut up, down to the image: what cannot be written there
 * cannot be written here either. */
BOOT static void
map_ram(struct hal_boot *boot)
{
	const uint64_t flags = PRESENT | WRITABLE | GLOBAL | NO_EXECUTE;
	bool gib_pages = cpuid(0x80000001).d & 1 << 26;

	for (uint64_t at = 0; at < x86_memory_mapped; at += GIB) {
		if (gib_pages && at > 0) {
			direct_pointers[at / GIB] = at | flags | LARGE;
			continue;
		}
		paddr_t page = take_page(boot);
		uint64_t *directory = (uint64_t *)page;
		for (unsigned i = 0; i < 512; i++)
			directory[i] =
			    (at + ((uint64_t)i << 21)) | flags | LARGE;
		direct_pointers[at / GIB] = page | PRESENT | WRITABLE;
		if (at == 0)
			directory[0] = link_table(direct_pages);
	}
	for (uint64_t at = 0; at < 512; at++) {
		paddr_t page = at * PAGE_SIZE;
		bool constant = page >= image_address(x86_image_start) &&
				page < image_address(x86_data_start);

		direct_pages[at] =
		    page | (constant ? flags & ~WRITABLE : flags);
	}
	root[DIRECT_MAP >> 39 & 511] = link_table(direct_pointers);
}

BOOT volatile void *
x86_memory_map_device(paddr_t page)
{
	uint64_t address = DEVICE_WINDOW + device_count * PAGE_SIZE;

	if (device_count == 512)
		x86_panic(BOOT_TEXT("too many devices"));
	device_pages[device_count++] = (page & -(uint64_t)PAGE_SIZE) | PRESENT |
				       WRITABLE | GLOBAL | NO_EXECUTE |
				       UNCACHED;
	return (volatile void *)(address + page % PAGE_SIZE);
}

BOOT static void
archive_init(struct hal_boot *boot, const struct handoff *handoff)
{
	uint64_t end = handoff->archive + handoff->archive_bytes;

	if (handoff->archive % PAGE_SIZE != 0)
		x86_panic(BOOT_TEXT("the boot archive is not page-aligned"));
	boot->archive_bytes = handoff->archive_bytes;
	boot->archive.base = handoff->archive;
	boot->archive.size =
	    (end + PAGE_SIZE - 1 - handoff->archive) & -(uint64_t)PAGE_SIZE;
	/* What follows it in its last page was the loader's. */
	for (; end % PAGE_SIZE != 0; end++)
		*(uint8_t *)hal_physical(end) = 0;
}

/* The RSDP in a page of its own if the loader gave only its text, so that a
 * server can be shown it. */
BOOT static paddr_t
rsdp_init(struct hal_boot *boot, const struct handoff *handoff)
{
	if (handoff->rsdp_copy[0] == 0)
		return handoff->rsdp;
	paddr_t page = take_page(boot);
	for (unsigned i = 0; i < sizeof(handoff->rsdp_copy); i++)
		((uint8_t *)page)[i] = handoff->rsdp_copy[i];
	return page;
}

BOOT void
x86_memory_init(struct hal_boot *boot, const struct handoff *handoff)
{
	x86_memory_mask = (1ull << (cpuid(0x80000008).a & 0xff)) - 1;
	x86_memory_root = image_address(root);
	ranges_init(boot, handoff);
	boot->device_tree = rsdp_init(boot, handoff);
	map_image();
	map_gate();
	find_end(handoff);
	map_ram(boot);
	write_cr3(x86_memory_root);
	archive_init(boot, handoff);
}
