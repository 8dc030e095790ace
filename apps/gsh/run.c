/* run: reads commands from a source and runs them; see exec.h. */
#include <stdlib.h>
#include <string.h>

#include "exec.h"
#include "output.h"
#include "parse.h"
#include "port.h"

struct reading {
	struct cleanup cleanup;
	struct lexer lexer;
	struct program *program; /* being read or run */
	struct program *running; /* what ran before */
};

static void
end_reading(struct shell *sh, struct cleanup *cleanup)
{
	struct reading *r = (struct reading *)cleanup;

	sh->program = r->running;
	program_close(r->program);
	lex_close(&r->lexer);
}

static void
drop_program(struct shell *sh, struct reading *r)
{
	sh->program = r->running;
	program_close(r->program);
	r->program = NULL;
}

/* Reads and runs one command; false: there are no more. */
static bool
run_one(struct shell *sh, struct reading *r)
{
	bool more = true;

	r->program = program_open();
	switch (parse_command_line(&r->lexer, r->program)) {
	case PARSE_COMMAND:
		sh->program = r->program;
		if (r->program->body != NULL)
			exec_node(sh, r->program->body);
		break;
	case PARSE_ERROR:
		sh->line = r->lexer.line;
		shell_fail(sh, "%s", r->lexer.error);
		lex_discard(&r->lexer);
		break;
	case PARSE_INTERRUPTED:
		sh->unwind = UNWIND_INTERRUPT;
		sh->status = STATUS_SIGNAL + 2;
		lex_discard(&r->lexer);
		break;
	case PARSE_END:
		more = false;
		break;
	}
	drop_program(sh, r);
	return more;
}

int
run_source(struct shell *sh, struct source *source, unsigned line)
{
	struct reading r = { .running = sh->program };

	if (!shell_enter(sh))
		return sh->status;
	lex_open(&r.lexer, source, &sh->state.aliases, line);
	cleanup_push(sh, &r.cleanup, end_reading);
	while (sh->unwind == UNWIND_NONE && run_one(sh, &r))
		continue;
	cleanup_pop(sh, &r.cleanup);
	shell_leave(sh);
	return sh->status;
}

struct verbose_source {
	struct source source;
	struct shell *sh;
	struct source *real;
};

static enum line_result
verbose_line(struct source *source, bool again, struct buf *out)
{
	struct verbose_source *v = (struct verbose_source *)source;
	size_t before = out->length;
	enum line_result result = v->real->line(v->real, again, out);

	if (shell_option(v->sh, OPTION_VERBOSE))
		output_error(v->sh, out->data + before, out->length - before);
	return result;
}

int
run_text(struct shell *sh, const char *text, unsigned line)
{
	struct text_source t = text_source(text, strlen(text));
	struct verbose_source v = { { verbose_line }, sh, &t.source };

	return run_source(sh, &v.source, line);
}

struct script {
	struct cleanup cleanup;
	char *text;
	const char *file;
	unsigned line;
};

static void
end_script(struct shell *sh, struct cleanup *cleanup)
{
	struct script *s = (struct script *)cleanup;

	sh->file = s->file;
	sh->line = s->line;
	free(s->text);
}

bool
run_file(struct shell *sh, const char *path)
{
	struct script s = { .file = sh->file, .line = sh->line };
	size_t length;
	int error = port_load(path, &s.text, &length);

	if (error != 0) {
		shell_warn(sh, "%s: %s", path, strerror(error));
		return false;
	}
	cleanup_push(sh, &s.cleanup, end_script);
	sh->file = path;

	struct text_source t = text_source(s.text, length);
	struct verbose_source v = { { verbose_line }, sh, &t.source };
	run_source(sh, &v.source, 1);
	cleanup_pop(sh, &s.cleanup);
	return true;
}
