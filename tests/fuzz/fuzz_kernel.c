/*
 * fuzz_kernel: any sequence of traps leaves the kernel in order.
 *
 * Bytes are decoded into traps of a small machine: calls with mostly valid
 * handles of the current task's space, faults, ticks, interrupts.  A shadow
 * of the derivation tree is kept from what calls return alone; once a revoke
 * has returned, every handle that descends from it must be refused, wherever
 * it went.  Everything else that must hold is in tests/machine/invariants.c.
 *
 *   fuzz_kernel --random SEED COUNT   plays COUNT random traps
 *   fuzz_kernel FILE...               libFuzzer, as usual
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "invariants.h"
#include "script.h"

enum {
	PAGES = 500, /* of RAM: small, so that it runs out */
	SHADOWS = 1 << 15,
	TASKS_MAX = 1 << 12,
	SPACES_MAX = 1 << 10,
	KNOWN = 48, /* handles that a space remembers */
	ADDRESSES = 16,
	MESSAGES = 1 << 12,
	CHECK_EVERY = 256,
	TASKS_AT_ONCE = 24,
	ROUND = 4000, /* random traps before a new machine */
};

#define MESSAGE_MAGIC 0xF00Dull << 48

/* --- bytes -------------------------------------------------------------------*/

static const uint8_t *input;
static size_t input_left;
static uint64_t random_state;
static bool random_input, verbose;

static uint32_t
byte(void)
{
	if (random_input) {
		uint64_t z = random_state += 0x9E3779B97F4A7C15;

		z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
		return (uint32_t)(z >> 40) & 0xFF;
	}
	if (input_left == 0)
		return 0;
	input_left--;
	return *input++;
}

static uint32_t
below(uint32_t limit)
{
	return limit <= 256 ? byte() % limit : (byte() | byte() << 8) % limit;
}

/* --- the shadow --------------------------------------------------------------*/

enum where { HELD, TRAVELLING, GONE };

struct shadow {
	uint32_t parent; /* 0: a root */
	uint32_t space; /* index in spaces, if held */
	cap_t handle;
	uint8_t where;
	uint8_t type; /* enum object_type */
	bool revoked;
};

struct known_space {
	const struct hal_space *hal;
	uint64_t serial;
	uint32_t known[KNOWN]; /* shadows */
	uint64_t addresses[ADDRESSES];
};

struct sent {
	uint32_t caps[MESSAGE_CAPS], reply;
};

/* What a task has under way; by its tag. */
struct pending {
	uint32_t call; /* 0: nothing */
	bool in_upcall; /* it was made in one */
	uint64_t life; /* of the task's context */
	uint64_t mode;
	uint32_t source; /* shadow */
	uint32_t caps[MESSAGE_CAPS], reply; /* shadows */
	uint64_t message;
	uint64_t tag; /* of a task that it spawns */
	cap_t into; /* handle of the space it stages into */
	uint32_t staged[8];
	unsigned staged_count;
};

static struct shadow shadows[SHADOWS];
static uint32_t shadow_count;
static struct known_space spaces[SPACES_MAX];
static uint32_t space_count;
static struct sent messages[MESSAGES];
static uint64_t message_count;
static struct pending pendings[TASKS_MAX];
static uint64_t last_tag;
static uint64_t total_traps, rounds, results_ok, results;

static void
wrong(const char *what)
{
	fprintf(stderr, "after %llu traps: %s\n",
	    (unsigned long long)machine.traps, what);
	abort();
}

static struct pending *
pending_of(const struct hal_context *task)
{
	struct pending *p =
	    &pendings[task->argument < TASKS_MAX ? task->argument : 1];

	if (p->life != task->life) /* init again */
		*p = (struct pending){ .life = task->life };
	return p;
}

static uint32_t
space_of(const struct hal_context *task)
{
	const struct hal_space *hal = invariants_space(task);
	uint64_t serial = invariants_serial(hal);

	for (uint32_t i = space_count; i-- > 0;)
		if (spaces[i].serial == serial)
			return i;
	if (space_count == SPACES_MAX)
		return 0;
	spaces[space_count] =
	    (struct known_space){ .hal = hal, .serial = serial };
	return space_count++;
}

