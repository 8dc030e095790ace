/* order: which services wait for which. */
#pragma once

#include "config.h"

/* Finds the services that the names mean: need_mask and after_mask.  One that
 * needs an unknown or broken service, or is part of a cycle, is broken, and
 * told through config->error with the line of its table. */
void order_resolve(struct config *config);
