/* parse_compound: ( ) { } if while until for case. */
#include "parse_internal.h"

#include "text.h"

static void
expect(struct parser *p, const char *word)
{
	if (!parser_take_word(p, word))
		parser_unexpected(p, word);
}

/* A list that may not be empty. */
static struct node *
body(struct parser *p)
{
	struct node *n = parse_list(p);

	if (n == NULL) {
		parser_unexpected(p, NULL);
		n = parser_node(p, NODE_SIMPLE);
	}
	return n;
}

static struct node *
parse_subshell(struct parser *p)
{
	struct node *n = parser_node(p, NODE_SUBSHELL);

	parser_take(p);
	n->body = body(p);
	if (!parser_take_if(p, TOKEN_CLOSE))
		parser_unexpected(p, ")");
	return n;
}

static struct node *
parse_group(struct parser *p)
{
	struct node *n = parser_node(p, NODE_GROUP);

	parser_take(p);
	n->body = body(p);
	expect(p, "}");
	return n;
}

static struct node *
parse_if(struct parser *p)
{
	struct node *n = parser_node(p, NODE_IF);
	struct arm **tail = &n->arms;

	do {
		struct arm *arm = arena_alloc(p->l->arena, sizeof(*arm));

		parser_take(p);
		*tail = arm;
		tail = &arm->next;
		arm->condition = body(p);
		expect(p, "then");
		arm->body = body(p);
	} while (parser_is(p, "elif"));
	if (parser_take_word(p, "else")) {
		*tail = arena_alloc(p->l->arena, sizeof(**tail));
		(*tail)->body = body(p);
	}
	expect(p, "fi");
	return n;
}

static struct node *
parse_loop(struct parser *p, enum node_kind kind)
{
	struct node *n = parser_node(p, kind);

	parser_take(p);
	n->condition = body(p);
	expect(p, "do");
	n->body = body(p);
	expect(p, "done");
	return n;
}

static void
words_of_for(struct parser *p, struct node *n)
{
	struct word **tail = &n->words;
	enum token_kind kind;

	n->has_words = true;
	while ((kind = parser_peek(p)->kind) == TOKEN_WORD ||
	       kind == TOKEN_NUMBER) {
		*tail = parser_word(p);
		tail = &(*tail)->next;
	}
	if (!parser_take_if(p, TOKEN_SEMICOLON) &&
	    parser_peek(p)->kind != TOKEN_NEWLINE)
		parser_unexpected(p, NULL);
}

static struct node *
parse_for(struct parser *p)
{
	struct node *n = parser_node(p, NODE_FOR);
	struct token *t;

	parser_take(p);
	t = parser_peek(p);
	n->name = t->literal;
	if (t->kind != TOKEN_WORD || n->name == NULL || !text_is_name(n->name))
		parser_unexpected(p, "name");
	parser_take(p);
	if (!parser_take_if(p, TOKEN_SEMICOLON)) {
		parser_skip_newlines(p);
		if (parser_take_word(p, "in"))
			words_of_for(p, n);
	}
	parser_skip_newlines(p);
	expect(p, "do");
	n->body = body(p);
	expect(p, "done");
	return n;
}

static struct arm *
parse_case_arm(struct parser *p)
{
	struct arm *arm = arena_alloc(p->l->arena, sizeof(*arm));
	struct word **tail = &arm->patterns;

	parser_take_if(p, TOKEN_OPEN);
	do {
		if (parser_peek(p)->kind != TOKEN_WORD) {
			parser_unexpected(p, NULL);
			return arm;
		}
		*tail = parser_word(p);
		tail = &(*tail)->next;
	} while (parser_take_if(p, TOKEN_OR));
	if (!parser_take_if(p, TOKEN_CLOSE))
		parser_unexpected(p, ")");
	arm->body = parse_list(p);
	return arm;
}

static struct node *
parse_case(struct parser *p)
{
	struct node *n = parser_node(p, NODE_CASE);
	struct arm **tail = &n->arms;

	parser_take(p);
	if (parser_peek(p)->kind != TOKEN_WORD)
		parser_unexpected(p, NULL);
	n->words = parser_word(p);
	parser_skip_newlines(p);
	expect(p, "in");
	parser_skip_newlines(p);
	while (p->l->error == NULL && !parser_is(p, "esac")) {
		*tail = parse_case_arm(p);
		tail = &(*tail)->next;
		if (!parser_take_if(p, TOKEN_CASE_END))
			break;
		parser_skip_newlines(p);
	}
	expect(p, "esac");
	return n;
}

struct node *
parse_compound(struct parser *p)
{
	struct node *n;

	if (parser_peek(p)->kind == TOKEN_OPEN)
		n = parse_subshell(p);
	else if (parser_is(p, "{"))
		n = parse_group(p);
	else if (parser_is(p, "if"))
		n = parse_if(p);
	else if (parser_is(p, "while"))
		n = parse_loop(p, NODE_WHILE);
	else if (parser_is(p, "until"))
		n = parse_loop(p, NODE_UNTIL);
	else if (parser_is(p, "for"))
		n = parse_for(p);
	else if (parser_is(p, "case"))
		n = parse_case(p);
	else
		return NULL;
	parser_redirects(p, n);
	return n;
}
