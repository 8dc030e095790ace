/*
 * complete: what can stand where a Tab was typed.
 */
#pragma once

#include "edit.h"

/* An edit_complete: commands where one starts, variables after $, files
 * elsewhere.  Candidates are sorted, quoted as needed, each there once. */
void
complete(struct shell *, const char *line, size_t at, struct completions *);
