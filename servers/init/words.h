/*
 * words: the command line that the machine gives.
 *
 * Words key=value with blanks between; in a value %XX stands for a byte.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The value of the first word with that key, with its zero.  False: there is
 * none, or it is wrong or too long. */
bool words_get(const char *line, const char *key, char *to, size_t size);
