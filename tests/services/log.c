/* log: log_server: entries, levels, readers, a flood, a death. */
#include "play.h"

#include <gbsd/log.h>
#include <gbsd/session.h>
#include <proto/log.h>

enum { KEEP = 4 * 1024 * 1024, FLOOD = 2000 };

struct service log_server = { .name = "log",
	.image = "servers/log",
	.keep = KEEP,
	.limits = { .capabilities = 252, .mappings = 14, .pages = 64 } };
static void *log_view;
static struct log_session_rep log_session_is;

static void
log_open_session(cap_t reader)
{
	struct carried carried = { 0 };

	must(log_session(reader, &(struct log_session_req){}, &log_session_is,
		 &carried),
	    "log session");
	must(session_map(carried.in[0], VM_READ, &log_view), "map");
}

/* The last entry is that text, of that client. */
static bool
last_is(cap_t reader, uint32_t source, const char *text, size_t length)
{
	const struct log_record *r = log_view;
	struct log_read_tail_req q = { .count = 1,
		.session = log_session_is.session };
	struct log_read_tail_rep rep;

	return log_read_tail(reader, &q, &rep, NULL) == E_OK &&
	       rep.size == r->size && r->source == source &&
	       r->length == length && memcmp(r->text, text, length) == 0;
}

static void
test_log_entries(cap_t writer, cap_t reader)
{
	char text[LOG_TEXT + 10];

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + i % 26);
	log_text(writer, LOG_INFO, "short", 5);
	check(last_is(reader, 5, "short", 5), "log_keeps_a_short_entry");
	log_text(writer, LOG_ERROR, text, 200);
	check(
	    last_is(reader, 5, text, 200), "log_joins_the_pieces_of_an_entry");
	for (size_t n = LOG_PIECE - 1; n <= LOG_PIECE + 1; n++) {
		log_text(writer, LOG_INFO, text, n);
		if (!last_is(reader, 5, text, n))
			check(false, "log_keeps_an_entry_of_one_piece");
	}
	log_text(writer, LOG_INFO, text, sizeof(text));
	check(last_is(reader, 5, text, LOG_TEXT), "log_cuts_what_is_too_long");
}

static void
test_log_levels(cap_t writer, cap_t reader)
{
	struct log_set_level_req level = { .level = LOG_WARN };
	struct log_set_level_rep nothing;
	struct log_query_rep counts;

	check(log_set_level(writer, &level, &nothing, NULL) == E_OK &&
		  log_query(reader, &(struct log_query_req){ .client = 5 },
		      &counts, NULL) == E_OK &&
		  counts.client == 5 && counts.level == LOG_WARN,
	    "log_level_is_set_for_a_client");

	uint64_t refused = counts.refused, kept = counts.kept;

	log_text(writer, LOG_INFO, "no", 2);
	log_text(writer, LOG_WARN, "yes", 3);
	check(last_is(reader, 5, "yes", 3) &&
		  log_query(reader, &(struct log_query_req){ .client = 5 },
		      &counts, NULL) == E_OK &&
		  counts.refused == refused + 1 && counts.kept == kept + 1,
	    "log_counts_what_is_below_the_level");
	level.client = 6;
	check(log_set_level(writer, &level, &nothing, NULL) == E_NO_RIGHTS,
	    "log_level_of_others_needs_a_right");
	level = (struct log_set_level_req){ .level = LOG_DEBUG };
	must(log_set_level(writer, &level, &nothing, NULL), "level");
}

static void
test_log_follow(cap_t writer, cap_t reader)
{
	struct log_read_tail_req q = { .count = 0,
		.session = log_session_is.session,
		.level = LOG_WARN,
		.follow = 1 };
	const struct log_record *r = log_view;
	cap_t port;
	enum received kind;

	port = port_new(1);
	message()->words[0] = log_op_read_tail;
	memcpy(&message()->words[1], &q, sizeof(q));
	must(port_send(reader, 8 + sizeof(q), 0, 0, port, 3), "ask");
	log_text(writer, LOG_INFO, "not this", 8);
	must(log_flush(writer, &(struct log_flush_req){},
		 &(struct log_flush_rep){ 0 }, NULL),
	    "flush");
	check(port_receive(port, RECEIVE_NO_WAIT, &kind) == E_WOULD_BLOCK,
	    "log_reader_waits_for_an_entry_of_its_level");
	log_text(writer, LOG_WARN, "but this", 8);
	check(receive(port) == RECEIVED_REPLY && message()->words[0] == E_OK &&
		  r->length == 8 && memcmp(r->text, "but this", 8) == 0,
	    "log_reader_is_told_of_an_entry");
	cap_close(port);
}

/* More than fits any queue, without waiting. */
static void
test_log_flood(cap_t flooder, cap_t writer, cap_t reader)
{
	struct log_write_req q = { .level = LOG_INFO, .length = 5 };
	struct log_query_rep counts = { 0 };
	uint32_t accepted = 0, dropped = 0;

	memcpy(q.text, "flood", 5);
	for (unsigned i = 0; i < FLOOD; i++) {
		q.dropped = dropped;
		if (proto_tell(flooder, log_op_write, &q, sizeof(q)) == E_OK) {
			accepted++;
			dropped = 0;
		} else {
			dropped++;
		}
	}
	log_text(writer, LOG_INFO, "me too", 6);
	check(accepted < FLOOD && last_is(reader, 5, "me too", 6),
	    "log_flood_does_not_keep_others_out");
	must(log_query(reader, &(struct log_query_req){ .client = 66 }, &counts,
		 NULL),
	    "query");
	check(counts.client == 66 && counts.kept == accepted &&
		  counts.kept + counts.dropped + dropped == FLOOD,
	    "log_flood_loses_nothing_that_was_accepted");
}

static void
test_log_restart(cap_t writer, cap_t reader)
{
	log_text(writer, LOG_INFO, "before", 6);
	must(log_flush(writer, &(struct log_flush_req){},
		 &(struct log_flush_rep){ 0 }, NULL),
	    "flush");
	kill_service(&log_server);
	log_text(writer, LOG_INFO, "while it was dead", 17);
	start(&log_server);
	check(last_is(reader, 5, "while it was dead", 17),
	    "log_server_back_takes_what_was_queued");

	struct log_read_tail_req q = { .count = 100000,
		.session = log_session_is.session };
	struct log_read_tail_rep rep;
	const char *at = log_view;
	bool before = false, back = false;

	must(log_read_tail(reader, &q, &rep, NULL), "read");
	for (uint32_t done = 0; done < rep.size;) {
		const struct log_record *r = (const void *)(at + done);

		before |= r->length == 6 && memcmp(r->text, "before", 6) == 0;
		back |= r->source == 0 && before;
		done += r->size;
	}
	check(before && back && rep.next > FLOOD / 100,
	    "log_survives_its_server_and_so_does_a_session");
}

void
test_log(void)
{
	prepare(&log_server);
	give_account(&log_server, "lasting", 1024);
	start(&log_server);

	cap_t writer = client(&log_server, 5, LOG_WRITE, 16);
	cap_t flooder = client(&log_server, 66, LOG_WRITE, 16);
	cap_t reader = client(&log_server, 9, LOG_READ, 4);

	log_open_session(reader);
	test_log_entries(writer, reader);
	test_log_levels(writer, reader);
	test_log_follow(writer, reader);
	test_log_flood(flooder, writer, reader);
	test_log_restart(writer, reader);
	check(log_flush(reader, &(struct log_flush_req){},
		  &(struct log_flush_rep){ 0 }, NULL) == E_NO_RIGHTS,
	    "log_asks_for_rights");
}
