/* error: the error values that calls and servers return, from error.def. */
#pragma once

#include <stdint.h>

#define NODISCARD __attribute__((warn_unused_result))

/* An error as a call returns it: all ones above, the number below.  No
 * capability handle, address or count has those upper bits. */
#define ERROR_BASE 0xFFFFFFFF00000000ull

enum error {
	E_OK = 0,
#define ERROR(number, name, text) E_##name = number,
#include <gbsd/error.def>
#undef ERROR
};

static inline uint64_t
error_value(enum error e)
{
	return e == E_OK ? 0 : ERROR_BASE | (uint64_t)e;
}

/* The error in a call's result, or E_OK if the result is a value. */
static inline enum error
error_of(uint64_t result)
{
	return (result >> 32) == 0xFFFFFFFF ? (enum error)(uint32_t)result
					    : E_OK;
}
