/*
 * parse: tokens, lists and pipelines; see parse.h.  Simple commands are in
 * parse_simple.c, compound ones in parse_compound.c.
 */
#include "parse_internal.h"

#include <stdlib.h>
#include <string.h>

struct program *
program_open(void)
{
	struct program *p = mem_alloc(sizeof(*p));

	p->references = 1;
	return p;
}

void
program_keep(struct program *p)
{
	p->references++;
}

void
program_close(struct program *p)
{
	if (p == NULL || --p->references > 0)
		return;
	arena_free(&p->arena);
	free(p);
}

struct token *
parser_peek(struct parser *p)
{
	if (!p->have) {
		p->token = lex_next(p->l);
		p->have = true;
	}
	return &p->token;
}

void
parser_take(struct parser *p)
{
	p->have = false;
}

bool
parser_take_if(struct parser *p, enum token_kind kind)
{
	if (parser_peek(p)->kind != kind)
		return false;
	parser_take(p);
	return true;
}

bool
parser_is(struct parser *p, const char *word)
{
	struct token *t = parser_peek(p);

	return t->kind == TOKEN_WORD && t->literal != NULL &&
	       strcmp(t->literal, word) == 0;
}

bool
parser_take_word(struct parser *p, const char *word)
{
	if (!parser_is(p, word))
		return false;
	parser_take(p);
	return true;
}

void
parser_unexpected(struct parser *p, const char *wanted)
{
	struct token *t = parser_peek(p);
	const char *text = "end of file";

	/* The line of the mistake, not the one that was reached. */
	if (p->l->error == NULL)
		p->l->line = t->line;
	if (t->kind == TOKEN_NEWLINE)
		text = "newline";
	else if (t->kind != TOKEN_END)
		text = lex_raw_text(p->l, t->start, p->l->at);
	if (wanted != NULL)
		lex_fail(p->l, "syntax error: \"%s\" where \"%s\" is expected",
		    text, wanted);
	else
		lex_fail(p->l, "syntax error: \"%s\" unexpected", text);
	p->have = false;
}

void
parser_skip_newlines(struct parser *p)
{
	while (parser_take_if(p, TOKEN_NEWLINE))
		continue;
}

struct node *
parser_node(struct parser *p, enum node_kind kind)
{
	struct node *n = arena_alloc(p->l->arena, sizeof(*n));

	n->kind = kind;
	n->line = parser_peek(p)->line;
	return n;
}

struct word *
parser_word(struct parser *p)
{
	struct word *w = arena_alloc(p->l->arena, sizeof(*w));

	w->parts = parser_peek(p)->parts;
	parser_take(p);
	return w;
}