static uint32_t
shadow_new(uint32_t parent, uint32_t type)
{
	if (shadow_count == SHADOWS)
		return 0;
	shadows[shadow_count] = (struct shadow){
		.parent = parent, .where = TRAVELLING, .type = (uint8_t)type
	};
	return shadow_count++;
}

static bool
is_refused(const struct shadow *s)
{
	const struct known_space *space = &spaces[s->space];

	if (invariants_serial(space->hal) != space->serial)
		return true;
	return invariants_handle_in(space->hal, s->handle) == E_INVALID_CAP;
}

static void
shadow_hold(uint32_t id, uint32_t space, cap_t handle)
{
	struct shadow *s = &shadows[id];

	if (id == 0)
		return;
	s->where = HELD;
	s->space = space;
	s->handle = handle;
	if (s->revoked && !is_refused(s))
		wrong("a revoked capability arrived");
	spaces[space].known[below(KNOWN)] = id;
}

static uint32_t
shadow_root(uint32_t space, cap_t handle, uint32_t type)
{
	uint32_t id = shadow_new(0, type);

	shadow_hold(id, space, handle);
	return id;
}

/* A revoke of that capability has returned. */
static void
shadow_revoke(uint32_t root)
{
	/* Parents come before their children. */
	static uint8_t below_root[SHADOWS];

	memset(below_root, 0, shadow_count);
	for (uint32_t i = root + 1; i < shadow_count; i++) {
		struct shadow *s = &shadows[i];

		below_root[i] = s->parent == root || below_root[s->parent];
		if (!below_root[i])
			continue;
		s->revoked = true;
		if (s->where == HELD && !is_refused(s)) {
			fprintf(stderr,
			    "%u (type %u) of space %u, below %u of %u\n", i,
			    s->type, s->space, root, shadows[root].space);
			wrong("a capability outlives its revoked ancestor");
		}
	}
}

/* --- completing calls ----------------------------------------------------------*/

static void
received(struct hal_context *task, uint64_t result)
{
	struct message *m = &task->area->message;
	uint64_t id = m->words[7] ^ MESSAGE_MAGIC;
	uint32_t space = space_of(task);
	struct sent *sent;

	if (result != RECEIVED_MESSAGE && result != RECEIVED_REPLY)
		return;
	if (id == 0 || id > message_count || id >= MESSAGES) {
		if (m->reply != 0) /* of a fault */
			shadow_root(space, m->reply, OBJECT_REPLY);
		return;
	}
	sent = &messages[id];
	for (unsigned i = 0; i < MESSAGE_CAPS; i++) {
		if (m->caps[i] == 0)
			shadows[sent->caps[i]].where = GONE;
		else
			shadow_hold(sent->caps[i], space, m->caps[i]);
	}
	if (m->reply != 0)
		shadow_hold(sent->reply, space, m->reply);
}

static void
sent(struct pending *p)
{
	struct sent *m = &messages[p->message];

	*m = (struct sent){ { p->caps[0], p->caps[1] }, 0 };
	for (unsigned i = 0; i < MESSAGE_CAPS; i++)
		if (p->caps[i] != 0)
			shadows[p->caps[i]].where = TRAVELLING;
	/* 0 if the parent is unknown. */
	m->reply = shadow_new(p->reply, OBJECT_REPLY);
	if (shadows[p->source].type == OBJECT_REPLY)
		shadows[p->source].where = GONE;
}

