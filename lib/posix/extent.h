/*
 * extent: what is mapped where.
 *
 * The kernel maps a capability whole, once, and never changes its protection.
 * An extent is one such mapping, or addresses that are reserved and have no
 * memory.  One that is given back or protected in part is split: unmapped, and
 * its parts mapped again, each by a capability of its own.  In the moment
 * between nobody else may use it.
 *
 * No lock: that is the caller's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gbsd/error.h>

/* Is any of it mapped or reserved? */
bool extent_any(uintptr_t address, size_t pages);
/* New zeroes; with protection 0 addresses only. */
NODISCARD enum error
extent_new(size_t pages, unsigned protection, uintptr_t *address);
/* The same at an address: over extents, which lose what is in them, or where
 * nothing is. */
NODISCARD enum error
extent_new_at(uintptr_t address, size_t pages, unsigned protection);
/* What is not mapped stays so. */
NODISCARD enum error extent_free(uintptr_t address, size_t pages);
/* Reserved pages that may be used from now on are zero.  E_RANGE: some of it
 * is neither mapped nor reserved. */
NODISCARD enum error
extent_protect(uintptr_t address, size_t pages, unsigned protection);
