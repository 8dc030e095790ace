/* service: capabilities to services, by their names. */
#pragma once

#include <gbsd/call.h>
#include <gbsd/error.h>

/* The capability that the parent gave under that name, or one that init gives
 * out; it is asked for once and kept, and stays the runtime's.  E_NOT_FOUND:
 * there is no such service; E_UNAVAILABLE: it does not run, or there is
 * nobody to ask. */
NODISCARD enum error service_find(const char *name, cap_t *service);

/* The same, asked through the init of another process: a child's, before it
 * is given away.  The capability is that process's. */
NODISCARD enum error service_find_by(
    cap_t init, const char *name, cap_t *service);
