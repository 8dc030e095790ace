/* archive: reads the cpio part of the boot archive; see archive.h. */
#include <string.h>

#include <gbsd/archive.h>
#include <gbsd/calls.h>
#include <gbsd/flat.h>
#include <gbsd/memory.h>

enum { HEADER = 110, FIELD = 8, MODE = 14, FILE_SIZE = 54, NAME_SIZE = 94 };
enum { MODE_TYPE = 0170000, MODE_LINK = 0120000 };

enum error
archive_open(struct archive *archive)
{
	const struct flat_header *flat;
	cap_t cap = gbsd_cap("archive");
	uint32_t rights;
	size_t pages;
	void *at;
	enum error e;

	if (cap == 0)
		return E_NOT_FOUND;
	e = memory_query(cap, &rights, &pages);
	if (e == E_OK)
		e = memory_map(cap, VM_READ, &at);
	if (e != E_OK)
		return e;
	flat = at;
	archive->base = at;
	/* The last page ends in zeros, which no file's header is. */
	archive->size = pages * PAGE_SIZE;
	archive->first = (1 + flat->text_pages + flat->data_pages) * PAGE_SIZE;
	return archive->first <= archive->size ? E_OK : E_BAD_IMAGE;
}

/* A field of hexadecimal digits; false if it holds anything else. */
static bool
field(const char *at, size_t *value)
{
	*value = 0;
	for (unsigned i = 0; i < FIELD; i++) {
		char c = at[i];
		unsigned digit =
		    c >= '0' && c <= '9'   ? (unsigned)(c - '0')
		    : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
		    : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
					   : 16;
		if (digit == 16)
			return false;
		*value = *value << 4 | digit;
	}
	return true;
}

/* As archive_next(), but links are shown as what they hold: a name. */
static bool
next_entry(const struct archive *archive, size_t *at, struct archive_file *file,
    bool *link)
{
	size_t here = *at == 0 ? archive->first : *at, mode;
	size_t left = archive->size - here, name_size;
	const char *header = archive->base + here;

	if (here > archive->size || left < HEADER ||
	    memcmp(header, "070701", 6) != 0 || !field(header + MODE, &mode) ||
	    !field(header + FILE_SIZE, &file->size) ||
	    !field(header + NAME_SIZE, &name_size))
		return false;

	size_t data = (HEADER + name_size + 3) & ~(size_t)3;

	if (name_size == 0 || name_size > left - HEADER ||
	    header[HEADER + name_size - 1] != '\0' || data > left ||
	    file->size > left - data)
		return false;
	file->name = header + HEADER;
	file->data = header + data;
	file->offset = here + data;
	*link = (mode & MODE_TYPE) == MODE_LINK;
	*at = here + ((data + file->size + 3) & ~(size_t)3);
	return strcmp(file->name, "TRAILER!!!") != 0;
}

/* Puts the file that the link names in its place; not so if that is one. */
static bool
follow(const struct archive *archive, struct archive_file *link)
{
	struct archive_file file;
	bool is_link;

	for (size_t at = 0; next_entry(archive, &at, &file, &is_link);) {
		if (is_link || strlen(file.name) != link->size ||
		    memcmp(file.name, link->data, link->size) != 0)
			continue;
		link->data = file.data;
		link->size = file.size;
		link->offset = file.offset;
		return true;
	}
	return false;
}

bool
archive_next(
    const struct archive *archive, size_t *at, struct archive_file *file)
{
	bool link;

	while (next_entry(archive, at, file, &link))
		if (!link || follow(archive, file))
			return true;
	return false;
}

enum error
archive_find(
    const struct archive *archive, const char *name, struct archive_file *file)
{
	size_t at = 0;

	while (archive_next(archive, &at, file))
		if (strcmp(file->name, name) == 0)
			return E_OK;
	return E_NOT_FOUND;
}
