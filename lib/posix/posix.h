/*
 * posix: the system calls of the base layer, and what they share.
 *
 * calls.def and <machine>/machine_calls.def list them; each is a function
 * linux_NAME that gets all six arguments.
 */
#pragma once

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
/* The protection of pages changes from or to read and write. */
long posix_pages_protect(uintptr_t address, size_t size, uint64_t protection);

extern const char posix_machine[]; /* the processor's name, for uname */
