/* call: finds a call's mode, checks its arguments as modes.def says. */
#include "kernel.h"

struct mode {
	uint32_t needs; /* enum need, 4 bits for each argument; the entries */
	uint8_t call, number;
};

#define NEEDS(a0, a1, a2, a3, a4, a5)                                \
	(NEED_##a0 | NEED_##a1 << 4 | NEED_##a2 << 8 | NEED_##a3 << 12 | \
	    NEED_##a4 << 16 | NEED_##a5 << 20)

static const struct mode modes[] = {
#define MODE(call, number, function, needs, entries) \
	{ (uint32_t)(needs) | (uint32_t)(entries) << 24, CALL_##call, number },
#include "modes.def"
#undef MODE
};

static call_function *const functions[] = {
#define MODE(call, number, function, needs, entries) function,
#include "modes.def"
#undef MODE
};

static const struct kind {
	uint16_t types;
	bool zero;
	uint32_t rights;
} needs[] = {
#define NEED(name, types, rights, zero) { types, zero, rights },
	NEED_LIST(NEED)
#undef NEED
};

/* The argument that says the mode of each call, or CALL_ARGUMENTS. */
static const uint8_t mode_argument[CALL_COUNT] = {
	[CALL_port_allocate] = CALL_ARGUMENTS,
	[CALL_port_send] = CALL_ARGUMENTS,
	[CALL_port_receive] = CALL_ARGUMENTS,
	[CALL_vm_allocate] = 2,
	[CALL_vm_deallocate] = CALL_ARGUMENTS,
	[CALL_cap_move] = 1,
	[CALL_sched_spawn] = 0,
	[CALL_sched_yield] = 0,
	[CALL_sched_switch] = 1,
	[CALL_sys_time] = CALL_ARGUMENTS,
	[CALL_sys_debug_print] = CALL_ARGUMENTS,
	[CALL_sys_signal] = 1,
};

static enum error
resolve(struct call *call, unsigned i, const struct kind *need)
{
	cap_t handle = call->a[i];
	struct capability *c = capability_find(call->space, handle);

	call->c[i] = NULL;
	if (handle == 0 && need->zero)
		return E_OK;
	if (c == NULL || !(need->types >> c->type & 1))
		return need->types & 1u << OBJECT_PORT
		    ? REFUSE(E_INVALID_PORT, "the handle names no port")
		    : REFUSE(E_INVALID_CAP, "the handle names no such thing");
	if (need->rights & ~c->rights)
		return REFUSE(E_NO_RIGHTS, "the capability lacks a right");
	if (c->type != OBJECT_MEMORY && c->expiry != 0 &&
	    hal_now() >= c->expiry)
		return REFUSE(E_EXPIRED, "the capability has expired");
	call->c[i] = c;
	return E_OK;
}

static enum error
check(struct call *call, const struct mode *mode)
{
	uint32_t list = mode->needs;
	enum error e;

	for (unsigned i = 0; i < CALL_ARGUMENTS; i++, list >>= 4) {
		unsigned need = list & 15;

		if (need == NEED_NONE && call->a[i] != 0)
			return REFUSE(
			    E_INVALID_CALL, "an unused argument is not zero");
		if (need > NEED_VALUE &&
		    (e = resolve(call, i, &needs[need])) != E_OK)
			return e;
	}
	return list == 0 ? E_OK : capability_reserve(call->space, list);
}

enum error
kernel_call(struct call *call, uint32_t number)
{
	uint32_t at = number < CALL_COUNT ? mode_argument[number] : 0;
	uint8_t mode = at == CALL_ARGUMENTS ? 0 : (uint8_t)call->a[at];
	enum error e;

	for (unsigned i = 0; i < sizeof(functions) / sizeof(*functions); i++)
		if (modes[i].call == number && modes[i].number == mode) {
			e = check(call, &modes[i]);
			return e == E_OK ? functions[i](call) : e;
		}
	return REFUSE(E_INVALID_CALL, "no such call or mode");
}

enum error
call_give(struct call *call, enum object_type type, void *object,
    uint32_t rights, struct capability *parent)
{
	call->result = capability_handle(
	    capability_new(call->space, type, object, rights, parent));
	return E_OK;
}
