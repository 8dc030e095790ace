/*
 * print: from a tree back to source that means the same.
 *
 * What is printed, the parser reads into an equal tree: quotes may differ,
 * never their effect.  So a function can be shown, and a command can be
 * handed as text to a shell of its own.
 */
#pragma once

#include "ast.h"

void print_node(struct buf *, const struct node *);

/* A word, quoted where it must be. */
void print_parts(struct buf *, const struct part *);

/* The text of a here-document whose delimiter was not quoted. */
void print_document(struct buf *, const struct part *);

/* A text in quotes, whatever it is. */
void print_always_quoted(struct buf *, const char *text);

/* A text as one word: quoted if it is not plain. */
void print_quoted(struct buf *, const char *text);
