/* parse_simple: simple commands, redirections, function definitions. */
#include "parse_internal.h"

#include <string.h>

#include "text.h"

static void
here_document(struct parser *p, struct redirect *r, const struct token *t)
{
	struct buf b = { .arena = p->l->arena };
	const char *s = lex_raw_text(p->l, t->start, p->l->at);
	char quote = '\0';

	/* Quotes go, and nothing in it is expanded. */
	for (; *s != '\0'; s++) {
		if (quote == '\0' ? *s == '\'' || *s == '"' : *s == quote) {
			quote = quote == '\0' ? *s : '\0';
			r->literal = true;
		} else if (*s == '\\' && quote != '\'') {
			r->literal = true;
			s += s[1] != '\0';
			buf_byte(&b, *s);
		} else {
			buf_byte(&b, *s);
		}
	}
	r->delimiter = buf_text(&b);
	if (strchr(r->delimiter, '\n') != NULL)
		lex_fail(p->l, "syntax error: newline in a delimiter");
	lex_here(p->l, r);
}

bool
parser_redirect(struct parser *p, struct redirect ***tail)
{
	struct token *t = parser_peek(p);
	struct redirect *r;

	if (t->kind != TOKEN_NUMBER && t->kind != TOKEN_REDIRECT)
		return false;
	r = arena_alloc(p->l->arena, sizeof(*r));
	r->descriptor = -1;
	if (t->kind == TOKEN_NUMBER) {
		long long n;

		if (!text_number(t->literal, &n) || n > 1023)
			lex_fail(p->l, "bad file descriptor %s", t->literal);
		else
			r->descriptor = (int)n;
		parser_take(p);
		t = parser_peek(p);
	}
	r->kind = t->redirect;
	r->strip = t->strip;
	parser_take(p);
	t = parser_peek(p);
	if (t->kind != TOKEN_WORD && t->kind != TOKEN_NUMBER) {
		parser_unexpected(p, NULL);
		return false;
	}
	/* A here-document gets its target when its lines are read. */
	if (r->kind == REDIRECT_HERE)
		here_document(p, r, t);
	else
		r->target = t->parts;
	parser_take(p);
	**tail = r;
	*tail = &r->next;
	return true;
}

void
parser_redirects(struct parser *p, struct node *n)
{
	struct redirect **tail = &n->redirects;

	while (parser_redirect(p, &tail))
		continue;
}

/* Turns a word like name=value into an assignment; NULL if it is not one. */
static struct assignment *
as_assignment(struct parser *p, struct part *parts)
{
	if (parts == NULL || parts->kind != PART_TEXT || parts->quoted)
		return NULL;

	size_t n = text_name_length(parts->text);
	if (n == 0 || parts->text[n] != '=')
		return NULL;

	struct assignment *a = arena_alloc(p->l->arena, sizeof(*a));
	a->name = arena_copy(p->l->arena, parts->text, n);
	a->value = parts->next;
	if (parts->text[n + 1] != '\0') {
		a->value = arena_alloc(p->l->arena, sizeof(*parts));
		*a->value = *parts;
		a->value->text += n + 1;
	}
	return a;
}

/* After an alias that ends in a blank, the next word may be one too. */
static void
alias_of_argument(struct parser *p)
{
	struct lexer *l = p->l;
	struct token *t = parser_peek(p);

	if (l->blank_end == 0 || t->start < l->blank_end)
		return;
	l->blank_end = 0;
	parser_peek_command(p);
}

struct node *
parse_simple(struct parser *p)
{
	struct node *n = parser_node(p, NODE_SIMPLE);
	struct assignment **assignments = &n->assignments;
	struct word **words = &n->words;
	struct redirect **redirects = &n->redirects;

	for (;;) {
		if (n->words != NULL || n->assignments != NULL)
			alias_of_argument(p);
		struct token *t = parser_peek(p);
		struct assignment *a;

		if (t->kind == TOKEN_WORD) {
			a = n->words == NULL ? as_assignment(p, t->parts)
					     : NULL;
			if (a != NULL) {
				*assignments = a;
				assignments = &a->next;
				parser_take(p);
				continue;
			}
			*words = parser_word(p);
			words = &(*words)->next;
		} else if (!parser_redirect(p, &redirects)) {
			break;
		}
	}
	if (n->words == NULL && n->assignments == NULL && n->redirects == NULL)
		parser_unexpected(p, NULL);
	return n;
}

/* name ( ) compound: the name has been taken as a simple command. */
struct node *
parse_function(struct parser *p, struct node *simple)
{
	const char *name = simple->words->parts->text;

	parser_take(p);
	if (!parser_take_if(p, TOKEN_CLOSE))
		parser_unexpected(p, ")");
	if (!text_is_name(name))
		lex_fail(p->l, "syntax error: bad function name");
	parser_skip_newlines(p);

	struct node *n = parser_node(p, NODE_FUNCTION);
	n->line = simple->line;
	n->name = name;
	n->body = parse_compound(p);
	if (n->body == NULL)
		parser_unexpected(p, NULL);
	return n;
}
