/* service: capabilities to services, by their names. */
#pragma once

#include <gbsd/call.h>
#include <gbsd/error.h>

/* The capability that the parent gave under that name, or one that init gives
 * for the asking; it is asked for once and kept.  E_NOT_FOUND: there is no
 * such service, or nobody to ask; E_UNAVAILABLE: it does not run. */
NODISCARD enum error service_find(const char *name, cap_t *service);

/* A new one, asked for through the init of another process: a child's, before
 * it is given away.  The service takes it for that process's. */
NODISCARD enum error service_find_by(
    cap_t init, const char *name, cap_t *service);