bool
parse_is_reserved(const char *word)
{
	static const char words[][6] = { "!", "{", "}", "case", "do", "done",
		"elif", "else", "esac", "fi", "for", "if", "then", "until",
		"while" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

static bool
is_reserved(struct parser *p)
{
	struct token *t = parser_peek(p);

	return t->kind == TOKEN_WORD && t->literal != NULL &&
	       parse_is_reserved(t->literal);
}

struct token *
parser_peek_command(struct parser *p)
{
	while (parser_peek(p)->kind == TOKEN_WORD && !is_reserved(p) &&
	       lex_alias(p->l, &p->token))
		p->have = false;
	return parser_peek(p);
}

static bool
is_plain_name(const struct node *n)
{
	return n->assignments == NULL && n->redirects == NULL &&
	       n->words != NULL && n->words->next == NULL &&
	       n->words->parts != NULL && n->words->parts->next == NULL &&
	       n->words->parts->kind == PART_TEXT && !n->words->parts->quoted;
}

static struct node *
parse_command(struct parser *p)
{
	struct node *n;

	if (!lex_enter(p->l))
		return parser_node(p, NODE_SIMPLE);
	parser_peek_command(p);
	n = parse_compound(p);
	if (n == NULL) {
		if (is_reserved(p))
			parser_unexpected(p, NULL);
		n = parse_simple(p);
		if (is_plain_name(n) && parser_peek(p)->kind == TOKEN_OPEN)
			n = parse_function(p, n);
	}
	lex_leave(p->l);
	return n;
}

static struct node *
parse_pipeline(struct parser *p)
{
	struct node *pipeline, **tail;

	parser_peek_command(p);
	pipeline = parser_node(p, NODE_PIPELINE);
	while (parser_take_word(p, "!"))
		pipeline->negated = !pipeline->negated;
	tail = &pipeline->body;
	*tail = parse_command(p);
	while (parser_take_if(p, TOKEN_OR)) {
		parser_skip_newlines(p);
		tail = &(*tail)->next;
		*tail = parse_command(p);
	}
	if (pipeline->negated || pipeline->body->next != NULL)
		return pipeline;
	return pipeline->body;
}

static struct node *
parse_and_or(struct parser *p)
{
	struct node *n = parser_node(p, NODE_AND_OR), **tail = &n->body;

	*tail = parse_pipeline(p);
	for (;;) {
		enum token_kind kind = parser_peek(p)->kind;

		if (kind != TOKEN_AND_AND && kind != TOKEN_OR_OR)
			break;
		parser_take(p);
		parser_skip_newlines(p);
		tail = &(*tail)->next;
		*tail = parse_pipeline(p);
		(*tail)->join = kind == TOKEN_AND_AND ? JOIN_AND : JOIN_OR;
	}
	return n->body->next != NULL ? n : n->body;
}

/* Is this where a list ends?  Reserved words end one too. */
static bool
at_list_end(struct parser *p)
{
	static const char words[][5] = { "}", "then", "do", "done", "elif",
		"else", "esac", "fi" };
	enum token_kind kind = parser_peek_command(p)->kind;

	if (kind != TOKEN_WORD)
		return kind == TOKEN_END || kind == TOKEN_CLOSE ||
		       kind == TOKEN_CASE_END;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (parser_is(p, words[i]))
			return true;
	return false;
}

/* Takes what separates two commands of a list; false: the list ends. */
static bool
take_separator(struct parser *p, struct node *n, bool lines)
{
	if (parser_take_if(p, TOKEN_AND))
		n->background = true;
	else if (!parser_take_if(p, TOKEN_SEMICOLON) &&
		 !(lines && parser_peek(p)->kind == TOKEN_NEWLINE))
		return false;
	if (lines)
		parser_skip_newlines(p);
	return true;
}

static struct node *
read_list(struct parser *p, bool lines)
{
	struct node *list = parser_node(p, NODE_LIST), **tail = &list->body;

	while (!at_list_end(p) && parser_peek(p)->kind != TOKEN_NEWLINE) {
		struct node *n = parse_and_or(p);

		*tail = n;
		tail = &n->next;
		if (!take_separator(p, n, lines))
			break;
	}
	if (list->body != NULL && list->body->next == NULL &&
	    !list->body->background)
		return list->body;
	return list->body != NULL ? list : NULL;
}

struct node *
parse_list(struct parser *p)
{
	parser_skip_newlines(p);
	return read_list(p, true);
}

struct node *
parse_substitution(struct lexer *l)
{
	struct parser p = { .l = l };
	struct node *n;

	if (!lex_enter(l))
		return NULL;
	n = parse_list(&p);
	if (!parser_take_if(&p, TOKEN_CLOSE))
		parser_unexpected(&p, ")");
	lex_leave(l);
	return n;
}

struct node *
parse_text(struct lexer *within, const char *text)
{
	struct text_source source = text_source(text, strlen(text));
	struct lexer l;
	struct parser p = { .l = &l };
	struct node *n;

	lex_open(&l, &source.source, within->aliases, within->line);
	l.arena = l.text.arena = within->arena;
	l.depth = within->depth;
	n = parse_list(&p);
	if (parser_peek(&p)->kind != TOKEN_END)
		parser_unexpected(&p, NULL);
	if (l.error != NULL)
		lex_fail(within, "%s", l.error);
	lex_close(&l);
	return n;
}

enum parse_result
parse_command_line(struct lexer *l, struct program *out)
{
	struct parser p = { .l = l };

	lex_begin(l, &out->arena);
	if (parser_peek(&p)->kind == TOKEN_END && l->error == NULL)
		return l->interrupted ? PARSE_INTERRUPTED : PARSE_END;
	out->body = read_list(&p, false);
	if (!parser_take_if(&p, TOKEN_NEWLINE) &&
	    parser_peek(&p)->kind != TOKEN_END)
		parser_unexpected(&p, NULL);
	if (l->interrupted)
		return PARSE_INTERRUPTED;
	return l->error != NULL ? PARSE_ERROR : PARSE_COMMAND;
}
