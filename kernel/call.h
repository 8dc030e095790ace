/*
 * call: one call being made, and what each mode of each call needs.
 *
 * modes.def says of every argument what it must be: zero, a value, or a
 * handle of some kind with some rights.  The handles are looked up and
 * checked before the mode's function runs, which finds the capabilities in
 * c[].  It makes the checks that are its own first, and its effects then.
 */
#pragma once

#include "capability.h"

struct task;

struct call {
	struct task *task;
	struct space *space; /* whose handles the arguments are */
	uint64_t *a; /* the arguments, as in its registers */
	struct capability *c[CALL_ARGUMENTS]; /* of handles; NULL for 0 */
	uint64_t result; /* if the function returns E_OK */
};

/* Beside the errors of the system, two that no caller sees. */
#define E_AGAIN ((enum error)0xFFFFFFFF) /* make the same call again */
#define E_LATER ((enum error)0xFFFFFFFE) /* who wakes the task sets it */

/* NEED(name, types, rights, may be 0) */
#define T(type) (1u << OBJECT_##type)
#define NEED_LIST(NEED)                                             \
	NEED(NONE, 0, 0, 0)                                         \
	NEED(VALUE, 0, 0, 0)                                        \
	NEED(ANY, 0x7E, 0, 0)                                       \
	NEED(MOVABLE, 0x7E, 0, 0) /* not mapped */                  \
	NEED(CARRIED_OR_0, 0x7E, 0, 1) /* not mapped, no RECEIVE */ \
	NEED(SEND_TO, T(PORT) | T(REPLY), RIGHT_SEND, 0)            \
	NEED(SENDER, T(PORT), RIGHT_SEND, 0)                        \
	NEED(SIGNALLER, T(PORT), RIGHT_SIGNAL, 0)                   \
	NEED(SIGNALLER_OR_0, T(PORT), RIGHT_SIGNAL, 1)              \
	NEED(RECEIVE, T(PORT), RIGHT_RECEIVE, 0)                    \
	NEED(RECEIVE_OR_0, T(PORT), RIGHT_RECEIVE, 1)               \
	NEED(MEMORY, T(MEMORY), 0, 0)                               \
	NEED(RAW, T(MEMORY), RIGHT_MAKE, 0) /* not in use */        \
	NEED(SPACE, T(SPACE), RIGHT_CONTROL, 0)                     \
	NEED(SPACE_OR_0, T(SPACE), RIGHT_CONTROL, 1)                \
	NEED(WITHIN, T(SPACE), RIGHT_CONTROL, 1) /* holds a0 */     \
	NEED(TASK, T(TASK), RIGHT_CONTROL, 0)                       \
	NEED(TASK_OR_0, T(TASK), RIGHT_CONTROL, 1)                  \
	NEED(SCHEDULER, T(MACHINE), RIGHT_SCHEDULE, 0)              \
	NEED(PRINTER, T(MACHINE), RIGHT_PRINT, 0)                   \
	NEED(BINDER, T(MACHINE), RIGHT_BIND, 0)                     \
	NEED(POWER, T(MACHINE), RIGHT_POWER, 0)

enum need {
#define NEED(name, types, rights, zero) NEED_##name,
	NEED_LIST(NEED)
#undef NEED
};

/* Every function of modes.def. */
#define MODE(call_, number_, function, makes, needs, a5) \
	enum error function(struct call *call);
#define NEEDS(a0, a1, a2, a3, a4)
#include "modes.def"
#undef NEEDS
#undef MODE

/* The result is a new entry in the caller's table, which has room. */
struct capability *call_give(struct call *call, uint32_t type, void *object,
    uint32_t rights, struct capability *parent);