static void
moved(struct hal_context *task, struct pending *p, uint64_t result)
{
	uint32_t space = space_of(task), id;

	switch ((enum cap_mode)p->mode) {
	case CAP_DERIVE:
	case CAP_BADGE:
		id = shadow_new(p->source, shadows[p->source].type);
		shadow_hold(id, space, result);
		break;
	case CAP_STAGE:
		if (p->source == 0)
			break;
		shadows[p->source].where = TRAVELLING;
		shadows[p->source].handle = result;
		if (p->staged_count < 8)
			p->staged[p->staged_count++] = p->source;
		break;
	case CAP_CLOSE:
		shadows[p->source].where = GONE;
		break;
	case CAP_REVOKE:
		if (p->source != 0) /* else a handle that was guessed */
			shadow_revoke(p->source);
		break;
	case CAP_BIND:
		shadow_root(space, result, OBJECT_INTERRUPT);
		break;
	case CAP_UNSTAGE:
		p->staged_count = 0;
		break;
	default:
		break;
	}
}

static void
spawned(struct hal_context *task, struct pending *p, uint64_t result)
{
	struct hal_context *new = machine_task(p->tag);

	if (p->mode == SPAWN_TASK) {
		shadow_root(space_of(task), result, OBJECT_TASK);
		return;
	}
	if (result != 0)
		shadow_root(space_of(task), result, OBJECT_SPACE);
	if (new != NULL)
		for (unsigned i = 0; i < p->staged_count; i++)
			shadow_hold(p->staged[i], space_of(new),
			    shadows[p->staged[i]].handle);
	p->staged_count = 0;
}

static void
complete(struct hal_context *task)
{
	struct pending *p = pending_of(task);
	bool interrupted = task->upcall && !p->in_upcall;
	uint64_t result = interrupted ? task->saved_result : task->result;
	uint32_t call = p->call;

	if (call == 0 ||
	    !(interrupted ? task->saved_has_result : task->has_result))
		return;
	p->call = 0;
	results++;
	if (error_of(result) != E_OK)
		return;
	results_ok++;
	switch (call) {
	case CALL_port_allocate:
		shadow_root(space_of(task), result, OBJECT_PORT);
		break;
	case CALL_port_send:
		sent(p);
		break;
	case CALL_port_receive:
		received(task, result);
		break;
	case CALL_vm_allocate:
		if (p->mode == VM_OBJECT || p->mode == VM_DEVICE)
			shadow_root(space_of(task), result, OBJECT_MEMORY);
		else if (p->mode == VM_NEW || p->mode == VM_MAP)
			spaces[space_of(task)].addresses[below(ADDRESSES)] =
			    result;
		break;
	case CALL_cap_move:
		moved(task, p, result);
		break;
	case CALL_sched_spawn:
		spawned(task, p, result);
		break;
	}
}

/* The caller first: what it sent may have arrived already. */
static void
complete_all(struct hal_context *caller)
{
	struct hal_context *task;
	unsigned i = 0;

	if (!machine.halted && caller != NULL && !machine_gone(caller))
		complete(caller);
	if (!machine.halted)
		while ((task = machine_each(&i)) != NULL)
			if (task->area != NULL && pending_of(task)->call != 0)
				complete(task);
}

/* --- playing -------------------------------------------------------------------*/

/* A capability of the current space, of that type if one is found; now and
 * then one of another type, or one that is gone. */
static uint32_t
pick(uint32_t type)
{
	const struct known_space *space = &spaces[space_of(machine.current)];
	uint32_t start = byte(), odd = byte(), id = 0;

	for (unsigned i = 0; i < KNOWN; i++) {
		uint32_t s = space->known[(start + i) % KNOWN];

		if (s == 0)
			continue;
		if (odd < 6)
			return s;
		if (shadows[s].where != HELD)
			continue;
		id = s;
		if (type == OBJECT_NONE || shadows[s].type == type)
			return s;
	}
	return odd < 12 ? id : 0;
}

static cap_t
handle_of(uint32_t id)
{
	if (id != 0)
		return shadows[id].handle;
	return byte() < 16 ? byte() | (cap_t)byte() << 32 : 0;
}

static uint64_t
some_size(void)
{
	static const uint64_t odd[] = { 0, 1, UINT64_MAX, 1ull << 42,
		-(uint64_t)PAGE_SIZE, 1ull << 63 };
	uint32_t b = byte();

	return b < 8	? odd[b % 6]
	       : b < 16 ? (uint64_t)(1 + byte()) * PAGE_SIZE
			: (uint64_t)(1 + b % 9) * PAGE_SIZE;
}

