/*
 * fuzz_kernel_play: bytes become traps: calls with mostly valid handles of
 * the current task's space, faults, ticks, interrupts.
 */
#include "fuzz_kernel.h"

enum { ADDRESSES = 200 };

bool verbose;

static bool
suits(const struct shadow *s, uint32_t type, enum want want)
{
	return (type == OBJECT_NONE || s->type == type) &&
	       (want != RAW_MEMORY || s->raw) &&
	       (want != RECEIVER || s->receives);
}

/* A capability of the current space, of that type if one is found; now and
 * then one of another type, or one that is gone. */
uint32_t
pick_one(uint32_t type, enum want want)
{
	uint32_t here = space_of(machine.current);
	const struct known_space *space = &spaces[here];
	uint32_t start = byte(), odd = byte(), id = 0;

	for (unsigned i = 0; i < KNOWN; i++) {
		uint32_t s = space->known[(start + i) % KNOWN];

		/* Another space's handle may name anything here. */
		if (s == 0 || shadows[s].space != here)
			continue;
		if (odd < 6)
			return s;
		if (shadows[s].where != HELD)
			continue;
		id = s;
		if (suits(&shadows[s], type, want))
			return s;
	}
	return odd < 12 ? id : 0;
}

uint32_t
pick(uint32_t type)
{
	return pick_one(type, ANY);
}

/* init's own stay with it, or all would soon be over. */
static uint32_t
pick_to_give(void)
{
	uint32_t id = pick(OBJECT_NONE);

	return shadows[id].parent == 0 ? 0 : id;
}

/* What is guessed is never right: the shadow would not know. */
cap_t
handle_of(uint32_t id)
{
	if (id != 0)
		return shadows[id].handle;
	return byte() < 16 ? byte() | (cap_t)(0xFFFF00 + byte()) << 32 : 0;
}

uint64_t
some_address(void)
{
	uint32_t b = byte();

	if (b < 4)
		return HAL_USER_HIGH - b * PAGE_SIZE;
	if (b < 8)
		return HAL_USER_LOW + b;
	if (b < 12)
		return (uint64_t)b << 36;
	return HAL_USER_LOW + (uint64_t)below(ADDRESSES) * PAGE_SIZE;
}

/* A handle that is stale may by now name something else here. */
static void
only_held(uint32_t *id)
{
	const struct shadow *s = &shadows[*id];

	if (s->where != HELD || s->space != space_of(machine.current))
		*id = 0;
}

uint64_t
make(struct pending *p, uint32_t call, uint64_t a0, uint64_t a1, uint64_t a2,
    uint64_t a3, uint64_t a4, uint64_t a5)
{
	uint64_t r;

	if (verbose)
		fprintf(stderr,
		    "%llu: task %llu: call %u (%llx %llx %llx %llx %llx %llx)",
		    (unsigned long long)machine.traps,
		    (unsigned long long)machine.current->argument, call,
		    (unsigned long long)a0, (unsigned long long)a1,
		    (unsigned long long)a2, (unsigned long long)a3,
		    (unsigned long long)a4, (unsigned long long)a5);
	only_held(&p->source);
	only_held(&p->caps[0]);
	only_held(&p->caps[1]);
	only_held(&p->reply);
	p->in_upcall = machine.current->upcall;
	p->call = call;
	p->a2 = a2;
	if (call == CALL_cap_move && p->mode == CAP_REVOKE)
		shadow_doom(p->source, false);
	if (call == CALL_cap_move && p->mode == CAP_CLOSE)
		shadow_doom(p->source, true);
	r = machine_call(call, a0, a1, a2, a3, a4, a5);
	if (verbose)
		fprintf(stderr, " = %llx\n", (unsigned long long)r);
	/* It ended its own task: what it did with them nobody can say. */
	if (r == CALL_GONE) {
		shadow_doom(p->source, true);
		shadow_doom(p->caps[0], true);
		shadow_doom(p->caps[1], true);
	}
	return r;
}

bool
yields(struct pending *p, uint32_t b)
{
	if (p->source != 0 || b % 16 == 0)
		return false;
	make(p, CALL_sched_yield, 0, YIELD, 0, 0, 0, 0);
	return true;
}

static void
play_send(struct pending *p)
{
	struct message *m = &machine.current->area->message;
	uint32_t b = byte();

	p->source = pick(b & 1 ? OBJECT_REPLY : OBJECT_PORT);
	if (p->source == 0)
		p->source = pick(OBJECT_PORT);
	if (yields(p, b))
		return;
	p->caps[0] = b & 2 && b & 4 ? pick_to_give() : 0;
	p->caps[1] = b & 8 && b & 4 ? pick_to_give() : 0;
	p->reply = b & 16 ? pick_one(OBJECT_PORT, RECEIVER) : 0;
	p->message = message_new();
	m->words[0] = b & 32 ? FAULT_RESUME : byte();
	m->words[7] = p->message ^ MESSAGE_MAGIC;
	make(p, CALL_port_send, handle_of(p->source), b >> 6 ? 64 : byte(),
	    p->caps[0] == 0 ? 0 : handle_of(p->caps[0]),
	    p->caps[1] == 0 ? 0 : handle_of(p->caps[1]),
	    p->reply == 0 ? 0 : handle_of(p->reply),
	    p->reply == 0 ? 0 : byte());
}

