/* expand: words; see expand.h. */
#include "expand.h"

#include <string.h>

#include "arithmetic.h"
#include "lex.h"
#include "output.h"
#include "subshell.h"
#include "variables.h"

static struct expansion
expansion(struct shell *sh, unsigned how)
{
	return (struct expansion){
		.sh = sh,
		.how = how,
		.text = { .arena = &sh->scratch },
		.marks = { .arena = &sh->scratch },
	};
}

static void
put(struct expansion *x, int byte, enum mark mark)
{
	buf_byte(&x->text, byte);
	buf_byte(&x->marks, mark);
}

void
expand_bytes(
    struct expansion *x, const char *bytes, size_t length, enum mark mark)
{
	for (size_t i = 0; i < length; i++)
		put(x, bytes[i], mark);
}

void
expand_result(
    struct expansion *x, const char *bytes, size_t length, bool quoted)
{
	if (quoted && length == 0)
		put(x, 0, MARK_EMPTY);
	expand_bytes(x, bytes, length, quoted ? MARK_QUOTED : MARK_SPLIT);
}

/* ~ or ~name at s, if nothing quoted or expanded belongs to it.  Gives how
 * many bytes it has; 0 if it is no tilde-prefix or names nobody. */
static size_t
expand_tilde(struct expansion *x, const char *s, bool last)
{
	bool colons = (x->how & EXPAND_COLONS) != 0;
	size_t n = strcspn(s, colons ? "/:" : "/");
	const char *home;

	if (s[0] != '~' || (s[n] == '\0' && !last))
		return 0;
	/* There is no list of users: only one's own home is known. */
	home = n == 1 ? variable_get(x->sh, "HOME") : NULL;
	if (home == NULL)
		return 0;
	expand_result(x, home, strlen(home), true);
	return n;
}

static void
expand_literal(struct expansion *x, const struct part *p, bool first,
    enum mark of_unquoted)
{
	const char *s = p->text;
	bool tilde = first && (x->how & EXPAND_TILDE) != 0;

	if (p->quoted) {
		expand_result(x, s, strlen(s), true);
		return;
	}
	while (*s != '\0') {
		if (tilde)
			s += expand_tilde(x, s, p->next == NULL);
		if (*s == '\0')
			break;
		tilde = *s == ':' && (x->how & EXPAND_COLONS) != 0;
		put(x, *s++, of_unquoted);
	}
}

static void
expand_command(struct expansion *x, const struct part *p)
{
	struct shell *sh = x->sh;
	struct capture c;
	int status = sh->status;

	capture_open(sh, &c);
	sh->substitution_status = subshell_run(sh, p->body);

	size_t n = c.text.length;
	while (n > 0 && c.text.data[n - 1] == '\n')
		n--;
	/* A text of the shell cannot hold NUL bytes. */
	char *nul;
	char *s = arena_copy(&sh->scratch, c.text.data, n);
	for (size_t at = 0; (nul = memchr(s + at, 0, n - at)) != NULL; n--) {
		at = (size_t)(nul - s);
		memmove(nul, nul + 1, n - at);
	}
	expand_result(x, s, n, p->quoted);
	capture_close(sh, &c);
	/* $? in the same command is still that of the one before. */
	if (sh->unwind == UNWIND_NONE)
		sh->status = status;
}

static void
expand_arithmetic(struct expansion *x, const struct part *p)
{
	struct buf b = { .arena = &x->sh->scratch };
	const char *text = expand_text(x->sh, p->word, 0);
	long long n;

	if (x->sh->unwind != UNWIND_NONE || !arithmetic(x->sh, text, &n))
		return;
	buf_number(&b, n);
	expand_result(x, b.data, b.length, p->quoted);
}

void
expand_parts(struct expansion *x, const struct part *p, enum mark of_unquoted)
{
	bool first = true;

	if (!shell_enter(x->sh))
		return;
	for (; p != NULL && x->sh->unwind == UNWIND_NONE; p = p->next) {
		switch (p->kind) {
		case PART_TEXT:
			expand_literal(x, p, first, of_unquoted);
			break;
		case PART_PARAMETER:
			expand_parameter(x, p);
			break;
		case PART_COMMAND:
			expand_command(x, p);
			break;
		case PART_ARITHMETIC:
			expand_arithmetic(x, p);
			break;
		}
		first = false;
	}
	shell_leave(x->sh);
}

void
fields_add(struct shell *sh, struct fields *f, char *item)
{
	if (f->count + 1 >= f->room) {
		size_t room = f->room > 0 ? f->room * 2 : 8;
		char **items = arena_alloc(&sh->scratch, room * sizeof(*items));

		if (f->count > 0)
			memcpy(items, f->items, f->count * sizeof(*items));
		f->items = items;
		f->room = room;
	}
	f->items[f->count++] = item;
	f->items[f->count] = NULL;
}

void
expand_words(struct shell *sh, const struct word *w, struct fields *out)
{
	for (; w != NULL && sh->unwind == UNWIND_NONE; w = w->next) {
		struct expansion x =
		    expansion(sh, EXPAND_FIELDS | EXPAND_TILDE);

		expand_parts(&x, w->parts, MARK_PLAIN);
		if (sh->unwind == UNWIND_NONE)
			expand_split(&x, out);
	}
}

char *
expand_text(struct shell *sh, const struct part *p, unsigned how)
{
	struct expansion x = expansion(sh, how & ~(unsigned)EXPAND_FIELDS);
	size_t to = 0;

	expand_parts(&x, p, MARK_PLAIN);
	for (size_t i = 0; i < x.text.length; i++)
		if (x.marks.data[i] != MARK_EMPTY)
			x.text.data[to++] = x.text.data[i];
	x.text.length = to;
	return buf_text(&x.text);
}

char *
expand_pattern(struct shell *sh, const struct part *p)
{
	struct expansion x = expansion(sh, EXPAND_TILDE);
	struct buf b = { .arena = &sh->scratch };

	expand_parts(&x, p, MARK_PLAIN);
	for (size_t i = 0; i < x.text.length; i++) {
		enum mark mark = (enum mark)x.marks.data[i];

		if (mark == MARK_EMPTY)
			continue;
		if (mark == MARK_QUOTED && (x.text.data[i] & 0x80) == 0)
			buf_byte(&b, '\\');
		buf_byte(&b, x.text.data[i]);
	}
	return buf_text(&b);
}

char *
expand_string(struct shell *sh, const char *s)
{
	struct lexer l;
	struct part *p;

	if (strpbrk(s, "$`\\") == NULL)
		return arena_copy(&sh->scratch, s, strlen(s));
	lex_open(&l, NULL, NULL, sh->line);
	l.arena = &sh->scratch;
	p = lex_document(&l, s);
	if (l.error != NULL)
		return arena_copy(&sh->scratch, s, strlen(s));
	return expand_text(sh, p, 0);
}
