/*
 * variables: named values, and the scopes that put them back.
 *
 * A variable that is unset stays in the table without a value, so restoring
 * one at the end of a scope needs no memory and cannot fail.
 */
#pragma once

#include "shell.h"

void variables_init(struct shell *, char *const *environment);

/* The value, or NULL if unset.  The table's: good until it is assigned. */
const char *variable_get(struct shell *, const char *name);

/* false: it is readonly; said, and UNWIND_ERROR is set. */
bool variable_set(struct shell *, const char *name, const char *value);
bool variable_set_number(struct shell *, const char *name, long long value);
bool variable_unset(struct shell *, const char *name);

/* Adds ENTRY_ flags; the variable is made, without a value, if need be. */
void variable_flag(struct shell *, const char *name, unsigned flags);

/* From here to scope_close(), scope_save() notes variables to put back. */
void scope_open(struct shell *, struct scope *);
void scope_close(struct shell *, struct scope *);
void scope_save(struct shell *, struct scope *, const char *name);

/* The exported variables, NULL at the end, in scratch memory. */
char **variables_environment(struct shell *);

/* The bytes that split fields. */
const char *variables_ifs(struct shell *);
