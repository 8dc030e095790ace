/*
 * text: bytes, characters and numbers, the same in every locale.
 *
 * Text is UTF-8.  A byte that is no part of a valid character counts as one
 * character of its own, so hostile bytes pass through unchanged.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool
text_is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static inline bool
text_is_blank(int c)
{
	return c == ' ' || c == '\t';
}

static inline bool
text_is_space(int c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline bool
text_starts_name(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static inline bool
text_in_name(int c)
{
	return text_starts_name(c) || text_is_digit(c);
}

/* How many leading bytes of s are a variable's name; 0 if it starts none. */
size_t text_name_length(const char *s);
bool text_is_name(const char *s);

/* A decimal number and nothing else, with an optional sign; false: it is
 * not one, or too big, and *out is untouched. */
bool text_number(const char *s, long long *out);

/* Takes the digits of a number as C writes it, with 0x or 0 in front, from
 * *s on; too large ones wrap.  false: there are none. */
bool text_c_number(const char **s, unsigned long long *out);

/* Takes one character from s, which holds n > 0 bytes, into *out if that is
 * not NULL, and says how many bytes it had.  An invalid byte comes out as
 * itself plus 0xDC00, which no valid text contains. */
size_t text_decode(const char *s, size_t n, uint32_t *out);

/* How many bytes the character that ends before s[at] has; at > 0. */
size_t text_before(const char *s, size_t at);

/* Columns of a character on a terminal: 0, 1 or 2. */
int text_width(uint32_t character);

/* Characters in n bytes. */
size_t text_count(const char *s, size_t n);

/* The digit that c stands for in bases up to 16, or -1. */
int text_digit(int c);
