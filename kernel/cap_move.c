/* cap_move: the modes that make, narrow, move and end capabilities. */
#include "kernel.h"

/* A new entry of the same object in the task's own space. */
static uint64_t
copy(struct task *task, struct capability *c, struct object *object,
    uint32_t rights, uint64_t expiry)
{
	struct capability *new =
	    capability_new(task->space, object, rights, c);

	object_get(object);
	if (rights & RIGHT_RECEIVE)
		port_receivers((struct badge *)object, 1);
	new->expiry = expiry;
	return capability_handle(new);
}

static uint64_t
derive(struct task *task, struct capability *c, const uint64_t *a)
{
	uint64_t expiry = a[3];
	enum error e;

	if (!(c->rights & RIGHT_DERIVE) || (a[2] & ~(uint64_t)c->rights))
		return error_value(
		    REFUSE(E_NO_RIGHTS, "more rights than it has"));
	if ((e = capability_reserve(task->space, 1)) != E_OK)
		return error_value(e);
	if (!capability_settled(c))
		return RESULT_AGAIN;
	if (expiry == 0 || (c->expiry != 0 && c->expiry < expiry))
		expiry = c->expiry;
	return copy(task, c, c->object, (uint32_t)a[2], expiry);
}

static uint64_t
mint(struct task *task, struct capability *c, const uint64_t *a)
{
	struct badge *badge;
	enum error e;

	if (!(c->rights & RIGHT_RECEIVE))
		return error_value(
		    REFUSE(E_NO_RIGHTS, "only the receiver mints badges"));
	if ((a[2] & ~(uint64_t)(RIGHT_SEND | RIGHT_SIGNAL | RIGHT_DERIVE)) ||
	    a[4] > SHARE_MAX)
		return error_value(REFUSE(E_INVALID, "rights or share"));
	if ((e = capability_reserve(task->space, 1)) != E_OK)
		return error_value(e);
	if (!capability_settled(c))
		return RESULT_AGAIN;
	e = badge_create(((struct badge *)c->object)->port, task->space, a[3],
	    (uint32_t)a[4], &badge);
	if (e != E_OK)
		return error_value(e);
	return copy(task, c, &badge->object, (uint32_t)a[2], c->expiry);
}

static uint64_t
stage(struct task *task, struct capability *c)
{
	enum error e;

	if (c->watch != NULL)
		return error_value(REFUSE(E_STATE, "a watched one stays"));
	if (!capability_settled(c))
		return RESULT_AGAIN;
	if ((e = space_stage(task)) != E_OK ||
	    (e = capability_reserve(task->stage, 1)) != E_OK)
		return error_value(e);
	if (c->rights & RIGHT_RECEIVE)
		port_receivers((struct badge *)c->object, 0);
	return capability_handle(capability_accept(c, task->stage));
}

static uint64_t
revoke(struct capability *c)
{
	struct object *family = family_of(c->object);

	if (family->revoking == NULL)
		family->revoking = c;

	bool own = family->revoking == c;

	return revoke_step(c->object) && own ? 0 : RESULT_AGAIN;
}

static uint64_t
destroy(struct capability *c)
{
	if (!(c->rights & RIGHT_DESTROY) || c->object->type != OBJECT_PORT)
		return error_value(REFUSE(E_NO_RIGHTS, "may not destroy it"));
	port_destroy(((struct badge *)c->object)->port);
	return 0;
}

/* The port that a3 names, which the task may receive from. */
static enum error
port_of(struct task *task, const uint64_t *a, struct port **port)
{
	struct capability *c;
	enum error e = capability_get(
	    task->space, a[3], TYPE(OBJECT_PORT), RIGHT_RECEIVE, &c);

	if (e == E_OK)
		*port = ((struct badge *)c->object)->port;
	return e;
}

static uint64_t
bind(struct task *task, struct capability *c, const uint64_t *a)
{
	struct interrupt *interrupt;
	struct port *port;
	enum error e = capability_reserve(task->space, 1);

	if (!(c->rights & RIGHT_BIND))
		return error_value(REFUSE(E_NO_RIGHTS, "may not bind"));
	if (e == E_OK)
		e = port_of(task, a, &port);
	if (e == E_OK)
		e = interrupt_create(a[2], port, a[4], &interrupt);
	if (e != E_OK)
		return error_value(e);
	return capability_handle(capability_new(
	    task->space, &interrupt->object, RIGHT_CONTROL, NULL));
}

static uint64_t
watch_revoke(struct task *task, struct capability *c, const uint64_t *a)
{
	struct port *port;
	enum error e = port_of(task, a, &port);

	if (e == E_OK && c->watch != NULL)
		e = REFUSE(E_STATE, "watched already");
	if (e == E_OK)
		e = watch_create(
		    port, task->space, a[4], EVENT_REVOKED, &c->watch);
	return error_value(e);
}

