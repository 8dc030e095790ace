/*
 * proto: the client's side of a call; see proto.h.
 *
 * The thread keeps two handles of its reply port.  All SEND_ONCEs are
 * children of the second, so that revoking that one takes back the only call
 * under way and nothing else.  The kernel then sends a dead reply in its
 * place, or the answer was there before: so after every call exactly one
 * thing has arrived, and no late answer can meet the next call.
 *
 * An upcall that makes calls saves area->message and the LOCAL_ words first,
 * sets those to 0, and puts them back.
 */
#include <stdbool.h>

#include <gbsd/calls.h>
#include <gbsd/memory.h>
#include <gbsd/proto.h>

enum error (*proto_alarm)(cap_t signal, uint64_t time);

/* In a page of the pool's. */
static enum error
make_port(cap_t raw, uint64_t *local)
{
	cap_t port, reply;
	enum error e = port_allocate(raw, &port);

	if (e == E_OK)
		e = cap_derive(port, RIGHT_RECEIVE, &reply);
	if (e != E_OK)
		return e;
	local[LOCAL_MEMORY] = raw;
	local[LOCAL_PORT] = port;
	local[LOCAL_REPLY] = reply;
	return E_OK;
}

static enum error
thread_begin(uint64_t *local)
{
	cap_t raw;
	enum error e;

	if (local[LOCAL_REPLY] != 0)
		return E_OK;
	e = memory_take(1, &raw);
	if (e != E_OK)
		return e;
	e = make_port(raw, local);
	if (e != E_OK)
		memory_give(raw);
	return e;
}

void
proto_thread_end(void)
{
	uint64_t *local = gbsd_area()->local;

	/* The port ends with it, and all capabilities to the port. */
	if (local[LOCAL_MEMORY] != 0)
		memory_give(local[LOCAL_MEMORY]);
	local[LOCAL_MEMORY] = local[LOCAL_ALARM] = local[LOCAL_REPLY] =
	    local[LOCAL_PORT] = 0;
}

/* E_OK if something will wake the thread at that time. */
static enum error
set_alarm(uint64_t *local, uint64_t time)
{
	enum error e = E_OK;

	if (time == 0 || proto_alarm == NULL)
		return time == 0 ? E_OK : E_UNAVAILABLE;
	if (local[LOCAL_ALARM] == 0)
		e = cap_badge(local[LOCAL_PORT], RIGHT_SIGNAL | RIGHT_DERIVE,
		    PROTO_BIT_ALARM, 0, &local[LOCAL_ALARM]);
	return e == E_OK ? proto_alarm(local[LOCAL_ALARM], time) : e;
}

struct wait {
	uint64_t *local;
	uint64_t deadline; /* 0: none */
	bool alarm; /* BITS come at the deadline */
};

/* The next thing on the reply port, or E_TIMED_OUT; E_NO_MEMORY: it may
 * bring capabilities, and there is no slot for them. */
static enum error
wait_next(struct wait *w, enum received *kind)
{
	for (;;) {
		enum error e;

		if (w->deadline != 0 && gbsd_time() >= w->deadline)
			return E_TIMED_OUT;
		e = port_receive(w->local[LOCAL_PORT],
		    MESSAGE_CAPS | (w->alarm ? 0 : RECEIVE_NO_WAIT), kind);
		if (e == E_WOULD_BLOCK)
			sched_yield_now();
		else if (e != E_INTERRUPTED)
			return e;
	}
}

/* Waits for the answer to the call with that number: it is in the area if
 * E_OK. */
static enum error
wait_answer(struct wait *w, uint64_t number)
{
	struct message *m = &gbsd_area()->message;
	enum received kind;
	enum error e;

	while ((e = wait_next(w, &kind)) == E_OK) {
		if (kind == RECEIVED_BITS)
			continue;
		if (m->badge == number)
			return kind == RECEIVED_REPLY ? E_OK : E_DEAD_REPLY;
		/* Of an earlier call that had no slots for it. */
		for (unsigned i = 0; i < MESSAGE_CAPS; i++)
			if (kind == RECEIVED_REPLY && m->caps[i] != 0)
				cap_close(m->caps[i]);
	}
	return e;
}

