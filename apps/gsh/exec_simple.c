/*
 * exec_simple: assignments, and commands of words: builtins, functions and
 * files.
 */
#include <errno.h>
#include <string.h>

#include "builtin.h"
#include "exec.h"
#include "jobs.h"
#include "output.h"
#include "port.h"
#include "print.h"
#include "redirect.h"
#include "subshell.h"
#include "text.h"
#include "variables.h"

struct call {
	struct cleanup cleanup;
	struct scope scope;
	struct scope *function_scope; /* of the caller */
	struct parameters parameters;
	struct program *program;
	struct program *running; /* the caller's */
	unsigned loops;
};

static void
end_call(struct shell *sh, struct cleanup *cleanup)
{
	struct call *c = (struct call *)cleanup;

	parameters_free(&sh->state.parameters);
	sh->state.parameters = c->parameters;
	sh->function_scope = c->function_scope;
	sh->program = c->running;
	sh->loops = c->loops;
	sh->functions--;
	program_close(c->program);
}

static int
call_function(struct shell *sh, struct entry *e, const struct fields *words)
{
	struct call c = {
		.function_scope = sh->function_scope,
		.parameters = sh->state.parameters,
		.program = e->program,
		.running = sh->program,
		.loops = sh->loops,
	};
	const struct node *body = e->body;
	unsigned line = sh->line;

	/* It may redefine itself while it runs. */
	program_keep(c.program);
	sh->state.parameters = (struct parameters){ .count = 0 };
	sh->program = c.program;
	sh->loops = 0;
	sh->functions++;
	cleanup_push(sh, &c.cleanup, end_call);
	sh->state.parameters =
	    parameters_make(words->items + 1, words->count - 1);
	scope_open(sh, &c.scope);
	sh->function_scope = &c.scope;
	exec_node(sh, body);
	if (sh->unwind == UNWIND_RETURN)
		sh->unwind = UNWIND_NONE;
	scope_close(sh, &c.scope);
	cleanup_pop(sh, &c.cleanup);
	sh->line = line;
	return sh->status;
}

static int
run_builtin(
    struct shell *sh, const struct builtin *b, const struct fields *words)
{
	sh->status = b->run(sh, (int)words->count, words->items);
	if (sh->output.prompt)
		output_flush(sh);
	return sh->status;
}

int
exec_words(struct shell *sh, const struct fields *words, unsigned how)
{
	const char *name = words->items[0];
	const struct builtin *b = builtin_find(name);
	struct entry *e = NULL;

	if ((how & EXEC_NO_FUNCTIONS) == 0 && (b == NULL || !b->special))
		e = table_find(&sh->state.functions, name);
	if (e != NULL)
		return call_function(sh, e, words);
	if (b != NULL)
		return run_builtin(sh, b, words);
	return sh->status = exec_file(sh, words->items, how, NULL);
}

/* Moves what a captured command writes to where ours goes. */
static void
take_output(struct shell *sh, int handle)
{
	char part[512];

	for (;;) {
		long n = port_capture_read(handle, part, sizeof(part));

		if (n == 0)
			return;
		if (n > 0)
			output_bytes(sh, part, (size_t)n);
		else
			port_signal(handle, 2);
	}
}

static int
cannot_run(struct shell *sh, const char *name, int error)
{
	if (error == ENOENT) {
		shell_warn(sh, "%s: not found", name);
		return STATUS_NOT_FOUND;
	}
	if (error == EAGAIN)
		shell_warn(sh, "%s: not started: too many processes", name);
	else
		shell_warn(sh, "%s: %s", name, strerror(error));
	return STATUS_NOT_RUN;
}

/* A file that is no program is a script for a shell like this. */
static int
spawn(struct port_command *c, char **arguments, char **script, int *handle)
{
	int error = port_spawn(c, handle);

	if (error != ENOEXEC || port_shell_path() == NULL)
		return error;
	script[0] = arguments[0];
	script[1] = (char *)(uintptr_t)c->path;
	for (size_t i = 1; arguments[i] != NULL; i++)
		script[i + 1] = arguments[i];
	c->path = port_shell_path();
	c->arguments = script;
	return port_spawn(c, handle);
}

