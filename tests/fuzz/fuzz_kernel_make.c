/*
 * fuzz_kernel_make: what makes and ends capabilities and objects, in several
 * calls if it takes several.
 */
#include "fuzz_kernel.h"

enum { TASKS_AT_ONCE = 24 };

uint64_t last_tag;

/* Several calls in one step: false if the task cannot go on. */
static bool
goes_on(struct hal_context *task)
{
	if (machine.halted || machine.current != task || task->again ||
	    task->upcall)
		return false;
	complete_all(task);
	return true;
}

/* Part of raw memory, or of any: behind what was given away, mostly. */
static uint64_t
play_range(struct pending *p, uint32_t pages, uint32_t rights, bool raw)
{
	uint32_t b = byte();

	p->source = pick_one(OBJECT_MEMORY, raw ? RAW_MEMORY : ANY);
	p->mode = CAP_DERIVE;
	p->first = b < 8 ? b : b < 16 ? 0 : shadows[p->source].next;
	p->pages = pages;
	if (yields(p, b))
		return UINT64_MAX;
	return make(p, CALL_cap_move, handle_of(p->source), CAP_DERIVE, rights,
	    p->first, pages, 0);
}

static uint32_t
holder_of(uint64_t handle)
{
	uint32_t here = space_of(machine.current);

	for (unsigned i = 0; i < KNOWN; i++) {
		uint32_t s = spaces[here].known[i];

		if (s != 0 && shadows[s].where == HELD &&
		    shadows[s].space == here && shadows[s].handle == handle)
			return s;
	}
	return 0;
}

static unsigned
tasks_now(void)
{
	unsigned i = 0, n = 0;

	while (machine_each(&i) != NULL)
		n++;
	return n;
}

/* An object, in a part of raw memory that is made for it. */
void
play_object(struct pending *p)
{
	struct hal_context *task = machine.current;
	uint32_t b = byte(), kind = b % 3;
	uint32_t pages = kind == 0 ? 1 + b / 3 % 3 : kind == 1 ? 8 : 2;
	uint64_t memory;

	if (kind == 2 &&
	    (tasks_now() >= TASKS_AT_ONCE || last_tag + 1 >= TASKS_MAX))
		return;
	memory = play_range(p, pages, RAW, true);
	if (!goes_on(task) || error_of(memory) != E_OK)
		return;
	p->source = holder_of(memory);
	p->mode = CAP_SPACE;
	if (kind == 0)
		make(p, CALL_port_allocate, memory, 0, 0, 0, 0, 0);
	else if (kind == 1)
		make(
		    p, CALL_cap_move, memory, CAP_SPACE, 1 + (b >> 7), 0, 0, 0);
	else
		make(p, CALL_sched_spawn, memory,
		    b & 64 ? 0 : handle_of(pick(OBJECT_SPACE)), 0x1000,
		    some_address(), ++last_tag, 0);
}

/* A process: a space with memory of its own and a port, and a task. */
void
play_child(struct pending *p)
{
	struct hal_context *task = machine.current;
	uint64_t memory, space, give;
	uint32_t id;

	if (tasks_now() >= TASKS_AT_ONCE || last_tag + 1 >= TASKS_MAX)
		return;
	memory = play_range(p, 7, RAW, true);
	if (!goes_on(task) || error_of(memory) != E_OK)
		return;
	p->source = holder_of(memory);
	p->mode = CAP_SPACE;
	space = make(p, CALL_cap_move, memory, CAP_SPACE, 1, 0, 0, 0);
	if (!goes_on(task) || error_of(space) != E_OK)
		return;
	id = holder_of(space);
	for (unsigned i = 0; i < 3; i++) {
		if (i == 0) {
			give = play_range(p, 20 + byte() % 32, RAW, true);
		} else {
			p->source = pick_one(OBJECT_PORT, RECEIVER);
			p->mode = CAP_DERIVE;
			p->pages = 0;
			give = make(p, CALL_cap_move, handle_of(p->source),
			    CAP_DERIVE,
			    i == 1 ? RIGHT_RECEIVE : RIGHT_SEND | RIGHT_DERIVE,
			    0, 0, 0);
		}
		if (!goes_on(task))
			return;
		if (error_of(give) != E_OK)
			continue;
		p->source = holder_of(give);
		p->mode = CAP_STAGE;
		p->into = space_of_shadow(id);
		make(p, CALL_cap_move, give, CAP_STAGE, space, 0, 0, 0);
		if (!goes_on(task))
			return;
	}
	memory = play_range(p, 2, RAW, true);
	if (!goes_on(task) || error_of(memory) != E_OK)
		return;
	p->source = holder_of(memory);
	make(p, CALL_sched_spawn, memory, space, 0x1000, some_address(),
	    ++last_tag, 0);
}