/* All eight words travel, so none may be left from another message. */
static void
fill(struct message *m, uint64_t operation, const void *request, size_t size)
{
	memset(m->words, 0, sizeof(m->words));
	m->words[0] = operation;
	if (size != 0)
		memcpy(&m->words[1], request, size);
}

/* Sends, and waits for room as often as it must. */
static enum error
send_request(struct wait *w, cap_t server, const struct proto_call *call,
    uint64_t number)
{
	struct message *m = &gbsd_area()->message;
	const cap_t none[MESSAGE_CAPS] = { 0 };
	const cap_t *out = call->carried != NULL ? call->carried->out : none;

	for (;;) {
		enum received kind;
		enum error e;

		fill(m, call->operation, call->request, call->request_size);
		e = port_send(server, 8 + (size_t)call->request_size, out[0],
		    out[1], w->local[LOCAL_REPLY], number);
		if (e == E_PORT_FULL)
			e = wait_next(w, &kind);
		else
			return e;
		if (e != E_OK)
			return e;
	}
}

static enum error
take_answer(const struct proto_call *call, const struct message *m)
{
	enum error e = (enum error)(uint32_t)m->words[0];
	struct carried *c = call->carried;

	for (unsigned i = 0; i < MESSAGE_CAPS; i++) {
		if (c != NULL && e == E_OK)
			c->in[i] = m->caps[i];
		else if (m->caps[i] != 0)
			cap_close(m->caps[i]);
	}
	if (e != E_OK)
		return e;
	if (m->length < 8 + (uint64_t)call->reply_size)
		return E_INVALID_REQUEST; /* another version of the protocol */
	if (call->reply_size != 0)
		memcpy(call->reply, &m->words[1], call->reply_size);
	return E_OK;
}

static enum error
call_once(struct wait *w, cap_t server, const struct proto_call *call)
{
	uint64_t number = ++w->local[LOCAL_CALLS];
	struct carried *c = call->carried;
	enum error e = send_request(w, server, call, number);

	if (e != E_OK)
		return e;
	if (c != NULL)
		c->out[0] = c->out[1] = c->in[0] = c->in[1] = 0;
	e = wait_answer(w, number);
	if (e == E_TIMED_OUT) {
		e = cap_revoke(w->local[LOCAL_REPLY]);
		w->deadline = 0;
		w->alarm = true; /* there is something, or soon */
		if (e == E_OK)
			e = wait_answer(w, number);
		if (e == E_DEAD_REPLY)
			e = E_TIMED_OUT;
	}
	return e == E_OK ? take_answer(call, &gbsd_area()->message) : e;
}

enum error
proto_call(cap_t server, const struct proto_call *call)
{
	struct wait w = { .local = gbsd_area()->local,
		.deadline = call->deadline };
	unsigned repeats = call->flags & REPEAT ? PROTO_REPEATS : 0;
	enum error e = thread_begin(w.local);

	if (e != E_OK)
		return e;
	w.alarm = set_alarm(w.local, call->deadline) == E_OK;
	if (call->carried != NULL && call->carried->out[0] != 0)
		repeats = 0; /* they are gone */
	/* No pause between: the queue waits until the server is back. */
	do
		e = call_once(&w, server, call);
	while (e == E_DEAD_REPLY && repeats-- > 0);
	return e;
}

enum error
proto_tell(cap_t server, uint32_t operation, const void *request, size_t size)
{
	struct message *m = &gbsd_area()->message;

	if (size > PROTO_BYTES)
		return E_INVALID;
	fill(m, operation, request, size);
	return port_send(server, 8 + size, 0, 0, 0, 0);
}
