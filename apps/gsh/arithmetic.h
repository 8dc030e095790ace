/*
 * arithmetic: $((expression)), with C's operators on 64-bit integers.
 *
 * Overflow wraps; shifts count modulo 64.  A variable whose value is no
 * number is taken for an expression itself.
 */
#pragma once

#include "shell.h"

/* false: an error was said and UNWIND_ERROR is set. */
bool arithmetic(struct shell *, const char *text, long long *out);
