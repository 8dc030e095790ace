/*
 * port_gbsd_file: the boot archive as the shell's files; see port.h.
 *
 * There are no directories in it, only names with slashes: a directory is
 * what names go through.
 */
#include "port_gbsd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Takes the last part off a path without slashes at its ends. */
static void
go_up(char *path)
{
	char *slash = strrchr(path, '/');

	*(slash != NULL ? slash : path) = '\0';
}

/* The name in the archive, of PORT_PATH_MOST bytes at most with its zero;
 * "" is the root. */
static int
resolve(const char *path, char *out)
{
	strcpy(out, path[0] == '/' ? "" : gbsd()->directory);
	while (*path != '\0') {
		size_t n = strcspn(path, "/"), length = strlen(out);

		if (n == 2 && path[0] == '.' && path[1] == '.') {
			go_up(out);
		} else if (n > 0 && !(n == 1 && path[0] == '.')) {
			if (length + n + 2 > PORT_PATH_MOST)
				return ENAMETOOLONG;
			if (length > 0)
				out[length++] = '/';
			memcpy(out + length, path, n);
			out[length + n] = '\0';
		}
		path += n + strspn(path + n, "/");
	}
	return 0;
}

/* What of a name lies below a directory, or NULL. */
static const char *
below(const char *name, const char *directory)
{
	size_t n = strlen(directory);

	if (n == 0)
		return name;
	return strncmp(name, directory, n) == 0 && name[n] == '/'
	    ? name + n + 1
	    : NULL;
}

static bool
next(size_t *at, struct archive_file *file)
{
	struct gbsd *g = gbsd();

	return g->archive.size != 0 && archive_next(&g->archive, at, file);
}

static bool
is_directory(const char *name)
{
	struct archive_file file;

	for (size_t at = 0; next(&at, &file);)
		if (below(file.name, name) != NULL)
			return true;
	return name[0] == '\0';
}

int
gbsd_file(const char *path, struct archive_file *file)
{
	char *name = malloc(PORT_PATH_MOST);
	int error = name == NULL ? ENOMEM : resolve(path, name);

	if (error == 0 &&
	    (gbsd()->archive.size == 0 ||
		archive_find(&gbsd()->archive, name, file) != E_OK))
		error = is_directory(name) ? EISDIR : ENOENT;
	free(name);
	return error;
}

int
port_find(const char *name, const char *search, char *out, size_t size)
{
	struct archive_file file;
	int error;

	(void)search; /* programs are in one place */
	if (strchr(name, '/') != NULL) {
		if (strlen(name) >= size)
			return ENAMETOOLONG;
		strcpy(out, name);
	} else {
		if (name[0] == '\0')
			return ENOENT;
		if (sizeof("/bin/") + strlen(name) > size)
			return ENAMETOOLONG;
		strcpy(out, "/bin/");
		strcat(out, name);
	}
	error = gbsd_file(out, &file);
	return error == EISDIR ? EACCES : error;
}

void
port_list_commands(const char *search,
    bool (*visit)(void *context, const char *name), void *context)
{
	(void)search;
	/* Without them nothing is completed. */
	(void)port_list_directory("/bin", visit, context);
}

int
port_stat(const char *path, bool follow, struct port_stat *st)
{
	enum { READ = 4, RUN = 1, MODE = 0555 };
	struct archive_file file = { 0 };
	int error = gbsd_file(path, &file);

	(void)follow;
	if (error != 0 && error != EISDIR)
		return error;
	*st = (struct port_stat){
		.type = error == EISDIR ? PORT_DIRECTORY : PORT_FILE,
		.mode = MODE,
		.access = READ | RUN,
		.size = file.size,
		.inode = file.offset,
	};
	return 0;
}

/* Each name once: the first file of a directory tells of it. */
static bool
seen(const char *directory, const char *part, size_t n, size_t until)
{
	struct archive_file file;

	for (size_t at = 0; next(&at, &file) && file.offset != until;) {
		const char *rest = below(file.name, directory);

		if (rest != NULL && strncmp(rest, part, n) == 0 &&
		    rest[n] == '/')
			return true;
	}
	return false;
}

static int
list(const char *directory, bool (*visit)(void *context, const char *name),
    void *context)
{
	struct archive_file file;
	char part[PORT_PATH_MOST];

	if (!is_directory(directory))
		return ENOENT;
	for (size_t at = 0; next(&at, &file);) {
		const char *rest = below(file.name, directory);
		size_t n = rest != NULL ? strcspn(rest, "/") : 0;

		if (n == 0 || n >= sizeof(part) ||
		    (rest[n] == '/' && seen(directory, rest, n, file.offset)))
			continue;
		memcpy(part, rest, n);
		part[n] = '\0';
		if (!visit(context, part))
			break;
	}
	return 0;
}

int
port_list_directory(const char *path,
    bool (*visit)(void *context, const char *name), void *context)
{
	char *name = malloc(PORT_PATH_MOST);
	int error = name == NULL ? ENOMEM : resolve(path, name);

	if (error == 0)
		error = list(name, visit, context);
	free(name);
	return error;
}

int
port_load(const char *path, char **text, size_t *length)
{
	struct archive_file file;
	int error = gbsd_file(path, &file);

	if (error != 0)
		return error;
	*text = malloc(file.size + 1);
	if (*text == NULL)
		return ENOMEM;
	memcpy(*text, file.data, file.size);
	*length = file.size;
	return 0;
}

int
port_directory(const char *path)
{
	char *name = malloc(PORT_PATH_MOST);
	int error = name == NULL ? ENOMEM : resolve(path, name);

	if (error == 0 && !is_directory(name))
		error = ENOENT;
	if (error == 0)
		strcpy(gbsd()->directory, name);
	free(name);
	return error;
}

bool
port_current_directory(char *out, size_t size)
{
	const char *directory = gbsd()->directory;

	if (strlen(directory) + 2 > size)
		return false;
	out[0] = '/';
	strcpy(out + 1, directory);
	return true;
}
