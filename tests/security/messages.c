/*
 * messages: nobody sees another's words or answers, and a badge says who it
 * was.
 */
#include <string.h>

#include <gbsd/log.h>
#include <gbsd/proto.h>
#include <gbsd/service.h>
#include <proto/log.h>

#include "security.h"

static void
fill_words(uint64_t value)
{
	for (unsigned i = 0; i < MESSAGE_WORDS; i++)
		message()->words[i] = value;
}

static bool
words_are(uint64_t value)
{
	bool good = true;

	for (unsigned i = 0; i < MESSAGE_WORDS; i++)
		good &= message()->words[i] == value;
	return good;
}

static void
test_words(void)
{
	cap_t first = port_new(1), second = port_new(1);
	bool own;

	fill_words(SECRET);
	must(port_send(first, 64, 0, 0, 0, 0), "send");
	fill_words(1);
	must(port_send(second, 64, 0, 0, 0, 0), "send");
	fill_words(2);
	own = receive(second) == RECEIVED_MESSAGE && words_are(1);
	check(own && is_empty(second) && receive(first) == RECEIVED_MESSAGE &&
		  words_are(SECRET),
	    "a_message_is_what_it_was_and_only_where_it_was_sent");
	fill_words(2);
	check(port_send(first, 65, 0, 0, 0, 0) == E_INVALID &&
		  port_send(first, UINT64_MAX, 0, 0, 0, 0) == E_INVALID &&
		  is_empty(first),
	    "a_message_is_no_longer_than_its_words");
}

/* Capabilities move, and only as many as are wanted. */
static void
test_carried(void)
{
	cap_t port = port_new(1), other = port_new(1), one, two, again;
	enum received kind;

	one = sender_new(other, 1, 1);
	two = sender_new(other, 2, 1);
	must(port_send(port, 8, one, two, 0, 0), "send");
	check(!is_there(one) && !is_there(two) &&
		  port_send(one, 8, 0, 0, 0, 0) == E_INVALID_PORT,
	    "what_was_sent_is_the_sender_s_no_more");
	must(port_receive(port, 1, &kind), "receive");
	again = message()->caps[0];
	check(again != 0 && message()->caps[1] == 0 &&
		  receive(other) == RECEIVED_EVENT && message()->badge == 2,
	    "a_receiver_gets_no_more_capabilities_than_it_takes");
	must(port_send(port, 8, again, again, 0, 0), "send twice");
	receive(port);
	check(message()->caps[0] != 0 && message()->caps[1] == 0,
	    "a_capability_that_is_named_twice_travels_once");
}

static void
test_replies(void)
{
	cap_t port = port_new(1), mine = port_new(1), theirs = port_new(1);
	cap_t reply[2];
	bool mixed;

	for (unsigned i = 0; i < 2; i++) {
		must(port_send(port, 8, 0, 0, i == 0 ? mine : theirs, 10 + i),
		    "ask");
		receive(port);
		reply[i] = message()->reply;
	}
	fill_words(SECRET);
	message()->badge = 11; /* an answerer's lie */
	must(port_send(reply[0], 64, 0, 0, 0, 0), "answer");
	mixed = !is_empty(theirs);
	check(!mixed && receive(mine) == RECEIVED_REPLY && words_are(SECRET),
	    "an_answer_comes_to_its_asker_alone");
	check(message()->badge == 10, "an_answer_s_badge_is_the_asker_s_own");
	check(port_send(reply[0], 8, 0, 0, 0, 0) == E_INVALID_PORT &&
		  is_empty(mine) && is_empty(theirs) && !is_there(reply[0]),
	    "a_reply_answers_once");
	cap_close(reply[1]);
	check(receive(theirs) == RECEIVED_EVENT && message()->badge == 11 &&
		  message()->words[0] == EVENT_DEAD_REPLY && is_empty(mine),
	    "a_dropped_reply_is_told_to_its_asker_alone");
}

static void
test_badges(void)
{
	cap_t port = port_new(1), sender, below, bits = 0, out;
	bool good = true;

	sender = sender_new(port, 0x11, 2);
	below = copy(sender, RIGHT_SEND);
	for (unsigned i = 0; i < 2; i++) {
		message()->badge = 0xFFFF;
		must(port_send(i ? below : sender, 8, 0, 0, 0, 0), "send");
		good &= receive(port) == RECEIVED_MESSAGE &&
			message()->badge == 0x11;
	}
	check(good &&
		  cap_badge(sender, RIGHT_SEND, 0xFFFF, 1, &out) == E_NO_RIGHTS,
	    "a_badge_cannot_be_forged");
	must(cap_badge(port, RIGHT_SIGNAL | RIGHT_DERIVE, 0x6, 0, &bits),
	    "bits");
	must(sys_signal(bits, SIGNAL_BITS, ~0ull), "signal");
	check(receive(port) == RECEIVED_BITS && message()->words[0] == 0x6,
	    "bits_outside_of_a_badge_cannot_be_set");
	must(sys_signal(bits, SIGNAL_BITS, ~0x6ull), "signal");
	check(is_empty(port), "bits_of_others_wake_nobody");
}

/* --- room ----------------------------------------------------------------*/

static void
fill_share(cap_t sender, cap_t room)
{
	while (port_send(sender, 8, 0, 0, 0, 0) == E_OK)
		;
	(void)!port_send(sender, 8, 0, 0, room, 1);
}

static void
test_room(void)
{
	cap_t port = port_new(1), one, two, room = port_new(1);
	cap_t other = port_new(1);

	one = sender_new(port, 1, 1);
	two = sender_new(port, 2, 1);
	fill_share(one, room);
	check(port_send(two, 8, 0, 0, 0, 0) == E_OK,
	    "a_full_share_is_nobody_else_s");
	fill_share(two, other);
	/* The first in line is the first's. */
	receive(port);
	check(message()->badge == 1 && receive(room) == RECEIVED_BITS &&
		  message()->words[0] == BIT_ROOM && is_empty(other),
	    "room_is_told_only_to_whose_it_is");
	check(port_send(two, 8, 0, 0, 0, 0) == E_PORT_FULL,
	    "another_s_room_cannot_be_used");
	receive(port);
	check(receive(other) == RECEIVED_BITS && is_empty(room),
	    "room_is_told_once");
}

/* --- servers -------------------------------------------------------------*/

/* One that answers late has had others' requests in its hands. */
static void
test_late_answer(void)
{
	struct log_read_tail_req q = { .follow = 1, .level = LOG_WARN };
	struct log_session_rep session;
	struct carried carried = { 0 };
	cap_t log = 0, port = port_new(1);
	char secret[LOG_PIECE];
	bool clean = true;

	must(service_find("log_server", &log), "log_server");
	must(log_session(log, &(struct log_session_req){}, &session, &carried),
	    "session");
	q.session = session.session;
	fill_words(0);
	message()->words[0] = log_op_read_tail;
	memcpy(&message()->words[1], &q, sizeof(q));
	must(port_send(log, 8 + sizeof(q), 0, 0, port, 1), "ask");
	memset(secret, 'x', sizeof(secret));
	log_text(log, LOG_WARN, secret, sizeof(secret));
	fill_words(0);
	receive(port);
	for (unsigned i = 0; i < MESSAGE_WORDS; i++)
		clean &= memcmp(&message()->words[i], "xxxxxxxx", 8) != 0;
	check(clean, "an_answer_carries_nothing_of_another_request");
	cap_close(carried.in[0]);
}

void
group_messages(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	test_words();
	test_carried();
	test_replies();
	test_badges();
	test_room();
	test_late_answer();
}
