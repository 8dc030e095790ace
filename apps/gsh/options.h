/*
 * options: set -e and the others, by letter and by name.
 */
#pragma once

#include "shell.h"

/* Takes options from the front of arguments (items[0] is the first): -abc,
 * +abc, -o name, up to -- or what is no option.  Returns how many items it
 * took, -1 after saying what is wrong.  *ended: there was a --.  Letters in
 * others are allowed too; of these -i and -s are options, and a last one is
 * left to the caller in *other, NUL if there was none. */
int options_take(struct shell *, char *const *items, bool *ended,
    const char *others, char *other);

/* $-, in scratch memory. */
const char *options_letters(struct shell *);

/* set -o and set +o. */
void options_print(struct shell *, bool as_commands);

/* Writes the set command that makes these options. */
void options_script(struct shell *, struct buf *);