static void
play_receive(struct pending *p)
{
	uint32_t b = byte();

	/* init waits but seldom, for then nobody else may be left. */
	if (machine.current->argument >= TASKS_MAX && b % 32 != 8)
		b |= 0x40;
	p->source = pick_one(OBJECT_PORT, RECEIVER);
	if (yields(p, b))
		return;
	make(p, CALL_port_receive, handle_of(p->source),
	    b < 8 ? b
		  : (b & 3) % 3 | (b & 0x58 ? RECEIVE_NO_WAIT : 0) |
			(b & 0x20 ? RECEIVE_KEEP : 0),
	    0, 0, 0, 0);
}

static void
play_vm(struct pending *p)
{
	static const uint32_t protections[] = { VM_READ, VM_READ | VM_WRITE,
		VM_READ | VM_EXECUTE, 0, VM_WRITE, VM_WRITE | VM_EXECUTE,
		VM_READ, 1 };
	uint32_t b = byte(), space = 0;

	p->source = pick(OBJECT_MEMORY);
	if (yields(p, b))
		return;
	if (b & 16)
		make(p, CALL_vm_deallocate, handle_of(p->source),
		    b & 128 ? VM_CLEAR : VM_UNMAP, b & 128 ? b & 7 : 0, 0, 0,
		    0);
	else if (b & 32)
		space = pick(OBJECT_SPACE);
	if (!(b & 16))
		make(p, CALL_vm_allocate, handle_of(p->source), some_address(),
		    protections[b % 8], space == 0 ? 0 : handle_of(space), 0,
		    0);
}

static void
play_signal(struct pending *p)
{
	uint32_t b = byte(), mode = b % 9;
	bool is_init = machine.current->argument >= TASKS_MAX;
	cap_t target =
	    handle_of(pick(mode == SIGNAL_BITS		? OBJECT_PORT
			   : mode == SIGNAL_END		? OBJECT_SPACE
			   : mode == SIGNAL_ACKNOWLEDGE ? OBJECT_MACHINE
							: OBJECT_TASK));

	if (mode == SIGNAL_POWER_OFF || mode == SIGNAL_RESET) {
		/* Refused: the machine stays on. */
		make(p, CALL_sys_signal, 0, mode, byte(), 0, 0, 0);
		return;
	}
	if ((mode == SIGNAL_KILL || mode == SIGNAL_END) && b & 64)
		mode = SIGNAL_RESUME;
	if ((mode == SIGNAL_KILL || mode == SIGNAL_END) && b & 128)
		target = 0;
	if (is_init && mode == SIGNAL_SUSPEND && target == 0)
		mode = SIGNAL_RESUME;
	make(p, CALL_sys_signal, target, mode,
	    mode == SIGNAL_BITS || mode == SIGNAL_UPCALL ? byte() : 0, 0, 0, 0);
}

static void
play_schedule(struct pending *p)
{
	uint32_t b = byte(), mode = b % 4;
	cap_t power = handle_of(pick(OBJECT_MACHINE));

	if (b & 128)
		make(
		    p, CALL_sched_yield, 0, b & 64 ? YIELD : b % 3, 0, 0, 0, 0);
	else if (mode == SWITCH_SERVER)
		make(p, CALL_sched_switch, power, mode,
		    handle_of(pick(OBJECT_PORT)),
		    b & 8 ? handle_of(pick(OBJECT_PORT)) : 0, 0, 0);
	else if (mode == SWITCH_TIMER)
		make(p, CALL_sched_switch, power, mode, 0,
		    machine.now + byte() * 50000, 0, 0);
	else
		make(p, CALL_sched_switch, power, mode,
		    handle_of(pick(OBJECT_TASK)), 10 + b % 23,
		    b & 64 ? machine.now + byte() * 50000 : 0, 0);
}

static void
play_outside(uint32_t b)
{
	if (b & 1)
		machine.now += (uint64_t)byte() * 200000;
	if (b & 2 || machine.current == NULL || machine.armed <= machine.now)
		machine_trap(HAL_TRAP_TIMER, 0, 0);
	else if (b & 4)
		machine_trap(HAL_TRAP_INTERRUPT, byte() % HAL_INTERRUPTS, 0);
	else
		machine_trap(HAL_TRAP_KICK, 0, 0);
}

static void
play_fault(void)
{
	uint32_t b = byte();

	/* init begins again; not too often. */
	if (machine.current->argument >= TASKS_MAX && b < 200)
		return;
	machine_trap(HAL_TRAP_FAULT, 1 + b % 7, some_address());
}

void
step(void)
{
	uint32_t b = byte();
	struct pending *p;

	if (machine.current == NULL) {
		play_outside(b);
		return;
	}
	p = pending_of(machine.current);
	if (machine.current->again && !machine.current->upcall) {
		if (b < 220)
			machine_again();
		else
			play_outside(b);
		return;
	}
	machine.hold_again = b & 1;
	*p = (struct pending){ .life = p->life };
	switch (b >> 3) {
	case 0 ... 2:
		play_object(p);
		break;
	case 3 ... 8:
		play_send(p);
		break;
	case 9 ... 13:
		play_receive(p);
		break;
	case 14 ... 16:
		play_vm(p);
		break;
	case 17 ... 23:
		play_cap(p);
		break;
	case 24:
		if (byte() < 16)
			play_many(p);
		else
			play_child(p);
		break;
	case 25:
	case 26:
		play_schedule(p);
		break;
	case 27:
		play_signal(p);
		break;
	case 28:
		play_fault();
		break;
	case 29:
		machine.current->area->upcall_entry = byte() & 1 ? 0x4000 : 0;
		machine.current->area->upcall_mask = byte();
		break;
	case 30:
		/* Small numbers name nothing: no handle is one. */
		make(p, byte() % 16, byte(), byte() % 12, byte(), byte(),
		    byte(), byte());
		break;
	default:
		play_outside(byte());
	}
}