int
exec_file(struct shell *sh, char **arguments, unsigned how, int *background)
{
	char *path = arena_alloc(&sh->scratch, PORT_PATH_MOST);
	const char *search = variable_get(sh, "PATH");
	struct port_command c = { .path = path, .arguments = arguments };
	size_t count = 0;
	int error, handle;

	if ((how & EXEC_DEFAULT_SEARCH) != 0)
		search = NULL;
	error = port_find(arguments[0], search, path, PORT_PATH_MOST);
	if (error != 0)
		return cannot_run(sh, arguments[0], error);
	while (arguments[count] != NULL)
		count++;
	char **script =
	    arena_alloc(&sh->scratch, (count + 2) * sizeof(*script));
	c.environment = variables_environment(sh);
	c.background = background != NULL;
	c.capture = sh->output.capture != NULL && background == NULL;
	output_flush(sh);
	error = spawn(&c, arguments, script, &handle);
	if (error != 0)
		return cannot_run(sh, arguments[0], error);
	if (background != NULL) {
		*background = handle;
		return 0;
	}
	if (c.capture)
		take_output(sh, handle);
	return jobs_foreground(sh, handle);
}

static bool
assign(struct shell *sh, const struct assignment *a, struct scope *scope,
    unsigned flags)
{
	for (; a != NULL; a = a->next) {
		const char *value =
		    expand_text(sh, a->value, EXPAND_TILDE | EXPAND_COLONS);

		if (sh->unwind != UNWIND_NONE)
			return false;
		if (scope != NULL)
			scope_save(sh, scope, a->name);
		if (!variable_set(sh, a->name, value))
			return false;
		if (flags != 0)
			variable_flag(sh, a->name, flags);
	}
	return true;
}

static void
trace(struct shell *sh, const struct assignment *a, const struct fields *f)
{
	struct buf b = { .arena = &sh->scratch };
	const char *prefix = variable_get(sh, "PS4");

	buf_string(&b, expand_string(sh, prefix != NULL ? prefix : ""));
	for (; a != NULL; a = a->next) {
		const char *value = variable_get(sh, a->name);

		buf_string(&b, a->name);
		buf_byte(&b, '=');
		print_quoted(&b, value != NULL ? value : "");
		buf_byte(&b, ' ');
	}
	for (size_t i = 0; i < f->count; i++) {
		print_quoted(&b, f->items[i]);
		buf_byte(&b, ' ');
	}
	b.data[b.length - 1] = '\n';
	output_error(sh, b.data, b.length);
}

/* export x=$y: the value is an assignment's, and not split. */
static bool
declares(const struct word *w)
{
	static const char names[][9] = { "export", "readonly", "local" };
	const struct part *p = w->parts;

	if (p == NULL || p->next != NULL || p->kind != PART_TEXT || p->quoted)
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], p->text) == 0)
			return true;
	return false;
}

static bool
is_assignment(const struct part *p)
{
	size_t n;

	if (p == NULL || p->kind != PART_TEXT || p->quoted)
		return false;
	n = text_name_length(p->text);
	return n > 0 && p->text[n] == '=';
}

/* name=value as one text, with ~ expanded as in an assignment. */
static char *
expand_declaration(struct shell *sh, const struct part *p)
{
	struct buf b = { .arena = &sh->scratch };
	size_t n = text_name_length(p->text) + 1;
	struct part value = *p;

	value.text += n;
	const char *s =
	    expand_text(sh, value.text[0] != '\0' ? &value : p->next,
		EXPAND_TILDE | EXPAND_COLONS);
	buf_bytes(&b, p->text, n);
	buf_string(&b, s);
	return buf_text(&b);
}

