/* memory: mapping the range of a capability. */
#pragma once

#include "capability.h"

/* Unmaps some of it; true when nothing is mapped. */
bool memory_unmap(struct capability *c);
