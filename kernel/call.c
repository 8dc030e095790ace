/* call: finds a call's mode, checks its arguments as modes.def says. */
#include "kernel.h"

enum mode {
#define MODE(call_, number_, function, makes, needs, a5) \
	MODE_##call_##_##number_,
#include "modes.def"
#undef MODE
};

#define NEEDS(a0, a1, a2, a3, a4)                                    \
	(NEED_##a0 | NEED_##a1 << 5 | NEED_##a2 << 10 | NEED_##a3 << 15 | \
	    NEED_##a4 << 20)
enum { ARGUMENTS = 25, A5 = 1 << 25, MAKES = 1 << 26 };

static const uint32_t modes[] = {
#define MODE(call_, number_, function, makes, needs, a5) \
	(needs) | (a5) * A5 | (makes) * MAKES,
#include "modes.def"
#undef MODE
};

/* The first mode of each call; if there are more, a1 says which. */
static const uint8_t first[CALL_COUNT + 1] = {
	[CALL_port_allocate] = MODE_port_allocate_0,
	[CALL_port_send] = MODE_port_send_0,
	[CALL_port_receive] = MODE_port_receive_0,
	[CALL_vm_allocate] = MODE_vm_allocate_0,
	[CALL_vm_deallocate] = MODE_vm_deallocate_VM_UNMAP,
	[CALL_cap_move] = MODE_cap_move_CAP_DERIVE,
	[CALL_sched_spawn] = MODE_sched_spawn_0,
	[CALL_sched_yield] = MODE_sched_yield_YIELD,
	[CALL_sched_switch] = MODE_sched_switch_SWITCH_TO,
	[CALL_sys_time] = MODE_sys_time_0,
	[CALL_sys_debug_print] = MODE_sys_debug_print_0,
	[CALL_sys_signal] = MODE_sys_signal_SIGNAL_BITS,
	[CALL_COUNT] = sizeof(modes) / sizeof(*modes),
};

/* Types in the highest bits, the one for zero, the rights. */
enum { TYPES = 24, ZERO = 1 << 23 };

static const uint32_t needs[] = {
#define NEED(name, types, rights, zero) \
	(uint32_t)(types) << TYPES | (zero) * ZERO | (rights),
	NEED_LIST(NEED)
#undef NEED
};

static enum error
resolve(struct call *call, unsigned i, enum need kind)
{
	uint32_t need = needs[kind];
	cap_t handle = call->a[i];
	struct capability *c = capability_find(call->space, handle);

	call->c[i] = NULL;
	if (handle == 0 && (need & ZERO))
		return E_OK;
	if (c == NULL || !(need >> TYPES >> c->type & 1))
		return need >> TYPES & T(PORT)
		    ? REFUSE(E_INVALID_PORT, "the handle names no port")
		    : REFUSE(E_INVALID_CAP, "the handle names no such thing");
	if (need & (ZERO - 1) & ~c->rights)
		return REFUSE(E_NO_RIGHTS, "the capability lacks a right");
	if (kind == NEED_RAW && memory_in_use(c))
		return REFUSE(E_STATE, "the raw memory is in use");
	if (kind == NEED_WITHIN)
		call->space = c->object;
	if ((kind == NEED_MOVABLE || kind == NEED_CARRIED_OR_0) &&
	    c->mapped != 0)
		return REFUSE(E_STATE, "mapped memory stays");
	if (kind == NEED_CARRIED_OR_0 && (c->rights & RIGHT_RECEIVE))
		return REFUSE(E_NO_RIGHTS, "RECEIVE travels by staging only");
	call->c[i] = c;
	return E_OK;
}

/* From the last to the first, for a space among them says whose handles
 * those before it are. */
static enum error
check(struct call *call, uint32_t mode)
{
	if (!(mode & A5) && call->a[5] != 0)
		return REFUSE(E_INVALID_CALL, "an unused argument is not zero");
	for (unsigned i = CALL_ARGUMENTS - 1; i-- > 0;) {
		enum need need = mode >> i * 5 & 31;
		enum error e;

		if (need == NEED_NONE && call->a[i] != 0)
			return REFUSE(
			    E_INVALID_CALL, "an unused argument is not zero");
		if (need > NEED_VALUE && (e = resolve(call, i, need)) != E_OK)
			return e;
	}
	if ((mode & MAKES) && call->space->left == 0)
		return REFUSE(E_NO_MEMORY, "the table is full");
	return E_OK;
}

/* What makes, moves or ends things waits until nothing is being ended. */
static bool
waits(uint32_t number)
{
	return (1u << number &
		   (1u << CALL_port_allocate | 1u << CALL_vm_allocate |
		       1u << CALL_vm_deallocate | 1u << CALL_cap_move |
		       1u << CALL_sched_spawn | 1u << CALL_sys_signal)) != 0;
}

enum error
kernel_call(struct call *call, uint32_t number)
{
	uint32_t mode;
	enum error e;

	if (number - 1 >= CALL_COUNT - 1)
		return REFUSE(E_INVALID_CALL, "no such call");
	mode = first[number];
	if (first[number + 1] - mode > 1) {
		if (call->a[1] >= first[number + 1] - mode)
			return REFUSE(E_INVALID_CALL, "no such mode");
		mode += (uint32_t)call->a[1];
	}
	if (waits(number) && !work_step())
		return E_AGAIN;
	e = check(call, modes[mode]);
	if (e != E_OK)
		return e;
	switch ((enum mode)mode) {
#define MODE(call_, number_, function, makes, needs, a5) \
	case MODE_##call_##_##number_:                   \
		return function(call);
#include "modes.def"
#undef MODE
	}
	return E_OK;
}

struct capability *
call_give(struct call *call, uint32_t type, void *object,
    uint32_t rights, struct capability *parent)
{
	struct capability *c =
	    capability_new(call->space, type, object, rights, parent);

	call->result = capability_handle(c);
	return c;
}
