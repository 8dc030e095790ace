/* window: shows pieces of RAM with the calls of the kernel; see ram.h. */
#pragma once

#include "ram.h"

/* Every start capability "ram" is a range.  E_NOT_FOUND: there is none;
 * E_LIMIT: too many; or what the kernel says of one. */
NODISCARD enum error windows_init(struct ram *ram);
