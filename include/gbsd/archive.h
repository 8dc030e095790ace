/*
 * archive: the files of the boot archive.
 *
 * Behind init's flat image lies a cpio archive in the "newc" form (cpio(5)),
 * read only and mapped whole.  A symbolic link in it holds the whole name of
 * another file, and is seen here as that file under one more name.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <gbsd/error.h>

struct archive_file {
	const char *name; /* in the archive, without a leading slash */
	const void *data;
	size_t size;
	size_t offset; /* of data in the memory object */
};

struct archive {
	const char *base; /* of the memory object */
	size_t size; /* of the whole */
	size_t first; /* offset of the cpio part */
};

/* Maps the archive, the capability named "archive".  E_NOT_FOUND: it was not
 * given; E_BAD_IMAGE: it has no such form. */
NODISCARD enum error archive_open(struct archive *archive);

/* Walks: *at is 0 first; false after the last file or at a damaged one. */
NODISCARD bool archive_next(const struct archive *archive, size_t *at,
    struct archive_file *file);

/* E_NOT_FOUND. */
NODISCARD enum error archive_find(const struct archive *archive,
    const char *name, struct archive_file *file);
