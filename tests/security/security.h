/* security: what its files share. */
#pragma once

#include <stdbool.h>

#include <gbsd/area.h>
#include <gbsd/error.h>

/* Prints "ok NAME" or "FAIL NAME". */
void check(bool good, const char *name);
/* Ends the program, with a FAIL, unless e is E_OK. */
void must(enum error e, const char *what);
struct message *message(void);

/* exhaust.c: uses up all of its own of each kind, and frees it again. */
void exhaust(void);
/* Sends log_server more than its share takes; the exit status. */
int flood(void);
