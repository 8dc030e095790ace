/* prompt: PS1 and PS2. */
#pragma once

#include "shell.h"

/* Sets PS1 and PS2 if they are not, in colour if the terminal has it. */
void prompt_init(struct shell *);

/* PS1, or PS2 if a command goes on, expanded; in scratch memory. */
const char *prompt_text(struct shell *, bool again);
