/* run: starts a program of the archive and waits for its end. */
#pragma once

#include <gbsd/error.h>
#include <stdint.h>

/* path: with a slash as it is, else in bin; arguments with the name first.
 * *status is what it exits with.  E_NOT_FOUND, E_BAD_IMAGE, or what spawning
 * says. */
NODISCARD enum error
run_program(const char *path, char *const *arguments, uint64_t *status);
