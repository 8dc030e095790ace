/* serve: the loop of a server; see serve.h. */
#include <stdlib.h>

#include <gbsd/serve.h>
#include <proto/init.h>

static void
close_all(const cap_t *caps)
{
	for (unsigned i = 0; i < MESSAGE_CAPS; i++)
		if (caps[i] != 0)
			cap_close(caps[i]);
}

bool
serve_answer(
    cap_t reply, enum error e, const void *rep, size_t size, const cap_t *out)
{
	static const cap_t none[MESSAGE_CAPS];
	struct message *m = &gbsd_area()->message;
	enum error sent = E_INVALID_CAP;

	if (out == NULL)
		out = none;
	/* All eight words travel: what others have asked meanwhile must not. */
	memset(m->words, 0, sizeof(m->words));
	if (reply != 0 && e == E_OK) {
		if (size != 0)
			memcpy(&m->words[1], rep, size);
		sent = port_send(reply, 8 + size, out[0], out[1], 0, 0);
		if (sent == E_OK)
			return true;
		e = sent; /* capabilities that may not travel */
	}
	close_all(out);
	if (reply == 0)
		return false;
	m->words[0] = e;
	/* It fails if the client gave up: then the handle is stale. */
	return port_send(reply, 8, 0, 0, 0, 0) == E_OK;
}

static void
run_request(const struct serve *s, struct exchange *x, const struct message *m)
{
	const struct serve_op *op;
	uint64_t reply[MESSAGE_WORDS - 1] = { 0 };
	enum error e;

	if (m->length < 8 || m->words[0] >= s->count ||
	    s->ops[m->words[0]].run == NULL) {
		serve_answer(
		    exchange_keep(x), E_INVALID_REQUEST, NULL, 0, NULL);
		return;
	}
	op = &s->ops[m->words[0]];
	if (m->length < 8 + (uint64_t)op->request_size)
		e = E_INVALID_REQUEST;
	else if (op->rights & ~x->rights)
		e = E_NO_RIGHTS;
	else
		e = op->run(s->state, x, &m->words[1], reply);
	serve_answer(x->reply, e, reply, op->reply_size, x->out);
}

/* m is a copy: what the functions call uses the area. */
static void
handle_message(const struct serve *s, enum received kind, struct message *m)
{
	struct exchange x = { .client = (uint32_t)m->badge,
		.rights = (uint32_t)(m->badge >> 32),
		.reply = m->reply,
		.in = { m->caps[0], m->caps[1] } };

	if (kind == RECEIVED_FAULT) {
		if (s->fault != NULL)
			s->fault(s->state, &x, (struct fault *)m->words);
		if (x.reply != 0)
			cap_close(x.reply);
	} else {
		run_request(s, &x, m);
	}
	close_all(x.in);
}

static void
handle_event(const struct serve *s, enum received kind, struct message *m)
{
	if (kind == RECEIVED_EVENT) {
		m->caps[0] = m->caps[1] = 0;
		if (m->words[0] == EVENT_BADGE_GONE) {
			if (s->gone != NULL)
				s->gone(s->state, (uint32_t)m->badge,
				    (uint32_t)(m->badge >> 32));
			return;
		}
	}
	if (s->event != NULL)
		s->event(s->state, kind, m);
	close_all(m->caps);
}

static void
handle_bits(const struct serve *s, uint64_t bits)
{
	if (bits & SERVE_BIT_STOP) {
		if (s->stop != NULL)
			s->stop(s->state);
		exit(0);
	}
	if (s->bits != NULL)
		s->bits(s->state, bits);
}

enum error
serve_one(const struct serve *s)
{
	enum received kind;
	/* What came before is done now.  If we die over it, it comes again. */
	enum error e = port_receive(s->port,
	    MESSAGE_CAPS | RECEIVE_KEEP | (s->no_wait ? RECEIVE_NO_WAIT : 0),
	    &kind);
	struct message m;

	if (e == E_INVALID_PORT || e == E_NO_RIGHTS || e == E_WOULD_BLOCK)
		return e;
	if (e != E_OK) {
		sched_yield_now(); /* interrupted, or no slot is free for now */
		return E_OK;
	}
	m = gbsd_area()->message;
	kind &= ~(unsigned)RECEIVED_AGAIN;
	if (kind == RECEIVED_MESSAGE || kind == RECEIVED_FAULT)
		handle_message(s, kind, &m);
	else if (kind != RECEIVED_BITS)
		handle_event(s, kind, &m);
	else
		handle_bits(s, m.words[0]);
	if (s->turn != NULL)
		s->turn(s->state);
	return E_OK;
}

void
serve(const struct serve *s)
{
	cap_t init = gbsd_cap("init");

	/* If it cannot be told it will find that out by the time. */
	if (init != 0)
		(void)!proto_tell(init, init_op_ready, NULL, 0);
	while (serve_one(s) == E_OK)
		;
}
