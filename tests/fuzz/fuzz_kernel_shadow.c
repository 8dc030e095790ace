/*
 * fuzz_kernel_shadow: who should have what.
 *
 * Once a revoke has returned, every handle that descends from it must be
 * refused, wherever it went; and what is bound to no object and was ended by
 * nobody must still be there.
 */
#include "fuzz_kernel.h"

struct shadow shadows[SHADOWS];
struct known_space spaces[SPACES_MAX];
uint64_t results, results_ok;

static uint32_t shadow_count, space_count;
static uint64_t message_count;
static struct sent {
	uint32_t caps[MESSAGE_CAPS], reply;
} messages[MESSAGES];
static struct pending pendings[TASKS_MAX];
/* Of a space's capability: the space that it is to. */
static uint32_t space_named[SHADOWS];

void
shadow_begin(void)
{
	shadow_count = 1; /* 0 is none */
	shadows[0] = (struct shadow){ .where = GONE };
	memset(space_named, 0, sizeof space_named);
	space_count = 1;
	message_count = 0;
	memset(pendings, 0, sizeof pendings);
}

struct pending *
pending_of(const struct hal_context *task)
{
	struct pending *p =
	    &pendings[task->argument < TASKS_MAX ? task->argument : 1];

	if (p->life != task->life) /* init again, or a new task */
		*p = (struct pending){ .life = task->life };
	return p;
}

static uint32_t
space_index(const struct hal_space *hal)
{
	uint64_t serial = invariants_serial(hal);

	for (uint32_t i = space_count; i-- > 1;)
		if (spaces[i].serial == serial)
			return i;
	if (space_count == SPACES_MAX)
		return 0;
	spaces[space_count] =
	    (struct known_space){ .hal = hal, .serial = serial };
	return space_count++;
}

uint32_t
space_of(const struct hal_context *task)
{
	return space_index(invariants_space(task));
}

uint32_t
space_of_shadow(uint32_t id)
{
	return space_named[id];
}

static uint32_t
shadow_new(uint32_t parent, uint32_t type)
{
	if (shadow_count == SHADOWS)
		return 0;
	shadows[shadow_count] = (struct shadow){
		.parent = parent, .where = TRAVELLING, .type = (uint8_t)type
	};
	space_named[shadow_count] = 0;
	/* A revocation that goes on takes what is new, too. */
	for (uint32_t i = parent; i != 0; i = shadows[i].parent)
		shadows[shadow_count].doomed |=
		    shadows[i].revoking || shadows[i].doomed;
	return shadow_count++;
}

static bool
is_refused(const struct shadow *s)
{
	const struct known_space *space = &spaces[s->space];

	if (s->space == 0 || invariants_serial(space->hal) != space->serial)
		return true;
	return invariants_handle_in(space->hal, s->handle) != E_OK;
}

static void
shadow_hold(uint32_t id, uint32_t space, cap_t handle)
{
	struct shadow *s = &shadows[id];

	if (id == 0)
		return;
	if (verbose)
		fprintf(stderr, "\t%u (below %u): %llx in space %u\n", id,
		    s->parent, (unsigned long long)handle, space);
	s->where = HELD;
	s->space = space;
	s->handle = handle;
	if (s->revoked && !is_refused(s))
		wrong("a revoked capability arrived");
	spaces[space].known[KEPT + below(KNOWN - KEPT)] = id;
}

uint32_t
shadow_root(uint32_t space, cap_t handle, uint32_t type)
{
	uint32_t id = shadow_new(0, type);

	shadow_hold(id, space, handle);
	return id;
}

uint64_t
message_new(void)
{
	uint64_t id = message_count + 1 < MESSAGES ? ++message_count : 0;

	messages[id] = (struct sent){ { 0 }, 0 };
	return id;
}

void
shadow_doom(uint32_t root, bool itself)
{
	/* Parents come before their children. */
	static uint8_t below_root[SHADOWS];

	if (root == 0)
		return;
	if (itself) {
		shadows[root].doomed = true;
		return;
	}
	shadows[root].revoking = true;
	memset(below_root, 0, shadow_count);
	for (uint32_t i = root + 1; i < shadow_count; i++) {
		below_root[i] =
		    shadows[i].parent == root || below_root[shadows[i].parent];
		shadows[i].doomed |= below_root[i];
	}
}