static uint64_t
some_address(void)
{
	uint64_t a =
	    spaces[space_of(machine.current)].addresses[below(ADDRESSES)];
	uint32_t b = byte();

	if (b < 8)
		return some_size();
	if (b < 20)
		return HAL_USER_LOW + (uint64_t)b * PAGE_SIZE;
	if (b < 24)
		return machine.current->user_area;
	return a + (uint64_t)(b % 12) * PAGE_SIZE - (b & 128 ? PAGE_SIZE : 0);
}

/* A handle that is stale may by now name something else here. */
static void
only_held(uint32_t *id)
{
	const struct shadow *s = &shadows[*id];

	if (s->where != HELD || s->space != space_of(machine.current))
		*id = 0;
}

static void
make(struct pending *p, uint32_t call, uint64_t a0, uint64_t a1, uint64_t a2,
    uint64_t a3, uint64_t a4, uint64_t a5)
{
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
	uint64_t r = machine_call(call, a0, a1, a2, a3, a4, a5);
	if (verbose)
		fprintf(stderr, " = %llx\n", (unsigned long long)r);
}

static void
play_send(struct pending *p)
{
	struct message *m = &machine.current->area->message;
	uint32_t b = byte();

	p->source = pick(b & 1 ? OBJECT_REPLY : OBJECT_PORT);
	p->caps[0] = b & 2 && b & 4 ? pick(OBJECT_NONE) : 0;
	p->caps[1] = b & 8 && b & 4 ? pick(OBJECT_NONE) : 0;
	p->reply = b & 16 ? pick(OBJECT_PORT) : 0;
	p->message = message_count + 1 < MESSAGES ? ++message_count : 0;
	messages[p->message] = (struct sent){ { 0 }, 0 };
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

	p->source = pick(OBJECT_PORT);
	make(p, CALL_port_receive, handle_of(p->source),
	    b < 8 ? b : (b & 3) % 3 | (b & 0x78 ? RECEIVE_NO_WAIT : 0), 0, 0, 0,
	    0);
}

static void
play_vm(struct pending *p)
{
	static const uint32_t protections[] = { VM_READ, VM_READ | VM_WRITE,
		VM_READ | VM_EXECUTE, 0, VM_WRITE, VM_WRITE | VM_EXECUTE,
		VM_READ | VM_WRITE | VM_KEEP, VM_READ };
	uint64_t mode = below(VM_MODES), b = byte();
	uint64_t flags = mode | protections[b % 8];
	uint64_t offset = b & 8 ? (b >> 4) * PAGE_SIZE : 0;
	cap_t memory = handle_of(pick(OBJECT_MEMORY));
	cap_t device = handle_of(pick(OBJECT_MACHINE));

	p->mode = mode;
	switch ((enum vm_mode)mode) {
	case VM_NEW:
	case VM_PROTECT:
		make(p, CALL_vm_allocate,
		    mode == VM_PROTECT || b & 16 ? some_address() : 0,
		    some_size(), flags, 0, 0, 0);
		break;
	case VM_OBJECT:
		make(p, CALL_vm_allocate, 0, some_size(), mode,
		    b & 1 ? handle_of(pick(OBJECT_PORT)) : 0, 0, 0);
		break;
	case VM_PIN:
	case VM_UNPIN:
		/* What is pinned and lost is lost for good: seldom. */
		if (b >= 32)
			mode = VM_UNPIN;
		make(p, CALL_vm_allocate, 0, PAGE_SIZE, mode, memory, offset,
		    device);
		break;
	case VM_SUPPLY:
		make(p, CALL_vm_allocate, b % 4 * PAGE_SIZE, PAGE_SIZE, mode,
		    memory, offset, handle_of(pick(OBJECT_MEMORY)));
		break;
	case VM_DEVICE:
		make(p, CALL_vm_allocate, 0, some_size() & 0xFFFFF, mode,
		    device, (1ull << 40) + offset, 0);
		break;
	default:
		make(p, CALL_vm_allocate, b & 16 ? some_address() : 0,
		    some_size(), flags, memory, offset, 0);
	}
}