void
play_cap(struct pending *p)
{
	static const uint32_t rights[] = { RIGHT_SEND | RIGHT_DERIVE,
		RIGHT_READ | RIGHT_DERIVE, RIGHT_RECEIVE, RIGHT_SEND, 0,
		RIGHT_CONTROL | RIGHT_DERIVE,
		RIGHT_READ | RIGHT_WRITE | RIGHT_DERIVE,
		RIGHT_SEND | RIGHT_SIGNAL | RIGHT_DERIVE };
	static const uint8_t modes[] = { CAP_DERIVE, CAP_DERIVE, CAP_DERIVE,
		CAP_DERIVE, CAP_BADGE, CAP_BADGE, CAP_REPLY, CAP_REPLY,
		CAP_STAGE, CAP_STAGE, CAP_STAGE, CAP_CLOSE, CAP_CLOSE,
		CAP_CLOSE, CAP_REVOKE, CAP_SPACE, CAP_FAULTS, CAP_BIND,
		CAP_QUERY };
	uint64_t b = byte(), a2 = 0, a3 = 0, a4 = 0;
	uint32_t type = OBJECT_NONE, space;
	enum want want = ANY;

	p->mode = modes[below(sizeof modes)];
	switch ((enum cap_mode)p->mode) {
	case CAP_DERIVE:
		if (b & 64) {
			play_range(p, 1 + (b & 7) * 3,
			    b & 8 ? RAW : RAW & ~RIGHT_MAKE, (b & 16) != 0);
			return;
		}
		a2 = rights[b % 8];
		break;
	case CAP_BADGE:
		type = OBJECT_PORT;
		want = RECEIVER;
		a2 = rights[b & 1 ? 7 : 0];
		a3 = b;
		a4 = b % 4;
		break;
	case CAP_REPLY:
		a2 = handle_of(pick_one(OBJECT_PORT, RECEIVER));
		a3 = b;
		break;
	case CAP_STAGE:
		space = pick(OBJECT_SPACE);
		p->into = space_of_shadow(space);
		a2 = handle_of(space);
		break;
	case CAP_SPACE:
		type = OBJECT_MEMORY;
		want = RAW_MEMORY;
		a2 = b % 4;
		break;
	case CAP_FAULTS:
		type = OBJECT_SPACE;
		a2 = handle_of(pick(OBJECT_PORT));
		break;
	case CAP_BIND:
		type = OBJECT_MACHINE;
		a2 = b % (HAL_INTERRUPTS + 1);
		a3 = handle_of(pick(OBJECT_PORT));
		a4 = b;
		break;
	case CAP_QUERY:
		a2 = b & 1;
		break;
	default:
		break;
	}
	p->source = pick_one(type, want);
	if (yields(p, (uint32_t)b))
		return;
	/* Without those it would soon be over. */
	if (shadows[p->source].parent == 0 && p->source != 0 &&
	    (p->mode == CAP_CLOSE || p->mode == CAP_STAGE ||
		(p->mode == CAP_REVOKE && b >= 8)))
		p->mode = CAP_QUERY, a2 = 0;
	p->pages = p->first = 0;
	make(p, CALL_cap_move, handle_of(p->source), p->mode, a2, a3, a4, 0);
}

/* More children than one step of a revocation kills, and the revocation. */
void
play_many(struct pending *p)
{
	struct hal_context *task = machine.current;
	uint32_t source = pick(byte() & 1 ? OBJECT_PORT : OBJECT_MACHINE);
	cap_t from = handle_of(source);

	for (unsigned i = 0; i < 70; i++) {
		p->source = source;
		p->mode = i < 69 ? CAP_DERIVE : CAP_REVOKE;
		p->pages = 0;
		make(p, CALL_cap_move, from, p->mode, 0, 0, 0, 0);
		if (!goes_on(task))
			return;
	}
}
