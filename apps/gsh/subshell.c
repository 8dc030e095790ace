/* subshell: see subshell.h. */
#include "subshell.h"

#include <string.h>

#include "exec.h"
#include "options.h"
#include "port.h"
#include "print.h"
#include "trap.h"
#include "variables.h"

struct subshell {
	struct cleanup cleanup;
	struct state saved;
	unsigned loops;
	int last_background;
};

static void
copy_state(struct state *to, const struct state *from)
{
	to->options = from->options & ~(unsigned)OPTION_INTERACTIVE;
	to->getopts_at = from->getopts_at;
	table_copy(&to->variables, &from->variables);
	table_copy(&to->functions, &from->functions);
	table_copy(&to->aliases, &from->aliases);
	to->parameters =
	    parameters_make(from->parameters.items, from->parameters.count);
	traps_inherit(to, from);
}

static const char *
directory_of(const struct state *s)
{
	const struct entry *e = table_find(&s->variables, "PWD");

	return e != NULL && e->value != NULL ? e->value : "/";
}

static void
leave(struct shell *sh, struct cleanup *cleanup)
{
	struct subshell *s = (struct subshell *)cleanup;

	if (strcmp(directory_of(&sh->state), directory_of(&s->saved)) != 0)
		port_directory(directory_of(&s->saved));
	table_free(&sh->state.variables);
	table_free(&sh->state.functions);
	table_free(&sh->state.aliases);
	parameters_free(&sh->state.parameters);
	traps_free(&sh->state);
	sh->state = s->saved;
	sh->loops = s->loops;
	sh->last_background = s->last_background;
	sh->subshells--;
}

static void
enter(struct shell *sh, struct subshell *s)
{
	s->saved = sh->state;
	s->loops = sh->loops;
	s->last_background = sh->last_background;
	memset(&sh->state, 0, sizeof(sh->state));
	sh->subshells++;
	sh->loops = 0;
	cleanup_push(sh, &s->cleanup, leave);
	copy_state(&sh->state, &s->saved);
}

int
subshell_run(struct shell *sh, const struct node *body)
{
	struct subshell s;

	if (body == NULL)
		return 0;
	if (!shell_enter(sh))
		return sh->status;
	enter(sh, &s);
	exec_node(sh, body);
	trap_exit(sh);
	/* break, return, exit and errors end here; Ctrl-C goes on. */
	if (sh->unwind != UNWIND_INTERRUPT)
		sh->unwind = UNWIND_NONE;
	cleanup_pop(sh, &s.cleanup);
	shell_leave(sh);
	return sh->status;
}

static void
script_variables(struct shell *sh, struct buf *b)
{
	const struct table *t = &sh->state.variables;

	for (size_t i = 0; i < t->count; i++) {
		const struct entry *e = &t->entries[i];

		if (e->value != NULL && (e->flags & ENTRY_EXPORTED) == 0 &&
		    strcmp(e->name, "PPID") != 0) {
			buf_string(b, e->name);
			buf_byte(b, '=');
			print_quoted(b, e->value);
			buf_byte(b, '\n');
		}
		if ((e->flags & ENTRY_READONLY) != 0) {
			buf_string(b, "readonly ");
			buf_string(b, e->name);
			buf_byte(b, '\n');
		}
	}
}

void
subshell_script(struct shell *sh, const struct node *body, struct buf *b)
{
	const struct table *t = &sh->state.functions;
	const struct parameters *p = &sh->state.parameters;

	script_variables(sh, b);
	for (size_t i = 0; i < t->count; i++) {
		buf_string(b, t->entries[i].name);
		buf_string(b, "() ");
		print_node(b, t->entries[i].body);
		buf_byte(b, '\n');
	}
	options_script(sh, b);
	buf_string(b, "set --");
	for (size_t i = 0; i < p->count; i++) {
		buf_byte(b, ' ');
		print_quoted(b, p->items[i]);
	}
	buf_byte(b, '\n');
	print_node(b, body);
	buf_byte(b, '\n');
}