static void
play_cap(struct pending *p)
{
	static const uint32_t rights[] = { RIGHT_SEND | RIGHT_DERIVE,
		RIGHT_READ | RIGHT_DERIVE, RIGHT_RECEIVE, RIGHT_SEND, 0,
		RIGHT_CONTROL | RIGHT_DERIVE,
		RIGHT_READ | RIGHT_WRITE | RIGHT_DERIVE,
		RIGHT_SEND | RIGHT_SIGNAL | RIGHT_DERIVE };
	static const uint8_t modes[] = { CAP_DERIVE, CAP_DERIVE, CAP_DERIVE,
		CAP_BADGE, CAP_BADGE, CAP_STAGE, CAP_CLOSE, CAP_CLOSE,
		CAP_CLOSE, CAP_REVOKE, CAP_DESTROY, CAP_BIND, CAP_WATCH,
		CAP_WATCH_DEATH, CAP_QUOTA, CAP_QUOTA, CAP_FAULT_PORT,
		CAP_STAGE_INTO, CAP_UNSTAGE, CAP_STAGE, CAP_QUERY, CAP_STAGE };
	uint64_t mode = modes[below(sizeof modes)], b = byte();
	uint64_t a2 = 0, a3 = 0, a4 = 0;
	uint32_t type = OBJECT_NONE;
	cap_t from;

	if (mode == CAP_DESTROY && b & 0xF0)
		mode = CAP_DERIVE;
	if (mode == CAP_UNSTAGE && b & 0xE0)
		mode = CAP_STAGE;
	p->mode = mode;
	switch ((enum cap_mode)mode) {
	case CAP_DERIVE:
		a2 = rights[b % 8];
		a3 = (b & 0xF0) == 0 ? machine.now + byte() * 1000 : 0;
		break;
	case CAP_BADGE:
		type = OBJECT_PORT;
		a2 = rights[b & 1 ? 7 : 0];
		a3 = b;
		a4 = b % 4;
		break;
	case CAP_BIND:
		type = OBJECT_MACHINE;
		a2 = b % (HAL_INTERRUPTS + 1);
		a3 = handle_of(pick(OBJECT_PORT));
		a4 = b;
		break;
	case CAP_WATCH:
	case CAP_WATCH_DEATH:
		a3 = handle_of(pick(OBJECT_PORT));
		a4 = b;
		break;
	case CAP_QUOTA:
		a2 = b % 4;
		a3 = b & 16 ? -(uint64_t)(b % 7) : b & 32 ? 40 : b & 15;
		break;
	case CAP_FAULT_PORT:
		a3 = handle_of(pick(OBJECT_PORT));
		break;
	default:
		break;
	}
	if (mode >= CAP_WATCH_DEATH && mode != CAP_QUERY)
		type = mode == CAP_WATCH_DEATH && b & 1 ? OBJECT_TASK
							: OBJECT_SPACE;
	p->source = pick(type);
	from = handle_of(p->source);
	if (type == OBJECT_SPACE && mode != CAP_STAGE_INTO && b & 64)
		from = 0;
	make(p, CALL_cap_move, from, mode, a2, a3, a4, 0);
}

/* More children than one step of a revocation kills, and the revocation. */
static void
play_many(struct pending *p)
{
	struct hal_context *task = machine.current;
	uint32_t source = pick(OBJECT_NONE);
	cap_t from = handle_of(source);

	for (unsigned i = 0; i < 70; i++) {
		p->source = source;
		p->mode = i < 69 ? CAP_DERIVE : CAP_REVOKE;
		make(p, CALL_cap_move, from, p->mode, 0, 0, 0, 0);
		if (machine.current != task || task->again || task->upcall)
			return;
		complete(task);
	}
}

static unsigned
tasks_now(void)
{
	unsigned i = 0, n = 0;

	while (machine_each(&i) != NULL)
		n++;
	return n;
}

