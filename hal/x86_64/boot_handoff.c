/*
 * boot_handoff: what the boot loader says, of either kind.
 *
 * Read while the first four GiB are still mapped at their own addresses, as
 * both kinds keep everything there.  Strings and tables are copied out later
 * or here: nothing of the loader's stays in use.
 */
#include "internal.h"

#define PVH 0x336ec578u
#define MULTIBOOT 0x36d76289u

struct pvh_info {
	uint32_t magic, version, flags, modules_count;
	uint64_t modules, command_line, rsdp, memory;
	uint32_t memory_count, reserved;
};

struct pvh_module {
	uint64_t address, size, command_line, reserved;
};

struct multiboot_tag {
	uint32_t type, size;
	union {
		struct {
			uint32_t start, end;
		} module;
		struct {
			uint32_t entry_size, version;
			char entries[];
		} map;
		char text[1];
	};
};

enum {
	TAG_END = 0,
	TAG_COMMAND_LINE = 1,
	TAG_MODULE = 3,
	TAG_MAP = 6,
	TAG_RSDP_OLD = 14,
	TAG_RSDP = 15,
};

BOOT static void
add_memory(struct handoff *h, const struct memory_entry *entry)
{
	if (h->memory_count < sizeof(h->memory) / sizeof(h->memory[0]))
		h->memory[h->memory_count++] = *entry;
}

BOOT static void
read_pvh(struct handoff *h, const struct pvh_info *info)
{
	const struct memory_entry *memory = (const void *)info->memory;
	const struct pvh_module *module = (const void *)info->modules;

	if (info->magic != PVH || info->version < 1)
		x86_panic(
		    BOOT_TEXT("PVH start information without a memory map"));
	for (unsigned i = 0; i < info->memory_count; i++)
		add_memory(h, &memory[i]);
	if (info->modules_count > 0) {
		h->archive = module->address;
		h->archive_bytes = module->size;
	}
	h->command_line = (const char *)info->command_line;
	h->rsdp = info->rsdp;
}

BOOT static void
read_tag(struct handoff *h, const struct multiboot_tag *tag)
{
	uint32_t head = offsetof(struct multiboot_tag, text);

	switch (tag->type) {
	case TAG_COMMAND_LINE:
		h->command_line = tag->text;
		break;
	case TAG_MODULE:
		if (h->archive_bytes == 0) {
			h->archive = tag->module.start;
			h->archive_bytes = tag->module.end - tag->module.start;
		}
		break;
	case TAG_MAP:
		for (uint32_t at = head + 8; at < tag->size;
		     at += tag->map.entry_size)
			add_memory(h, (const void *)((const char *)tag + at));
		break;
	case TAG_RSDP_OLD:
	case TAG_RSDP: /* comes after the old one, and replaces it */
		for (uint32_t i = 0;
		     i < sizeof(h->rsdp_copy) && i < tag->size - head; i++)
			h->rsdp_copy[i] = (uint8_t)tag->text[i];
		break;
	}
}

BOOT void
x86_handoff_read(struct handoff *handoff, uint32_t magic, uint32_t info)
{
	const char *at = (const char *)(uint64_t)info;

	if (magic == PVH) {
		read_pvh(handoff, (const void *)at);
		return;
	}
	if (magic != MULTIBOOT)
		x86_panic(BOOT_TEXT("neither PVH nor Multiboot2 started this"));
	for (at += 8;;) {
		const struct multiboot_tag *tag = (const void *)at;

		if (tag->type == TAG_END)
			return;
		read_tag(handoff, tag);
		at += (tag->size + 7) & -8u;
	}
}
