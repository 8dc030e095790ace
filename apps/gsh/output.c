/* output: buffered, or captured; see output.h. */
#include "output.h"

#include <string.h>

#include "port.h"

enum {
	STANDARD_OUTPUT = 1,
	STANDARD_ERROR = 2,
};

void
output_flush(struct shell *sh)
{
	struct output *o = &sh->output;
	size_t n = o->used;

	o->used = 0;
	if (n > 0)
		port_write(STANDARD_OUTPUT, o->data, n);
}

void
output_bytes(struct shell *sh, const char *bytes, size_t length)
{
	struct output *o = &sh->output;

	if (o->capture != NULL) {
		buf_bytes(&o->capture->text, bytes, length);
		return;
	}
	while (length > 0) {
		size_t n = OUTPUT_ROOM - o->used;

		if (n > length)
			n = length;
		memcpy(o->data + o->used, bytes, n);
		o->used += n;
		bytes += n;
		length -= n;
		if (o->used == OUTPUT_ROOM)
			output_flush(sh);
	}
}

void
output_string(struct shell *sh, const char *s)
{
	output_bytes(sh, s, strlen(s));
}

void
output_format(struct shell *sh, const char *format, ...)
{
	struct arena_mark mark = arena_mark(&sh->scratch);
	struct buf b = { .arena = &sh->scratch };
	va_list args;

	va_start(args, format);
	buf_format(&b, format, args);
	va_end(args);
	output_bytes(sh, b.data, b.length);
	arena_release(&sh->scratch, mark);
}

void
output_error(struct shell *sh, const char *bytes, size_t length)
{
	output_flush(sh);
	port_write(STANDARD_ERROR, bytes, length);
}

static void
capture_undo(struct shell *sh, struct cleanup *cleanup)
{
	struct capture *c = (struct capture *)cleanup;

	sh->output.capture = c->below;
	buf_free(&c->text);
}

void
capture_open(struct shell *sh, struct capture *c)
{
	*c = (struct capture){ .below = sh->output.capture };
	sh->output.capture = c;
	cleanup_push(sh, &c->cleanup, capture_undo);
}

void
capture_close(struct shell *sh, struct capture *c)
{
	cleanup_pop(sh, &c->cleanup);
}
