/*
 * accounts: what services may ask memory_server for.
 *
 * init opens an account for each and keeps its badge; the service gets a copy.
 * When init lets go of both, memory_server takes everything back.
 */
#pragma once

#include <gbsd/spawn.h>

#include "init.h"

/* Opens an account of so many pages, with which so many others can be opened,
 * and gives it to the child under that
 * name.  *account is init's own.  E_UNAVAILABLE: memory_server does not run. */
NODISCARD enum error account_give(struct init *init, struct spawn *spawn,
    const char *name, uint32_t pages, uint32_t accounts, cap_t *account);
/* All that was taken with it is taken back, soon.  0 is ignored. */
void account_end(cap_t *account);
