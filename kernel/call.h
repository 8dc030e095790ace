/*
 * call: one call being made, and what each mode of each call needs.
 *
 * modes.def says of every argument what it must be: zero, a value, or a
 * handle of some kind with some rights.  The handles are looked up and
 * checked before the mode's function runs, which finds the capabilities in
 * c[] and makes the checks that are its own first, and its effects then.
 */
#pragma once

#include "capability.h"

struct task;

struct call {
	struct task *task;
	struct space *space; /* the task's */
	uint64_t *a; /* the arguments, as in its registers */
	struct capability *c[CALL_ARGUMENTS]; /* of handles; NULL for 0 */
	uint64_t result; /* if the function returns E_OK */
};

/* Beside the errors of the system, two that no caller sees. */
#define E_AGAIN ((enum error)0xFFFFFFFF) /* make the same call again */
#define E_LATER ((enum error)0xFFFFFFFE) /* who wakes the task sets it */

typedef enum error call_function(struct call *call);

/* NEED(name, types, rights, may be 0) */
#define T(type) (1u << OBJECT_##type)
#define NEED_LIST(NEED)                                             \
	NEED(NONE, 0, 0, 0)                                         \
	NEED(VALUE, 0, 0, 0)                                        \
	NEED(ANY, 0xFFFF, 0, 0)                                     \
	NEED(ANY_OR_0, 0xFFFF, 0, 1)                                \
	NEED(SEND_TO, T(PORT) | T(REPLY), 0, 0)                     \
	NEED(RECEIVE, T(PORT), RIGHT_RECEIVE, 0)                    \
	NEED(RECEIVE_OR_0, T(PORT), RIGHT_RECEIVE, 1)               \
	NEED(SENDER, T(PORT), RIGHT_SEND, 0)                        \
	NEED(SIGNALLER, T(PORT), RIGHT_SIGNAL, 0)                   \
	NEED(MEMORY, T(MEMORY), 0, 0)                               \
	NEED(SPACE_OR_0, T(SPACE), RIGHT_CONTROL, 1)                \
	NEED(TASK, T(TASK), RIGHT_CONTROL, 0)                       \
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
#define MODE(call, number, function, needs, entries) call_function function;
#define NEEDS(a0, a1, a2, a3, a4, a5)
#include "modes.def"
#undef NEEDS
#undef MODE

/* The result is a new entry, reserved by the mode, for that object. */
enum error call_give(struct call *call, enum object_type type, void *object,
    uint32_t rights, struct capability *parent);
