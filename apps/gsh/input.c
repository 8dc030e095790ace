/* input: see input.h. */
#include "input.h"

#include <string.h>

#include "complete.h"
#include "edit.h"
#include "history.h"
#include "jobs.h"
#include "output.h"
#include "port.h"
#include "prompt.h"

enum { LINE_MOST = LEX_MOST };

static int
terminal_read(void *context, int milliseconds)
{
	(void)context;
	return port_read(milliseconds);
}

static void
terminal_write(void *context, const char *bytes, size_t n)
{
	(void)context;
	port_write(2, bytes, n);
}

static int
terminal_columns(void *context)
{
	int columns, rows;

	(void)context;
	return port_terminal_size(&columns, &rows) && columns > 0 ? columns
								  : 80;
}

static const struct edit_io terminal = {
	.read = terminal_read,
	.write = terminal_write,
	.columns = terminal_columns,
};

static void
raw_off(struct shell *sh, struct cleanup *cleanup)
{
	(void)sh;
	(void)cleanup;
	port_raw(false);
}

static enum line_result
edited_line(struct shell *sh, const char *prompt, bool history, struct buf *out)
{
	struct cleanup c;
	struct edit e = {
		.io = &terminal,
		.sh = sh,
		.history = history ? sh->history : NULL,
		.complete = history ? complete : NULL,
		.prompt = prompt != NULL ? prompt : "",
	};
	enum edit_result result;
	size_t before = out->length;

	port_raw(true);
	cleanup_push(sh, &c, raw_off);
	result = edit_line(&e, out);
	cleanup_pop(sh, &c);
	if (result == EDIT_INTERRUPTED)
		return LINE_INTERRUPTED;
	if (result == EDIT_END)
		return LINE_END;
	if (history && sh->history != NULL)
		history_add(
		    sh->history, out->data + before, out->length - before);
	buf_byte(out, '\n');
	return LINE_READ;
}

static enum line_result
plain_line(struct shell *sh, const char *prompt, struct buf *out)
{
	size_t before = out->length;

	if (prompt != NULL)
		output_error(sh, prompt, strlen(prompt));
	for (;;) {
		int c = port_read(-1);

		if (c == PORT_INPUT_INTERRUPTED)
			return LINE_INTERRUPTED;
		if (c < 0 || out->length - before > LINE_MOST)
			return out->length > before ? LINE_READ : LINE_END;
		buf_byte(out, c);
		if (c == '\n')
			return LINE_READ;
	}
}

enum line_result
input_line(struct shell *sh, const char *prompt, bool history, struct buf *out)
{
	output_flush(sh);
	if (shell_option(sh, OPTION_INTERACTIVE) && port_is_terminal(0))
		return edited_line(sh, prompt, history, out);
	return plain_line(sh, prompt, out);
}

static enum line_result
next_line(struct source *source, bool again, struct buf *out)
{
	struct shell *sh = ((struct input_source *)source)->sh;
	struct arena_mark mark = arena_mark(&sh->scratch);
	const char *prompt = NULL;
	size_t before = out->length;
	enum line_result result;

	if (shell_option(sh, OPTION_INTERACTIVE)) {
		if (!again)
			jobs_report(sh);
		prompt = prompt_text(sh, again);
	}
	result = input_line(sh, prompt, true, out);
	if (out->arena != &sh->scratch)
		arena_release(&sh->scratch, mark);
	if (shell_option(sh, OPTION_VERBOSE))
		output_error(sh, out->data + before, out->length - before);
	return result;
}

struct input_source
input_source(struct shell *sh)
{
	return (struct input_source){ .source = { next_line }, .sh = sh };
}
