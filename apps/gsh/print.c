/*
 * print: commands; see print.h.
 *
 * Everything goes on one line, except that the bodies of here-documents
 * have to follow it: the next place where a newline may stand gets them.
 */
#include "print.h"

#include <string.h>

#include "parse.h"

enum { HERE_MOST = 32 }; /* here-documents of one line that are kept */

struct printer {
	struct buf *b;
	const struct redirect *here[HERE_MOST]; /* bodies still to print */
	size_t here_count;
};

static void print(struct printer *, const struct node *);

static void
text(struct printer *p, const char *s)
{
	buf_string(p->b, s);
}

static void
body_of_here(struct printer *p, const struct redirect *r)
{
	if (r->target == NULL)
		;
	else if (r->literal)
		text(p, r->target->text);
	else
		print_document(p->b, r->target);
	/* Its last newline was escaped, and is so again. */
	if (p->b->data[p->b->length - 1] != '\n')
		text(p, "\\\n");
	text(p, r->delimiter);
	text(p, "\n");
}

/* Ends a command: with bodies on lines of their own if any wait. */
static void
separate(struct printer *p, const char *separator)
{
	if (p->here_count == 0) {
		text(p, separator);
		return;
	}
	text(p, "\n");
	for (size_t i = 0; i < p->here_count; i++)
		body_of_here(p, p->here[i]);
	p->here_count = 0;
}

static void
print_redirects(struct printer *p, const struct redirect *r)
{
	static const char *const signs[] = { "<", ">", ">|", ">>", "<>", "<&",
		">&", "<<" };

	for (; r != NULL; r = r->next) {
		text(p, " ");
		if (r->descriptor >= 0)
			buf_number(p->b, r->descriptor);
		text(p, signs[r->kind]);
		if (r->kind != REDIRECT_HERE) {
			print_parts(p->b, r->target);
			continue;
		}
		/* <<- would be another sign. */
		if (r->delimiter[0] == '-')
			text(p, " ");
		if (r->literal) {
			print_always_quoted(p->b, r->delimiter);
		} else {
			text(p, r->delimiter);
		}
		if (p->here_count < HERE_MOST)
			p->here[p->here_count++] = r;
	}
}

static void
print_simple(struct printer *p, const struct node *n)
{
	const char *space = "";

	for (const struct assignment *a = n->assignments; a; a = a->next) {
		text(p, space);
		text(p, a->name);
		text(p, "=");
		print_parts(p->b, a->value);
		space = " ";
	}
	for (const struct word *w = n->words; w != NULL; w = w->next) {
		const struct part *part = w->parts;

		text(p, space);
		/* Behind a redirection, which is printed last, a word like
		 * "if" was only a word. */
		if (part != NULL && part->next == NULL &&
		    part->kind == PART_TEXT && parse_is_reserved(part->text))
			print_always_quoted(p->b, part->text);
		else
			print_parts(p->b, part);
		space = " ";
	}
}

static void
print_list(struct printer *p, const struct node *n)
{
	for (; n != NULL; n = n->next) {
		print(p, n);
		if (n->background)
			text(p, " &");
		if (n->next != NULL)
			separate(p, n->background ? " " : "; ");
	}
}

static void
print_joined(struct printer *p, const struct node *n)
{
	for (; n != NULL; n = n->next) {
		print(p, n);
		if (n->next == NULL)
			break;
		text(p, n->next->join == JOIN_AND  ? " && "
			: n->next->join == JOIN_OR ? " || "
						   : " | ");
		separate(p, "");
	}
}

/* A list and the word that follows it, as in "list; then". */
static void
print_until(struct printer *p, const struct node *n, const char *word)
{
	bool background = false;

	print(p, n);
	if (n->kind == NODE_LIST)
		for (const struct node *c = n->body; c != NULL; c = c->next)
			background = c->background;
	separate(p, background ? " " : "; ");
	text(p, word);
}

static void
print_if(struct printer *p, const struct arm *arm)
{
	const char *word = "if ";

	for (; arm != NULL; arm = arm->next) {
		if (arm->condition != NULL) {
			text(p, word);
			print_until(p, arm->condition, "then ");
		} else {
			text(p, "else ");
		}
		print_until(p, arm->body, "");
		word = "elif ";
	}
	text(p, "fi");
}

static void
print_for(struct printer *p, const struct node *n)
{
	text(p, "for ");
	text(p, n->name);
	if (n->has_words) {
		text(p, " in");
		for (const struct word *w = n->words; w != NULL; w = w->next) {
			text(p, " ");
			print_parts(p->b, w->parts);
		}
		text(p, ";");
	}
	text(p, " do ");
	print_until(p, n->body, "done");
}

static void
print_case(struct printer *p, const struct node *n)
{
	text(p, "case ");
	print_parts(p->b, n->words->parts);
	text(p, " in ");
	for (const struct arm *arm = n->arms; arm != NULL; arm = arm->next) {
		const char *sign = "(";

		for (const struct word *w = arm->patterns; w; w = w->next) {
			text(p, sign);
			print_parts(p->b, w->parts);
			sign = "|";
		}
		text(p, ") ");
		if (arm->body != NULL)
			print(p, arm->body);
		separate(p, "");
		text(p, ";; ");
	}
	text(p, "esac");
}

static void
print_loop(struct printer *p, const struct node *n, const char *word)
{
	text(p, word);
	print_until(p, n->condition, "do ");
	print_until(p, n->body, "done");
}

static void
print_subshell(struct printer *p, const struct node *body)
{
	text(p, "(");
	print(p, body);
	separate(p, "");
	text(p, ")");
}

static void
print_kind(struct printer *p, const struct node *n)
{
	switch (n->kind) {
	case NODE_SIMPLE:
		print_simple(p, n);
		break;
	case NODE_PIPELINE:
		text(p, n->negated ? "! " : "");
		print_joined(p, n->body);
		break;
	case NODE_AND_OR:
		print_joined(p, n->body);
		break;
	case NODE_LIST:
		print_list(p, n->body);
		break;
	case NODE_SUBSHELL:
		print_subshell(p, n->body);
		break;
	case NODE_GROUP:
		text(p, "{ ");
		print_until(p, n->body, "}");
		break;
	case NODE_IF:
		print_if(p, n->arms);
		break;
	case NODE_WHILE:
	case NODE_UNTIL:
		print_loop(p, n, n->kind == NODE_WHILE ? "while " : "until ");
		break;
	case NODE_FOR:
		print_for(p, n);
		break;
	case NODE_CASE:
		print_case(p, n);
		break;
	case NODE_FUNCTION:
		text(p, n->name);
		text(p, "() ");
		print(p, n->body);
		break;
	}
}

static void
print(struct printer *p, const struct node *n)
{
	print_kind(p, n);
	print_redirects(p, n->redirects);
}

void
print_node(struct buf *b, const struct node *n)
{
	struct printer p = { .b = b };

	print(&p, n);
	separate(&p, "");
}
