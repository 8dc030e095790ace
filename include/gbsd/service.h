/*
 * service: finds a server by its name.
 */
#pragma once

#include <gbsd/call.h>
#include <gbsd/error.h>

/* The capability to the service of that name: what the space was started
 * with, or what init gives for the asking.  It is asked for once and kept.
 * E_NOT_FOUND: there is no such service, or nobody to ask; E_UNAVAILABLE: it
 * is stopped. */
NODISCARD enum error service_find(const char *name, cap_t *service);