static void
play_spawn(struct pending *p)
{
	uint32_t b = byte();

	if (tasks_now() >= TASKS_AT_ONCE || last_tag + 1 >= TASKS_MAX)
		return;
	p->tag = ++last_tag;
	p->mode = b & 3 ? SPAWN_SPACE : SPAWN_TASK;
	pendings[p->tag] = (struct pending){ 0 };
	if (p->mode == SPAWN_SPACE && b & 0x30) {
		/* With some quota, so that it can do something. */
		for (unsigned k = 0; k < QUOTA_KINDS; k++)
			CALL(cap_move, 0, CAP_QUOTA, k, k == 3 ? 2 : 24);
		if (machine.halted || machine.current == NULL ||
		    pending_of(machine.current) != p)
			return;
	}
	make(p, CALL_sched_spawn, p->mode, 0x1000, 0x2000, p->tag, 's', 0);
}

static void
play_signal(struct pending *p)
{
	uint32_t b = byte(), mode = b % 8;
	uint32_t type = b & 16	 ? OBJECT_TASK
			: b & 32 ? OBJECT_SPACE
				 : OBJECT_PORT;
	cap_t target = handle_of(pick(type));

	if ((mode == SIGNAL_POWER_OFF || mode == SIGNAL_RESET) && b >= 8)
		mode = SIGNAL_BITS;
	if ((mode == SIGNAL_KILL || mode == SIGNAL_EXIT) && b & 64)
		mode = SIGNAL_RESUME;
	if (mode == SIGNAL_EXIT || mode == SIGNAL_KILL) {
		if (machine.current->argument >= TASKS_MAX && b < 250)
			mode = SIGNAL_KILL;
		else if (b & 8)
			target = 0;
		if (target == 0 && machine.current->argument >= TASKS_MAX)
			mode = SIGNAL_RESUME;
	}
	if (mode == SIGNAL_SUSPEND && target == 0)
		mode = SIGNAL_RESUME;
	if ((mode == SIGNAL_POWER_OFF || mode == SIGNAL_RESET))
		target = 0; /* refused: the machine stays on */
	make(p, CALL_sys_signal, target, mode, byte(), 0, 0, 0);
}

static void
play_schedule(struct pending *p)
{
	uint32_t b = byte(), mode = b % 5;
	cap_t power = handle_of(pick(OBJECT_MACHINE));

	if (b & 128)
		make(
		    p, CALL_sched_yield, b & 64 ? YIELD : b % 3, 0, 0, 0, 0, 0);
	else if (mode == SWITCH_SERVER)
		make(p, CALL_sched_switch, power, mode,
		    handle_of(pick(OBJECT_PORT)),
		    b & 8 ? handle_of(pick(OBJECT_PORT)) : 0, 0, 0);
	else
		make(p, CALL_sched_switch, power, mode,
		    mode == SWITCH_TIMER ? 0 : handle_of(pick(OBJECT_TASK)),
		    mode == SWITCH_PRIORITY ? 10 + b % 23
					    : machine.now + byte() * 50000,
		    0, 0);
}

static void
play_outside(uint32_t b)
{
	if (b & 1)
		machine.now += (uint64_t)byte() * 200000;
	if (b & 2 || machine.current == NULL || machine.armed <= machine.now)
		machine_trap(HAL_TRAP_TIMER, 0, 0);
	else if (b & 4)
		machine_trap(
		    HAL_TRAP_INTERRUPT, byte() % (HAL_INTERRUPTS + 1), 0);
	else
		machine_trap(HAL_TRAP_KICK, 0, 0);
}

/* init has no one who would answer, so it seldom faults for good. */
static void
play_fault(void)
{
	uint32_t b = byte();
	bool careful = machine.current->argument >= TASKS_MAX && b < 250;
	uint64_t address =
	    careful ? spaces[space_of(machine.current)].addresses[b % ADDRESSES]
		    : some_address();

	if (!careful && b & 1)
		machine_trap(HAL_TRAP_FAULT, 1 + byte() % 7, address);
	else if (address != 0)
		machine_trap(HAL_TRAP_FAULT,
		    careful ? FAULT_READ : FAULT_READ + b % 3, address);
}

