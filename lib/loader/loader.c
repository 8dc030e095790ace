/*
 * loader: from an image file to the memory of a process.
 *
 * Sums are never formed from two numbers of the file before one of them is
 * bounded: compare with what is left instead.  Structures are copied out of
 * the file, which need not be aligned and may change, and then looked at.
 */
#include <elf.h>
#include <stdbool.h>
#include <string.h>

#include <gbsd/image.h>
#include <gbsd/loader.h>

#ifndef DT_RELR
enum { DT_RELR = 36 }; /* gABI; younger than musl's elf.h */
#endif

static const struct image_note expected_note = {
	.name_size = sizeof "GBSD",
	.value_size = sizeof expected_note.version,
	.type = IMAGE_NOTE_ABI,
	.name = "GBSD",
	.version = START_VERSION,
};

/* What parsing needs besides the result. */
struct parser {
	const uint8_t *file;
	size_t size;
	Elf64_Ehdr elf;
	struct loader_image image;
	bool has_note;
	uint64_t dynamic_offset, dynamic_size; /* 0: none */
};

/* Are count pieces of that size, from offset on, inside the file? */
static bool
in_file(const struct parser *p, uint64_t offset, uint64_t count, uint64_t size)
{
	return offset <= p->size && count <= (p->size - offset) / size;
}

static enum error
parse_header(struct parser *p)
{
	const Elf64_Ehdr *e = &p->elf;

	if (p->size < sizeof *e)
		return E_BAD_IMAGE;
	memcpy(&p->elf, p->file, sizeof *e);
	if (memcmp(e->e_ident, ELFMAG, SELFMAG) != 0 ||
	    e->e_ident[EI_CLASS] != ELFCLASS64 ||
	    e->e_ident[EI_DATA] != ELFDATA2LSB ||
	    e->e_ident[EI_VERSION] != EV_CURRENT)
		return E_BAD_IMAGE;
	if (e->e_type != ET_DYN || e->e_machine != IMAGE_MACHINE)
		return E_BAD_IMAGE;
	if (e->e_phentsize != sizeof(Elf64_Phdr) || e->e_phnum == 0 ||
	    e->e_phnum > LOADER_HEADERS ||
	    !in_file(p, e->e_phoff, e->e_phnum, sizeof(Elf64_Phdr)))
		return E_BAD_IMAGE;
	p->image.entry = e->e_entry;
	p->image.program_headers = e->e_phoff;
	p->image.program_header_count = e->e_phnum;
	return E_OK;
}

static enum error
parse_load(struct parser *p, const Elf64_Phdr *h)
{
	struct loader_image *image = &p->image;

	if (image->segment_count == LOADER_SEGMENTS)
		return E_BAD_IMAGE;
	if (h->p_memsz == 0 || h->p_filesz > h->p_memsz ||
	    !in_file(p, h->p_offset, h->p_filesz, 1))
		return E_BAD_IMAGE;
	if (h->p_vaddr > LOADER_SIZE_MAX ||
	    h->p_memsz > LOADER_SIZE_MAX - h->p_vaddr)
		return E_BAD_IMAGE;
	if (h->p_flags != PF_R && h->p_flags != (PF_R | PF_W) &&
	    h->p_flags != (PF_R | PF_X))
		return E_BAD_IMAGE;

	uint64_t skip = h->p_vaddr % PAGE_SIZE;
	uint64_t first = h->p_vaddr - skip;
	uint64_t end = h->p_vaddr + h->p_memsz + PAGE_SIZE - 1;
	end -= end % PAGE_SIZE;
	/* On pages, so that a file system may map the file's own. */
	if (h->p_offset % PAGE_SIZE != skip || first < image->size)
		return E_BAD_IMAGE;
	image->size = end;
	image->segments[image->segment_count++] = (struct loader_segment){
		.address = first,
		.size = end - first,
		.skip = skip,
		.file_offset = h->p_offset,
		.file_size = h->p_filesz,
		.protection = VM_READ | (h->p_flags & PF_W ? VM_WRITE : 0) |
			      (h->p_flags & PF_X ? VM_EXECUTE : 0),
	};
	return E_OK;
}

static enum error
parse_program_header(struct parser *p, const Elf64_Phdr *h)
{
	switch (h->p_type) {
	case PT_LOAD:
		return parse_load(p, h);
	case PT_INTERP:
		return E_BAD_IMAGE;
	case PT_DYNAMIC:
		if (p->dynamic_size != 0 ||
		    !in_file(p, h->p_offset, h->p_filesz, 1))
			return E_BAD_IMAGE;
		p->dynamic_offset = h->p_offset;
		p->dynamic_size = h->p_filesz;
		return E_OK;
	case PT_NOTE:
		if (!in_file(p, h->p_offset, 1, sizeof expected_note))
			return E_OK;
		if (memcmp(p->file + h->p_offset, &expected_note,
			sizeof expected_note) == 0)
			p->has_note = true;
		return E_OK;
	case PT_GNU_STACK:
		if (h->p_flags & PF_X)
			return E_BAD_IMAGE;
		p->image.stack_size = h->p_memsz;
		return E_OK;
	default: /* of no concern here: PT_TLS is the C library's */
		return E_OK;
	}
}