/* A revoke of that capability has returned. */
static void
shadow_revoke(uint32_t root)
{
	static uint8_t below_root[SHADOWS];

	shadows[root].revoking = false;
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

void
shadow_check(void)
{
	for (uint32_t i = 1; i < shadow_count; i++) {
		const struct shadow *s = &shadows[i];
		const struct known_space *space = &spaces[s->space];

		if (s->where != HELD || s->doomed || s->space == 0 ||
		    (s->type != OBJECT_MEMORY && s->type != OBJECT_MACHINE))
			continue;
		if (invariants_serial(space->hal) == space->serial &&
		    !invariants_ends(space->hal) && is_refused(s)) {
			fprintf(stderr,
			    "%u (type %u) of space %u, child of %u, was %llx\n",
			    i, s->type, s->space, s->parent,
			    (unsigned long long)s->handle);
			wrong("a capability is gone that nobody ended");
		}
	}
}

/* --- completing calls ----------------------------------------------------------*/

static void
received(struct hal_context *task, const struct pending *p, uint64_t result)
{
	struct message *m = &task->area->message;
	uint64_t id = m->words[7] ^ MESSAGE_MAGIC;
	bool again = (result & RECEIVED_AGAIN) != 0;
	uint32_t space = space_of(task);
	struct sent *sent;

	result &= ~(uint64_t)RECEIVED_AGAIN;
	if (again && (m->caps[0] | m->caps[1] | m->reply) != 0)
		wrong("what comes again brings capabilities");
	if (shadows[p->source].revoked && result != RECEIVED_EVENT &&
	    result != RECEIVED_BITS)
		wrong("who waited by a revoked capability received");
	if (result == RECEIVED_FAULT)
		shadow_root(space, m->reply, OBJECT_REPLY);
	if (again || (result != RECEIVED_MESSAGE && result != RECEIVED_REPLY))
		return;
	if (id == 0 || id > message_count || id >= MESSAGES)
		return;
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

	if (shadows[p->source].type == OBJECT_REPLY)
		shadows[p->source].where = GONE;
	*m = (struct sent){ { p->caps[0], p->caps[1] }, 0 };
	/* Named twice, it travels once; the reply used does not. */
	if (m->caps[1] == m->caps[0])
		m->caps[1] = 0;
	for (unsigned i = 0; i < MESSAGE_CAPS; i++) {
		if (m->caps[i] == p->source &&
		    shadows[p->source].type == OBJECT_REPLY)
			m->caps[i] = 0;
		if (m->caps[i] != 0)
			shadows[m->caps[i]].where = TRAVELLING;
	}
	/* 0 if the parent is unknown. */
	m->reply = shadow_new(p->reply, OBJECT_REPLY);
}

static void
derived(struct hal_context *task, struct pending *p, uint64_t result)
{
	const struct shadow *from = &shadows[p->source];
	uint32_t id = shadow_new(p->source, from->type);

	shadows[id].pages = p->pages;
	shadows[id].raw = from->raw && (p->a2 & RIGHT_MAKE);
	shadows[id].receives = (p->a2 & RIGHT_RECEIVE) != 0;
	if (from->raw)
		shadows[p->source].next = p->first + p->pages;
	space_named[id] = space_named[p->source];
	shadow_hold(id, space_of(task), result);
}

static void
made(
    struct hal_context *task, struct pending *p, uint64_t result, uint32_t type)
{
	uint32_t id = shadow_new(p->source, type);

	shadow_hold(id, space_of(task), result);
	if (type == OBJECT_SPACE && id != 0)
		space_named[id] = space_index(
		    invariants_space_of(invariants_space(task), result));
}

static void
moved(struct hal_context *task, struct pending *p, uint64_t result)
{
	switch ((enum cap_mode)p->mode) {
	case CAP_DERIVE:
		derived(task, p, result);
		break;
	case CAP_BADGE:
		made(task, p, result, OBJECT_PORT);
		break;
	case CAP_REPLY:
		made(task, p, result, OBJECT_REPLY);
		break;
	case CAP_SPACE:
		made(task, p, result, OBJECT_SPACE);
		break;
	case CAP_BIND:
		made(task, p, result, OBJECT_MACHINE);
		break;
	case CAP_STAGE:
		if (p->into != 0)
			shadow_hold(p->source, p->into, result);
		else
			shadows[p->source].where = TRAVELLING;
		break;
	case CAP_CLOSE:
		shadows[p->source].where = GONE;
		break;
	case CAP_REVOKE:
		if (p->source != 0)
			shadow_revoke(p->source);
		shadows[p->source].next = 0;
		break;
	default:
		break;
	}
}

void
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
		made(task, p, result, OBJECT_PORT);
		shadows[shadow_count - 1].receives = true;
		break;
	case CALL_port_send:
		sent(p);
		break;
	case CALL_port_receive:
		received(task, p, result);
		break;
	case CALL_cap_move:
		moved(task, p, result);
		break;
	case CALL_sched_spawn:
		made(task, p, result, OBJECT_TASK);
		break;
	}
}

void
complete_all(struct hal_context *caller)
{
	struct hal_context *task;
	unsigned i = 0;

	if (!machine.halted && caller != NULL && !machine_gone(caller))
		complete(caller);
	if (machine.halted)
		return;
	/* What was received was so before a revocation came back. */
	while ((task = machine_each(&i)) != NULL)
		if (pending_of(task)->call == CALL_port_receive)
			complete(task);
	i = 0;
	while ((task = machine_each(&i)) != NULL)
		if (pending_of(task)->call != 0)
			complete(task);
}
