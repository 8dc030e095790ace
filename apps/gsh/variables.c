/* variables: see variables.h. */
#include "variables.h"

#include <stdlib.h>
#include <string.h>

#include "port.h"
#include "text.h"

static void
import(struct shell *sh, const char *pair)
{
	size_t n = text_name_length(pair);
	char *name;
	struct entry *e;

	if (n == 0 || pair[n] != '=')
		return;
	name = arena_copy(&sh->scratch, pair, n);
	e = table_add(&sh->state.variables, name);
	entry_set(e, pair + n + 1);
	e->flags = ENTRY_EXPORTED;
}

static void
init_directory(struct shell *sh)
{
	char path[PORT_PATH_MOST];

	if (port_current_directory(path, sizeof(path)))
		variable_set(sh, "PWD", path);
	else if (variable_get(sh, "PWD") == NULL)
		variable_set(sh, "PWD", "/");
	variable_flag(sh, "PWD", ENTRY_EXPORTED);
}

void
variables_init(struct shell *sh, char *const *environment)
{
	struct arena_mark mark = arena_mark(&sh->scratch);

	while (environment != NULL && *environment != NULL)
		import(sh, *environment++);
	arena_release(&sh->scratch, mark);
	init_directory(sh);
	entry_set(table_add(&sh->state.variables, "IFS"), " \t\n");
	table_add(&sh->state.variables, "IFS")->flags = 0;
	variable_set(sh, "OPTIND", "1");
	variable_set(sh, "PS4", "+ ");
	variable_set_number(sh, "PPID", port_parent());
}

const char *
variable_get(struct shell *sh, const char *name)
{
	struct entry *e = table_find(&sh->state.variables, name);

	if (strcmp(name, "LINENO") == 0) {
		struct buf b = { .arena = &sh->scratch };

		buf_number(&b, (long long)sh->line);
		return buf_text(&b);
	}
	return e != NULL ? e->value : NULL;
}

static bool
may_change(struct shell *sh, const struct entry *e)
{
	if (e == NULL || (e->flags & ENTRY_READONLY) == 0)
		return true;
	shell_fail(sh, "%s: is read only", e->name);
	return false;
}

bool
variable_set(struct shell *sh, const char *name, const char *value)
{
	struct entry *e = table_add(&sh->state.variables, name);

	if (!may_change(sh, e))
		return false;
	entry_set(e, value);
	if (shell_option(sh, OPTION_ALLEXPORT))
		e->flags |= ENTRY_EXPORTED;
	if (strcmp(name, "OPTIND") == 0)
		sh->state.getopts_at = 0;
	return true;
}

bool
variable_set_number(struct shell *sh, const char *name, long long value)
{
	struct arena_mark mark = arena_mark(&sh->scratch);
	struct buf b = { .arena = &sh->scratch };

	buf_number(&b, value);
	bool ok = variable_set(sh, name, buf_text(&b));
	arena_release(&sh->scratch, mark);
	return ok;
}

bool
variable_unset(struct shell *sh, const char *name)
{
	struct entry *e = table_find(&sh->state.variables, name);

	if (!may_change(sh, e))
		return false;
	if (e != NULL)
		entry_clear(e);
	return true;
}

void
variable_flag(struct shell *sh, const char *name, unsigned flags)
{
	table_add(&sh->state.variables, name)->flags |= flags;
}

/* Puts one back by moving it, which cannot fail. */
static void
restore(struct shell *sh, struct entry *saved)
{
	struct entry *e = table_find(&sh->state.variables, saved->name);

	if (e == NULL)
		return;
	free(e->value);
	e->value = saved->value;
	saved->value = NULL;
	if (strcmp(saved->name, "OPTIND") == 0)
		sh->state.getopts_at = 0;
}

static void
scope_undo(struct shell *sh, struct cleanup *cleanup)
{
	struct scope *s = (struct scope *)cleanup;

	for (size_t i = 0; i < s->saved.count; i++)
		restore(sh, &s->saved.entries[i]);
	table_free(&s->saved);
	sh->scope = s->below;
}

void
scope_open(struct shell *sh, struct scope *s)
{
	*s = (struct scope){ .below = sh->scope };
	sh->scope = s;
	cleanup_push(sh, &s->cleanup, scope_undo);
}

void
scope_close(struct shell *sh, struct scope *s)
{
	cleanup_pop(sh, &s->cleanup);
}

void
scope_save(struct shell *sh, struct scope *s, const char *name)
{
	if (table_find(&s->saved, name) != NULL)
		return;

	/* Made first, so that restore() finds one to put it back into. */
	struct entry *e = table_add(&sh->state.variables, name);
	struct entry *saved = table_add(&s->saved, name);

	saved->flags = e->flags;
	entry_set(saved, e->value);
}

static bool
is_passed_on(const struct entry *e)
{
	return (e->flags & ENTRY_EXPORTED) != 0 && e->value != NULL;
}

char **
variables_environment(struct shell *sh)
{
	const struct table *t = &sh->state.variables;
	char **out = arena_alloc(&sh->scratch, (t->count + 1) * sizeof(*out));
	size_t n = 0;

	for (size_t i = 0; i < t->count; i++) {
		struct buf b = { .arena = &sh->scratch };

		if (!is_passed_on(&t->entries[i]))
			continue;
		buf_string(&b, t->entries[i].name);
		buf_byte(&b, '=');
		buf_string(&b, t->entries[i].value);
		out[n++] = buf_text(&b);
	}
	return out;
}

const char *
variables_ifs(struct shell *sh)
{
	const char *ifs = variable_get(sh, "IFS");

	return ifs != NULL ? ifs : " \t\n";
}