/* Nothing can run any more: someone is woken from outside, or it is over. */
static bool
wake(void)
{
	for (unsigned i = 0; i < HAL_INTERRUPTS && machine.current == NULL; i++)
		machine_trap(HAL_TRAP_INTERRUPT, i, 0);
	for (unsigned i = 0; i < 4 && machine.current == NULL; i++)
		if (machine.armed != UINT64_MAX)
			machine_tick();
	return machine.current != NULL;
}

static void
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
	p->call = 0;
	switch (b >> 3) {
	case 0:
		make(p, CALL_port_allocate, 1 + byte() % 4, 0, 0, 0, 0, 0);
		break;
	case 1:
	case 2:
	case 3:
	case 4:
	case 5:
	case 6:
		play_send(p);
		break;
	case 7:
	case 8:
	case 9:
	case 10:
	case 11:
		play_receive(p);
		break;
	case 12:
	case 13:
	case 14:
	case 15:
		play_vm(p);
		break;
	case 16:
		make(p, CALL_vm_deallocate, some_address(), some_size(), 0, 0,
		    0, 0);
		break;
	case 17:
	case 18:
	case 19:
	case 20:
	case 21:
	case 22:
	case 23:
		play_cap(p);
		break;
	case 24:
		if (byte() < 16)
			play_many(p);
		else
			play_spawn(p);
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
		b = byte() % 16;
		/* A task is known by its tag: none is made here. */
		if (b != CALL_sched_spawn)
			machine_call(b, byte(), byte() % 20, byte(), byte(),
			    byte(), byte());
		break;
	default:
		play_outside(byte());
	}
}

static void
begin(bool shared)
{
	struct machine_options options = { .pages = PAGES,
		.one_address_space = shared };
	uint32_t space;

	machine_start(&options);
	invariants_check();
	shadow_count = 1; /* 0 is none */
	shadows[0] = (struct shadow){ .where = GONE };
	space_count = 0;
	message_count = 0;
	last_tag = 1;
	memset(pendings, 0, sizeof pendings);
	space = space_of(machine.current);
	for (cap_t i = 1; i <= 5; i++) {
		static const uint8_t types[] = { 0, OBJECT_MACHINE,
			OBJECT_MEMORY, OBJECT_MEMORY, OBJECT_MACHINE,
			OBJECT_SPACE };

		shadow_root(space, 1ull << 32 | i, types[i]);
	}
}

static bool
go_on(uint64_t n)
{
	if (machine.halted)
		return false;
	if (machine.current == NULL && !wake())
		return false;
	return random_input ? n < ROUND : input_left > 0;
}

static uint64_t
play(void)
{
	struct hal_context *caller;
	uint64_t n = 0, checked = 0;

	begin(byte() & 1);
	while (go_on(n)) {
		caller = machine.current;
		step();
		complete_all(caller);
		n = machine.traps;
		if (n >= checked + CHECK_EVERY) {
			checked = n;
			invariants_check();
		}
	}
	machine.hold_again = false;
	invariants_check();
	invariants_settle();
	invariants_check();
	rounds++;
	return machine.traps;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	input = data;
	input_left = size;
	random_input = false;
	total_traps += play();
	return 0;
}

static int
play_random(uint64_t seed, uint64_t count)
{
	random_input = true;
	for (uint64_t round = 0; total_traps < count; round++) {
		random_state = seed + round * 1000003;
		total_traps += play();
	}
	printf("%llu traps, %llu machines, %llu of %llu calls worked\n",
	    (unsigned long long)total_traps, (unsigned long long)rounds,
	    (unsigned long long)results_ok, (unsigned long long)results);
	printf("ok kernel survives random traps\n");
	return 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	verbose = getenv("FUZZ_VERBOSE") != NULL;
	if (*argc == 4 && strcmp((*argv)[1], "--random") == 0)
		exit(play_random(strtoull((*argv)[2], NULL, 0),
		    strtoull((*argv)[3], NULL, 0)));
	return 0;
}