/* Where in the file size bytes at address come from: one segment has them,
 * or there is no such place. */
static enum error
find_in_file(const struct loader_image *image, uint64_t address, uint64_t size,
    uint64_t *offset)
{
	for (unsigned i = 0; i < image->segment_count; i++) {
		const struct loader_segment *s = &image->segments[i];
		uint64_t first = s->address + s->skip;
		if (address < first || address - first > s->file_size ||
		    size > s->file_size - (address - first))
			continue;
		*offset = s->file_offset + (address - first);
		return E_OK;
	}
	return E_BAD_IMAGE;
}

static enum error
parse_dynamic(struct parser *p)
{
	uint64_t table = 0, size = 0, entry_size = sizeof(Elf64_Rela);

	for (uint64_t i = 0; i < p->dynamic_size / sizeof(Elf64_Dyn); i++) {
		Elf64_Dyn d;
		memcpy(
		    &d, p->file + p->dynamic_offset + i * sizeof d, sizeof d);
		if (d.d_tag == DT_NULL)
			break;
		switch (d.d_tag) {
		case DT_RELA:
			table = d.d_un.d_ptr;
			break;
		case DT_RELASZ:
			size = d.d_un.d_val;
			break;
		case DT_RELAENT:
			entry_size = d.d_un.d_val;
			break;
		case DT_NEEDED:
		case DT_TEXTREL:
		case DT_REL:
		case DT_RELSZ:
		case DT_JMPREL:
		case DT_RELR:
			return E_BAD_IMAGE;
		}
	}
	if (size == 0)
		return E_OK;
	if (entry_size != sizeof(Elf64_Rela) || size % sizeof(Elf64_Rela) != 0)
		return E_BAD_IMAGE;
	p->image.relocation_count = size / sizeof(Elf64_Rela);
	return find_in_file(&p->image, table, size, &p->image.relocations);
}

/* What can only be said when all segments are known. */
static enum error
check_whole(const struct parser *p)
{
	const struct loader_segment *first = &p->image.segments[0];
	uint64_t headers = p->image.program_header_count * sizeof(Elf64_Phdr);

	if (!p->has_note || p->dynamic_size == 0 || p->image.segment_count == 0)
		return E_BAD_IMAGE;
	/* The image finds its own headers at its base. */
	if (first->address != 0 || first->file_offset != 0 ||
	    first->file_size < headers ||
	    p->elf.e_phoff > first->file_size - headers)
		return E_BAD_IMAGE;
	for (unsigned i = 0; i < p->image.segment_count; i++) {
		const struct loader_segment *s = &p->image.segments[i];
		uint64_t code = s->address + s->skip;
		if ((s->protection & VM_EXECUTE) && p->image.entry >= code &&
		    p->image.entry - code < s->file_size)
			return E_OK;
	}
	return E_BAD_IMAGE;
}

enum error
loader_parse(const void *file, size_t size, struct loader_image *out)
{
	struct parser p = { .file = file, .size = size };
	enum error e = parse_header(&p);

	for (unsigned i = 0; e == E_OK && i < p.elf.e_phnum; i++) {
		Elf64_Phdr h;
		memcpy(&h, p.file + p.elf.e_phoff + i * sizeof h, sizeof h);
		e = parse_program_header(&p, &h);
	}
	if (e == E_OK)
		e = check_whole(&p);
	if (e == E_OK)
		e = parse_dynamic(&p);
	if (e == E_OK)
		*out = p.image;
	return e;
}

void
loader_fill(const void *file, const struct loader_segment *segment, void *view)
{
	memcpy((uint8_t *)view + segment->skip,
	    (const uint8_t *)file + segment->file_offset, segment->file_size);
}

/* The 8 bytes at address in the views, or NULL if they are not writable. */
static uint8_t *
find_word(
    const struct loader_image *image, void *const *views, uint64_t address)
{
	for (unsigned i = 0; i < image->segment_count; i++) {
		const struct loader_segment *s = &image->segments[i];
		if ((s->protection & VM_WRITE) && views[i] != NULL &&
		    address >= s->address &&
		    address - s->address <= s->size - sizeof(uint64_t))
			return (uint8_t *)views[i] + (address - s->address);
	}
	return NULL;
}

enum error
loader_relocate(const void *file, const struct loader_image *image,
    uint64_t base, void *const *views)
{
	const uint8_t *table = (const uint8_t *)file + image->relocations;

	for (uint64_t i = 0; i < image->relocation_count; i++) {
		Elf64_Rela r;
		uint64_t value;

		memcpy(&r, table + i * sizeof r, sizeof r);
		/* The linker counts more than it needs, and pads. */
		if (r.r_info == IMAGE_RELOCATION_NONE)
			continue;
		uint8_t *word = find_word(image, views, r.r_offset);
		if (word == NULL)
			return E_BAD_IMAGE;
		if (r.r_info == IMAGE_RELOCATION_RELATIVE)
			value = base + (uint64_t)r.r_addend;
		else if (r.r_info == IMAGE_RELOCATION_MODULE)
			value = 1;
		else
			return E_BAD_IMAGE;
		memcpy(word, &value, sizeof value);
	}
	return E_OK;
}