static uint64_t
watch_death(struct task *task, struct object *object, const uint64_t *a)
{
	bool is_task = object->type == OBJECT_TASK;
	struct task *t = CONTAINER(object, struct task, object);
	struct space *s = CONTAINER(object, struct space, object);
	struct watch **watch = is_task ? &t->watch : &s->watch;
	struct port *port;
	enum error e = port_of(task, a, &port);

	if (e == E_OK && *watch != NULL)
		e = REFUSE(E_STATE, "watched already");
	if (e == E_OK && (is_task ? (t->stop & STOP_DEAD) != 0
				  : s->state >= SPACE_STOPPING))
		e = REFUSE(E_STATE, "dead already");
	if (e == E_OK)
		e = watch_create(
		    port, task->space, a[4], EVENT_DEATH, watch);
	return error_value(e);
}

static uint64_t
hand_quota(struct task *task, struct space *to, const uint64_t *a)
{
	struct space *from = task->space;
	uint64_t n = a[3];
	enum error e;

	if (a[2] >= QUOTA_KINDS || to->state == SPACE_DEAD)
		return error_value(REFUSE(E_INVALID, "no such quota"));
	if ((int64_t)n < 0) {
		from = to;
		to = task->space;
		n = -n;
	}
	if ((e = quota_check(from, a[2], n)) != E_OK)
		return error_value(e);
	quota_take(from, a[2], n);
	quota_give(to, a[2], n);
	return 0;
}

static uint64_t
fault_port(struct task *task, struct space *space, const uint64_t *a)
{
	struct capability *c;
	enum error e = capability_get(
	    task->space, a[3], TYPE(OBJECT_PORT), RIGHT_SEND, &c);

	if (e != E_OK)
		return error_value(e);
	if (space->fault != NULL)
		badge_put(space->fault);
	space->fault = (struct badge *)c->object;
	object_get(c->object);
	return 0;
}

static uint64_t
stage_into(struct task *task, struct space *space)
{
	if (task->stage != NULL || space->state != SPACE_STOPPED)
		return error_value(
		    REFUSE(E_STATE, "staging, or the space is not dead"));
	space->state = SPACE_STAGING;
	task->stage = space;
	object_get(&space->object);
	return 0;
}

static uint64_t
query(const struct capability *c)
{
	const struct memory *memory =
	    CONTAINER(c->object, const struct memory, object);

	return c->object->type |
	    (uint64_t)(c->object->references == 1) << 4 |
	    (uint64_t)c->rights << 8 |
	    (c->object->type == OBJECT_MEMORY ? memory->pages << 32 : 0);
}

/* What src must be for a mode: the object types, and the rights. */
static enum error
source(struct task *task, const uint64_t *a, uint32_t types,
    struct object **object)
{
	struct capability *c;
	enum error e = E_OK;

	if (a[0] == 0) { /* the space that is being staged */
		if (!(types & TYPE(OBJECT_SPACE)))
			return REFUSE(E_INVALID_CAP, "no handle");
		e = space_stage(task);
		if (e == E_OK)
			*object = &task->stage->object;
		return e;
	}
	e = capability_get(task->space, a[0], types, RIGHT_CONTROL, &c);
	if (e == E_OK)
		*object = c->object;
	return e;
}

/* The modes that act on a task or a space. */
static uint64_t
move_object(struct task *task, const uint64_t *a)
{
	uint32_t types = TYPE(OBJECT_SPACE);
	struct object *object;
	enum error e;

	if (a[1] == CAP_UNSTAGE) {
		space_unstage(task);
		return 0;
	}
	if (a[1] == CAP_WATCH_DEATH)
		types |= TYPE(OBJECT_TASK);
	if ((e = source(task, a, types, &object)) != E_OK)
		return error_value(e);
	switch ((enum cap_mode)a[1]) {
	case CAP_WATCH_DEATH:
		return watch_death(task, object, a);
	case CAP_QUOTA:
		return hand_quota(task, (struct space *)object, a);
	case CAP_FAULT_PORT:
		return fault_port(task, (struct space *)object, a);
	default:
		return stage_into(task, (struct space *)object);
	}
}

uint64_t
cap_move(struct task *task, uint64_t *a)
{
	struct capability *c;
	enum error e;

	if (a[1] >= CAP_MODES || a[1] == 0)
		return error_value(REFUSE(E_INVALID_CALL, "unknown mode"));
	if (a[1] >= CAP_WATCH_DEATH && a[1] != CAP_QUERY)
		return move_object(task, a);
	e = capability_get(task->space, a[0],
	    a[1] == CAP_BIND ? TYPE(OBJECT_MACHINE) : TYPE_ANY, 0, &c);
	if (e != E_OK && !(e == E_EXPIRED && a[1] == CAP_CLOSE))
		return error_value(e);
	switch ((enum cap_mode)a[1]) {
	case CAP_DERIVE:
		return derive(task, c, a);
	case CAP_BADGE:
		return mint(task, c, a);
	case CAP_STAGE:
		return stage(task, c);
	case CAP_CLOSE:
		return capability_delete(c) ? 0 : RESULT_AGAIN;
	case CAP_REVOKE:
		return revoke(c);
	case CAP_DESTROY:
		return destroy(c);
	case CAP_BIND:
		return bind(task, c, a);
	case CAP_WATCH:
		return watch_revoke(task, c, a);
	default:
		return query(c);
	}
}
