/* parse_internal: what the two halves of the parser share. */
#pragma once

#include "parse.h"

/* One token of lookahead.  Each $( has a parser of its own on the same
 * lexer; none holds a token when the lexer starts another. */
struct parser {
	struct lexer *l;
	struct token token;
	bool have;
};

struct token *parser_peek(struct parser *);

/* As parser_peek(), with aliases replaced: where a command may start. */
struct token *parser_peek_command(struct parser *);
void parser_take(struct parser *);
bool parser_take_if(struct parser *, enum token_kind);

/* Is the next token this unquoted word? */
bool parser_is(struct parser *, const char *word);
bool parser_take_word(struct parser *, const char *word);
void parser_skip_newlines(struct parser *);

/* Notes that the next token is wrong here; wanted may be NULL. */
void parser_unexpected(struct parser *, const char *wanted);
struct node *parser_node(struct parser *, enum node_kind);

/* The next token, which is a word. */
struct word *parser_word(struct parser *);

/* Takes a redirection if there is one. */
bool parser_redirect(struct parser *, struct redirect ***tail);
void parser_redirects(struct parser *, struct node *);

/* Commands on any number of lines, up to what cannot start one; NULL if
 * there are none. */
struct node *parse_list(struct parser *);

/* A compound command with its redirections, or NULL if none starts here. */
struct node *parse_compound(struct parser *);

/* Assignments, words and redirections. */
struct node *parse_simple(struct parser *);

/* name ( ) compound, after the name was read as a simple command. */
struct node *parse_function(struct parser *, struct node *simple);
