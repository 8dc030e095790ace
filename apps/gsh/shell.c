/* shell: beginning, end and trouble; see shell.h. */
#include "shell.h"

#include <stdlib.h>
#include <string.h>

#include "jobs.h"
#include "output.h"
#include "port.h"
#include "trap.h"

static void
give_up(void *context)
{
	struct shell *sh = context;
	jmp_buf *escape = sh->escape;

	if (escape == NULL)
		abort();
	while (sh->cleanups != NULL)
		cleanup_pop(sh, sh->cleanups);
	longjmp(*escape, 1);
}

void
shell_init(struct shell *sh, const char *name)
{
	memset(sh, 0, sizeof(*sh));
	sh->name = name;
	mem_on_exhausted(give_up, sh);
}

void
shell_fini(struct shell *sh)
{
	while (sh->cleanups != NULL)
		cleanup_pop(sh, sh->cleanups);
	output_flush(sh);
	jobs_forget(sh);
	table_free(&sh->state.variables);
	table_free(&sh->state.functions);
	table_free(&sh->state.aliases);
	parameters_free(&sh->state.parameters);
	traps_free(&sh->state);
	arena_free(&sh->scratch);
}

void
cleanup_push(struct shell *sh, struct cleanup *c,
    void (*undo)(struct shell *, struct cleanup *))
{
	c->undo = undo;
	c->below = sh->cleanups;
	sh->cleanups = c;
}

void
cleanup_pop(struct shell *sh, struct cleanup *c)
{
	sh->cleanups = c->below;
	c->undo(sh, c);
}

/* "name:line: message", the line only where there is a script. */
static void
complain(struct shell *sh, const char *format, va_list args)
{
	struct arena_mark mark = arena_mark(&sh->scratch);
	struct buf b = { .arena = &sh->scratch };

	buf_string(&b, sh->file != NULL ? sh->file : sh->name);
	if (!shell_option(sh, OPTION_INTERACTIVE) || sh->file != NULL) {
		buf_byte(&b, ':');
		buf_number(&b, (long long)sh->line);
	}
	buf_string(&b, ": ");
	buf_format(&b, format, args);
	buf_byte(&b, '\n');
	output_error(sh, b.data, b.length);
	arena_release(&sh->scratch, mark);
}

int
shell_warn(struct shell *sh, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(sh, format, args);
	va_end(args);
	return STATUS_ERROR;
}

int
shell_fail(struct shell *sh, const char *format, ...)
{
	va_list args;

	/* One mistake, one message: what follows an error is its echo. */
	if (sh->unwind != UNWIND_ERROR) {
		va_start(args, format);
		complain(sh, format, args);
		va_end(args);
	}
	sh->unwind = UNWIND_ERROR;
	return sh->status = STATUS_ERROR;
}

bool
shell_enter(struct shell *sh)
{
	if (sh->depth >= SHELL_DEEPEST) {
		shell_fail(sh, "nested too deeply");
		return false;
	}
	sh->depth++;
	return true;
}

void
shell_leave(struct shell *sh)
{
	sh->depth--;
}

bool
shell_unwinds(struct shell *sh)
{
	if (sh->unwind == UNWIND_NONE && port_interrupted())
		trap_interrupt(sh);
	return sh->unwind != UNWIND_NONE;
}

struct parameters
parameters_make(char *const *items, size_t n)
{
	size_t size = n * sizeof(char *);

	for (size_t i = 0; i < n; i++)
		size += strlen(items[i]) + 1;

	char **block = mem_alloc(size);
	char *text = (char *)(block + n);
	for (size_t i = 0; i < n; i++) {
		size_t length = strlen(items[i]) + 1;

		block[i] = memcpy(text, items[i], length);
		text += length;
	}
	return (
	    struct parameters){ .items = block, .count = n, .block = block };
}

void
parameters_free(struct parameters *p)
{
	free(p->block);
	*p = (struct parameters){ .count = 0 };
}
