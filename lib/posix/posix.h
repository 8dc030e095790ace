/*
 * posix: the system calls of the base layer, and what they share.
 *
 * calls.def and <machine>/machine_calls.def list them; each is a function
 * linux_NAME that gets all six arguments.
 */
#pragma once

#include <stdbool.h>

#include <gbsd/error.h>
#include <gbsd/runtime.h>
#include <gbsd/posix.h>

#define CALL(name) long linux_##name(const long *a);
#include "calls.def"
#include <machine_calls.def>
#undef CALL

/* The nearest errno to a kernel error, negated. */
long posix_error(enum error e);

/* Pages, page-aligned sizes; address 0 if there is no room.  take gives zero
 * pages; give takes any range of them back. */
uintptr_t posix_pages_take(size_t size);
long posix_pages_give(uintptr_t address, size_t size);
/* Pages of their own: address or negated errno. */
long posix_pages_new(size_t size, unsigned protection);
/* The same at an address; free: -EEXIST if something is there. */
long posix_pages_new_at(
    uintptr_t address, size_t size, unsigned protection, bool free);
long posix_pages_protect(uintptr_t address, size_t size, unsigned protection);

extern const char posix_machine[]; /* the processor's name, for uname */
