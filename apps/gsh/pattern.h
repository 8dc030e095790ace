/*
 * pattern: shell patterns, POSIX.1-2017 section 2.13.
 *
 * A backslash takes the meaning from what follows it; whoever makes a
 * pattern of quoted text puts them in.  Characters are UTF-8.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Does all of text, n bytes, match? */
bool pattern_match(const char *pattern, const char *text, size_t n);

/* Is there anything in it that is not matched by itself? */
bool pattern_is_special(const char *pattern);

/* The bytes at the start (or the end) of text that match, as few or as many
 * as can be; -1 if none do. */
long pattern_prefix(const char *pattern, const char *text, bool longest);
long pattern_suffix(const char *pattern, const char *text, bool longest);
