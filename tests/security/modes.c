/*
 * modes: every mode of every call, with a handle in each place that takes one.
 *
 * What calls there are is the kernel's own list; what each argument must be is
 * said here once more, as docs/api/syscalls.md has it.
 */
#include "security.h"

#define T(type) (1u << OBJECT_##type)
#define ANY (T(TASK) * 2 - 2)
#define KINDS(KIND)                                      \
	KIND(NONE, 0, 0, 0)                              \
	KIND(VALUE, 0, 0, 0)                             \
	KIND(ANY, ANY, 0, 0)                             \
	KIND(MOVABLE, ANY, 0, 0)                         \
	KIND(CARRIED_OR_0, ANY, 0, 1)                    \
	KIND(SEND_TO, T(PORT) | T(REPLY), RIGHT_SEND, 0) \
	KIND(SENDER, T(PORT), RIGHT_SEND, 0)             \
	KIND(SIGNALLER, T(PORT), RIGHT_SIGNAL, 0)        \
	KIND(SIGNALLER_OR_0, T(PORT), RIGHT_SIGNAL, 1)   \
	KIND(RECEIVE, T(PORT), RIGHT_RECEIVE, 0)         \
	KIND(RECEIVE_OR_0, T(PORT), RIGHT_RECEIVE, 1)    \
	KIND(MEMORY, T(MEMORY), 0, 0)                    \
	KIND(RAW, T(MEMORY), RIGHT_MAKE, 0)              \
	KIND(SPACE, T(SPACE), RIGHT_CONTROL, 0)          \
	KIND(SPACE_OR_0, T(SPACE), RIGHT_CONTROL, 1)     \
	KIND(WITHIN, T(SPACE), RIGHT_CONTROL, 1)         \
	KIND(TASK, T(TASK), RIGHT_CONTROL, 0)            \
	KIND(TASK_OR_0, T(TASK), RIGHT_CONTROL, 1)       \
	KIND(SCHEDULER, T(MACHINE), RIGHT_SCHEDULE, 0)   \
	KIND(PRINTER, T(MACHINE), RIGHT_PRINT, 0)        \
	KIND(BINDER, T(MACHINE), RIGHT_BIND, 0)          \
	KIND(POWER, T(MACHINE), RIGHT_POWER, 0)

enum {
#define KIND(name, types, right, zero) KIND_##name,
	KINDS(KIND)
#undef KIND
};

const struct kind kinds[] = {
#define KIND(name, types, right, zero) { #name, types, right, zero },
	KINDS(KIND)
#undef KIND
};

_Static_assert(sizeof(kinds) / sizeof(*kinds) == KIND_COUNT, "all kinds");

#define MODED(call)                                                     \
	((call) == CALL_cap_move || (call) == CALL_sched_yield ||       \
	    (call) == CALL_sched_switch || (call) == CALL_sys_signal || \
	    (call) == CALL_vm_deallocate)
#define NEEDS(a0, a1, a2, a3, a4)                                     \
	{                                                             \
		KIND_##a0, KIND_##a1, KIND_##a2, KIND_##a3, KIND_##a4 \
	}

const struct mode modes[] = {
#define MODE(call, number, function, makes, needs, a5) \
	{ #function, CALL_##call, number, MODED(CALL_##call), needs },
#include "../../kernel/modes.def"
#undef MODE
};

const unsigned mode_count = sizeof(modes) / sizeof(*modes);

bool
mode_wants_handle(const struct mode *m, unsigned argument)
{
	return kinds[m->kinds[argument]].types != 0;
}

enum error
mode_try(
    const struct mode *m, unsigned argument, cap_t handle, const cap_t *valid)
{
	uint64_t a[KIND_ARGUMENTS] = { 0 };

	if (m->moded)
		a[1] = m->number;
	else if (m->call == CALL_port_receive)
		a[1] = RECEIVE_NO_WAIT;
	/* The kernel looks at the last one first. */
	for (unsigned i = argument + 1; i < KIND_ARGUMENTS; i++)
		if (mode_wants_handle(m, i) && !kinds[m->kinds[i]].zero)
			a[i] = valid != NULL ? valid[m->kinds[i]] : handle;
	a[argument] = handle;
	return error_of(gbsd_call6(m->call, a[0], a[1], a[2], a[3], a[4], 0));
}

bool
modes_refuse(cap_t handle, const cap_t *valid)
{
	bool good = true;

	for (const struct mode *m = modes; m < modes + mode_count; m++)
		for (unsigned i = 0; i < KIND_ARGUMENTS; i++) {
			enum error e;

			/* 0 is no guess where it may stand. */
			if (!mode_wants_handle(m, i) ||
			    (handle == 0 && kinds[m->kinds[i]].zero))
				continue;
			e = mode_try(m, i, handle, valid);
			good &= e == E_INVALID_PORT || e == E_INVALID_CAP;
		}
	return good;
}

static void
wait_for_ever(uint64_t port)
{
	enum received kind;

	for (;;)
		(void)!port_receive(port, 0, &kind);
}

void
kit_make(struct kit *kit)
{
	cap_t *of = kit->of, raw;

	*kit = (struct kit){ 0 };
	of[OBJECT_MEMORY] = raw_take(TASK_PAGES + 2);
	of[OBJECT_MACHINE] = gbsd_cap("print");
	of[OBJECT_PORT] = port_new(1);
	must(cap_reply(of[OBJECT_PORT], of[OBJECT_PORT], 1, &of[OBJECT_REPLY]),
	    "reply");
	must(cap_space(raw_take(4), 1, &of[OBJECT_SPACE]), "space");
	of[OBJECT_TASK] = thread_start(wait_for_ever, port_new(1), &raw);
}

void
kit_valid(const struct kit *kit, cap_t valid[KIND_COUNT])
{
	for (unsigned i = 0; i < KIND_COUNT; i++) {
		valid[i] = 0;
		for (unsigned type = 1; type < OBJECT_TYPES; type++)
			if (kinds[i].types >> type & 1)
				valid[i] = kit->of[type];
	}
	/* Of what may be anything, what harms least. */
	valid[KIND_ANY] = valid[KIND_MOVABLE] = valid[KIND_CARRIED_OR_0] =
	    valid[KIND_SEND_TO] = kit->of[OBJECT_PORT];
}
