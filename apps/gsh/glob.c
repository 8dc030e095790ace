/* glob: files that match a pattern, one directory level after the other. */
#include <stdlib.h>
#include <string.h>

#include "expand.h"
#include "pattern.h"
#include "port.h"

struct walk {
	struct shell *sh;
	struct fields *out;
	const char *pattern; /* of the level being listed */
	struct fields names; /* that match it */
};

static bool
visit(void *context, const char *name)
{
	struct walk *w = context;
	size_t n = strlen(name);
	bool hidden = name[0] == '.' && w->pattern[0] != '.' &&
		      strncmp(w->pattern, "\\.", 2) != 0;

	if (!hidden && pattern_match(w->pattern, name, n))
		fields_add(
		    w->sh, &w->names, arena_copy(&w->sh->scratch, name, n));
	return true;
}

static void
append_unescaped(struct buf *b, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\\' && i + 1 < n)
			i++;
		buf_byte(b, s[i]);
	}
}

static void descend(struct walk *, struct buf *path, const char *pattern);

/* Lists path and goes on into each name that matches n bytes of pattern. */
static void
each_match(struct walk *w, struct buf *path, const char *pattern, size_t n)
{
	struct walk level = { .sh = w->sh, .out = w->out };
	size_t length = path->length;

	level.pattern = arena_copy(&w->sh->scratch, pattern, n);
	port_list_directory(length > 0 ? buf_text(path) : ".", visit, &level);
	for (size_t i = 0; i < level.names.count; i++) {
		path->length = length;
		buf_string(path, level.names.items[i]);
		descend(w, path, pattern + n);
	}
	path->length = length;
}

static void
descend(struct walk *w, struct buf *path, const char *pattern)
{
	struct port_stat st;

	if (!shell_enter(w->sh))
		return;
	while (*pattern != '\0') {
		size_t n = strcspn(pattern, "/");
		char *level = arena_copy(&w->sh->scratch, pattern, n);

		if (pattern_is_special(level)) {
			each_match(w, path, pattern, n);
			shell_leave(w->sh);
			return;
		}
		append_unescaped(path, pattern, n);
		pattern += n;
		for (; *pattern == '/'; pattern++)
			buf_byte(path, '/');
	}
	if (port_stat(buf_text(path), false, &st) == 0)
		fields_add(w->sh, w->out,
		    arena_copy(&w->sh->scratch, path->data, path->length));
	shell_leave(w->sh);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

bool
glob(struct shell *sh, const char *pattern, struct fields *out)
{
	struct walk w = { .sh = sh, .out = out };
	struct buf path = { .arena = &sh->scratch };
	size_t before = out->count;

	descend(&w, &path, pattern);
	if (out->count == before)
		return false;
	qsort(out->items + before, out->count - before, sizeof(*out->items),
	    by_name);
	return true;
}
