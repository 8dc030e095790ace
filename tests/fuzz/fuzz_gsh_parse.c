/*
 * Any bytes are either refused or read; and what was read is printed as
 * source that is read again, and from then on printed the same.  (The first
 * time, neighbouring quoted texts may still become one.)
 */
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"
#include "print.h"

static jmp_buf escape;

static void
give_up(void *context)
{
	(void)context;
	longjmp(escape, 1);
}

/* Prints all commands of a text; false: it has an error. */
static int
print_back(const char *text, size_t length, struct buf *out)
{
	struct text_source source = text_source(text, length);
	struct lexer l;
	enum parse_result r;

	lex_open(&l, &source.source, NULL, 1);
	do {
		struct program *p = program_open();

		r = parse_command_line(&l, p);
		if (r == PARSE_COMMAND && p->body != NULL) {
			print_node(out, p->body);
			/* A here-document has ended its line itself. */
			if (out->data[out->length - 1] != '\n')
				buf_byte(out, '\n');
		}
		program_close(p);
	} while (r == PARSE_COMMAND);
	lex_close(&l);
	return r == PARSE_END;
}

/* A known limit: a here-document in a substitution in a here-document with
 * the same delimiter cannot be printed. */
static int
nests_documents(const struct buf *b)
{
	const char *first = strstr(b->data, "<<");

	return first != NULL && strstr(first + 2, "<<") != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf once = { .arena = NULL }, twice = { .arena = NULL };
	struct buf thrice = { .arena = NULL };

	mem_on_exhausted(give_up, NULL);
	if (setjmp(escape) != 0)
		return 0;
	if (print_back((const char *)data, size, &once) && buf_text(&once) &&
	    !nests_documents(&once)) {
		if (!print_back(once.data, once.length, &twice) ||
		    !print_back(buf_text(&twice), twice.length, &thrice) ||
		    strcmp(buf_text(&twice), buf_text(&thrice)) != 0)
			abort();
	}
	buf_free(&once);
	buf_free(&twice);
	buf_free(&thrice);
	return 0;
}