static void
expand_all(struct shell *sh, const struct node *n, struct fields *out)
{
	const struct word *w = n->words;

	if (w == NULL || !declares(w)) {
		expand_words(sh, w, out);
		return;
	}
	for (; w != NULL && sh->unwind == UNWIND_NONE; w = w->next) {
		struct word one = { .parts = w->parts };

		if (is_assignment(w->parts))
			fields_add(sh, out, expand_declaration(sh, w->parts));
		else
			expand_words(sh, &one, out);
	}
}

/* With nothing to run: the status is that of the last $( ). */
static void
only_assign(struct shell *sh, const struct node *n, const struct fields *f)
{
	if (!assign(sh, n->assignments, NULL, 0))
		return;
	if (n->assignments != NULL && shell_option(sh, OPTION_XTRACE))
		trace(sh, n->assignments, f);
	sh->status = sh->substitution_status;
}

static void
run(struct shell *sh, const struct node *n, const struct fields *f)
{
	const struct builtin *b = builtin_find(f->items[0]);
	bool keep = b != NULL && b->special;
	struct scope scope;
	bool ok;

	if (!keep)
		scope_open(sh, &scope);
	ok = assign(sh, n->assignments, keep ? NULL : &scope,
	    keep ? 0 : ENTRY_EXPORTED);
	if (ok && shell_option(sh, OPTION_XTRACE))
		trace(sh, n->assignments, f);
	if (ok)
		exec_words(sh, f, 0);
	if (!keep)
		scope_close(sh, &scope);
}

int
exec_simple(struct shell *sh, const struct node *n)
{
	struct arena_mark mark = arena_mark(&sh->scratch);
	struct fields f = { .count = 0 };
	struct redirection r;

	sh->substitution_status = 0;
	expand_all(sh, n, &f);
	if (sh->unwind == UNWIND_NONE && redirect_open(sh, n->redirects, &r)) {
		if (f.count == 0)
			only_assign(sh, n, &f);
		else
			run(sh, n, &f);
		redirect_close(sh, &r);
	}
	arena_release(&sh->scratch, mark);
	return sh->status;
}

/* A single file, which needs no shell to run it. */
static bool
is_file(struct shell *sh, const struct node *n, struct fields *f)
{
	if (n->kind != NODE_SIMPLE || n->redirects != NULL ||
	    n->assignments != NULL || n->words == NULL)
		return false;
	expand_words(sh, n->words, f);
	return f->count > 0 && builtin_find(f->items[0]) == NULL &&
	       table_find(&sh->state.functions, f->items[0]) == NULL;
}

static int
background_shell(struct shell *sh, const struct node *n, int *handle)
{
	struct buf script = { .arena = &sh->scratch };
	char name[] = "gsh", option[] = "-c";

	if (port_shell_path() == NULL)
		return shell_warn(sh, "this cannot run in the background");
	subshell_script(sh, n, &script);

	char *arguments[] = { name, option, buf_text(&script), NULL };
	struct port_command c = {
		.path = port_shell_path(),
		.arguments = arguments,
		.environment = variables_environment(sh),
		.background = true,
	};
	output_flush(sh);
	int error = port_spawn(&c, handle);
	return error != 0 ? cannot_run(sh, name, error) : 0;
}

int
exec_background(struct shell *sh, const struct node *n)
{
	struct arena_mark mark = arena_mark(&sh->scratch);
	struct fields f = { .count = 0 };
	struct buf text = { .arena = &sh->scratch };
	int handle = 0, status;

	if (is_file(sh, n, &f))
		status = exec_file(sh, f.items, 0, &handle);
	else if (sh->unwind == UNWIND_NONE)
		status = background_shell(sh, n, &handle);
	else
		status = sh->status;
	if (status == 0) {
		print_node(&text, n);
		jobs_add(sh, handle, buf_text(&text));
		if (shell_option(sh, OPTION_INTERACTIVE))
			jobs_announce(sh);
	}
	arena_release(&sh->scratch, mark);
	return status;
}
