/*
 * dtb: reading a flattened device tree (Devicetree Specification 0.4, 5).
 *
 * One pass over the structure block.  A node's properties come before its
 * children, so a node is known by the offset of its first property, and the
 * walk only keeps the names and cell counts of the path to it.  The loader
 * is trusted as much as the kernel image that it loaded: the tree is not
 * checked for lies.  Buses with address translation are not supported: "reg"
 * is taken as it stands.  All of this is boot-only.
 */
#include "local.h"
#include "dtb.h"

enum {
	MAGIC = 0xD00DFEED,
	TOKEN_NODE = 1,
	TOKEN_END_NODE = 2,
	TOKEN_PROPERTY = 3,
	TOKEN_NOP = 4,
	/* offsets in the header */
	TOTAL_SIZE = 4,
	STRUCTURE = 8,
	STRINGS = 12,
	RESERVED = 16,
};

static BOOT_TEXT uint32_t
cell(const void *at)
{
	return __builtin_bswap32(*(const uint32_t *)at);
}

static BOOT_TEXT uint64_t
cells(const uint8_t *at, unsigned count)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < count; i++)
		value = value << 32 | cell(at + 4 * i);
	return value;
}

BOOT_TEXT bool
dtb_same(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b)
		a++, b++;
	return *a == *b;
}

static BOOT_TEXT uint32_t
length_of(const char *text)
{
	uint32_t n = 0;

	while (text[n] != '\0')
		n++;
	return n;
}

BOOT_TEXT uint32_t
dtb_size(const void *tree)
{
	return cell(tree) == MAGIC ? cell((const uint8_t *)tree + TOTAL_SIZE)
				   : 0;
}

BOOT_TEXT void
dtb_open(struct dtb_walk *walk, const void *tree)
{
	walk->tree = tree;
	walk->offset = cell(walk->tree + STRUCTURE);
	walk->depth = 0;
	walk->address_cells[0] = 2;
	walk->size_cells[0] = 1;
}

/* Skips the property at the offset, which is behind its token. */
static BOOT_TEXT uint32_t
after_property(const struct dtb_walk *walk, uint32_t offset)
{
	return offset + 8 + ((cell(walk->tree + offset) + 3) & ~3u);
}

BOOT_TEXT bool
dtb_next(struct dtb_walk *walk)
{
	for (;;) {
		uint32_t token = cell(walk->tree + walk->offset);

		walk->offset += 4;
		switch (token) {
		case TOKEN_NODE:
			goto found;
		case TOKEN_END_NODE:
			walk->depth--;
			break;
		case TOKEN_PROPERTY:
			walk->offset = after_property(walk, walk->offset);
			break;
		case TOKEN_NOP:
			break;
		default:
			return false;
		}
	}
found:;
	const char *name = (const char *)walk->tree + walk->offset;

	walk->offset += (length_of(name) + 4) & ~3u;
	walk->properties = walk->offset;
	if (++walk->depth > DTB_DEPTH)
		return false;
	walk->names[walk->depth] = name;
	walk->address_cells[walk->depth] =
	    (uint8_t)dtb_number(walk, "#address-cells", 2);
	walk->size_cells[walk->depth] =
	    (uint8_t)dtb_number(walk, "#size-cells", 1);
	return true;
}

BOOT_TEXT const void *
dtb_property(const struct dtb_walk *walk, const char *name, uint32_t *length)
{
	const char *strings =
	    (const char *)walk->tree + cell(walk->tree + STRINGS);

	for (uint32_t at = walk->properties;;) {
		uint32_t token = cell(walk->tree + at);

		at += 4;
		if (token == TOKEN_NOP)
			continue;
		if (token != TOKEN_PROPERTY)
			return NULL;
		if (dtb_same(strings + cell(walk->tree + at + 4), name)) {
			*length = cell(walk->tree + at);
			return walk->tree + at + 8;
		}
		at = after_property(walk, at);
	}
}

BOOT_TEXT bool
dtb_compatible(const struct dtb_walk *walk, const char *name)
{
	uint32_t length;
	const char *list = dtb_property(walk, "compatible", &length);

	if (list == NULL)
		return false;
	for (const char *end = list + length; list < end;
	     list += length_of(list) + 1)
		if (dtb_same(list, name))
			return true;
	return false;
}

BOOT_TEXT bool
dtb_is(const struct dtb_walk *walk, const char *name, const char *value)
{
	uint32_t length;
	const char *text = dtb_property(walk, name, &length);

	return text != NULL && dtb_same(text, value);
}

BOOT_TEXT bool
dtb_reg(const struct dtb_walk *walk, unsigned n, uint64_t *base, uint64_t *size)
{
	uint32_t length;
	const uint8_t *reg = dtb_property(walk, "reg", &length);
	unsigned a = walk->address_cells[walk->depth - 1];
	unsigned s = walk->size_cells[walk->depth - 1];

	if (reg == NULL || (n + 1) * (a + s) * 4 > length)
		return false;
	reg += n * (a + s) * 4;
	*base = cells(reg, a);
	*size = cells(reg + 4 * a, s);
	return true;
}

BOOT_TEXT uint64_t
dtb_number(const struct dtb_walk *walk, const char *name, uint64_t fallback)
{
	uint32_t length;
	const uint8_t *value = dtb_property(walk, name, &length);

	return value == NULL ? fallback : cells(value, length / 4);
}

BOOT_TEXT bool
dtb_reserved(const void *tree, unsigned n, uint64_t *base, uint64_t *size)
{
	const uint8_t *entry = (const uint8_t *)tree +
			       cell((const uint8_t *)tree + RESERVED) + 16 * n;

	*base = cells(entry, 2);
	*size = cells(entry + 8, 2);
	return *size != 0;
}

BOOT_TEXT unsigned
dtb_interrupt(const struct dtb_walk *walk, unsigned n)
{
	uint32_t length;
	const uint8_t *value = dtb_property(walk, "interrupts", &length);

	if (value == NULL || (n + 1) * 12 > length)
		return 0;
	value += 12 * n;
	return cell(value + 4) + (cell(value) == 0 ? 32 : 16);
}
