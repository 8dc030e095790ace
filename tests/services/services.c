/*
 * services: log, scheduler and stat server, on whatever machine it starts.
 *
 * It is init of an archive of its own, starts the three servers as init does,
 * and asks them, kills them, starts them again in place.  Each check prints
 * "ok NAME" or "FAIL NAME"; the last line is the count, and the machine's exit
 * status 0 if all is well.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gbsd/archive.h>
#include <gbsd/calls.h>
#include <gbsd/log.h>
#include <gbsd/session.h>
#include <gbsd/spawn.h>
#include <proto/log.h>
#include <proto/sched.h>
#include <proto/stat.h>

#define MILLISECOND UINT64_C(1000000)

enum { KEEP = 4 * 1024 * 1024, FLOOD = 2000, STACK = 16 * 1024 };

struct service {
	const char *name, *image;
	size_t keep;
	cap_t port, space, watch;
	struct start_cap caps[SPAWN_CAPS];
	unsigned cap_count, lives;
	uint64_t keep_at;
};

static struct archive archive;
static cap_t machine;
static unsigned passed, failed;

static void
check(bool good, const char *name)
{
	good ? passed++ : failed++;
	printf("%s %s\n", good ? "ok" : "FAIL", name);
}

static void
must(enum error e, const char *what)
{
	if (e == E_OK)
		return;
	printf("FAIL %s: %s\n", what, error_text(e));
	fflush(stdout);
	if (sys_signal(machine, SIGNAL_POWER_OFF, 1) != E_OK)
		exit(1);
}

static struct message *
message(void)
{
	return &gbsd_area()->message;
}

static enum received
receive(cap_t port)
{
	enum received kind = 0;

	must(port_receive(port, MESSAGE_CAPS, &kind), "receive");
	return kind;
}

/* --- services ----------------------------------------------------------*/

static void
give_first(struct service *s, struct spawn *spawn, uint32_t rights)
{
	const struct spawn_limits limits = {
		.capabilities = 4096, .slots = 512, .pages = 4096, .tasks = 4
	};

	must(spawn_quota(&limits), "quota");
	must(port_allocate(1, &s->port), "port");
	must(port_allocate(1, &s->watch), "watch port");
	must(spawn_copy(spawn, "port", s->port,
		 RIGHT_RECEIVE | RIGHT_SEND | RIGHT_SIGNAL | RIGHT_DERIVE),
	    "give port");
	must(spawn_copy(spawn, "machine", machine, rights | RIGHT_DERIVE),
	    "give machine");
	must(spawn_copy(spawn, "tables", gbsd_cap("tables"),
		 RIGHT_READ | RIGHT_DERIVE),
	    "give tables");
	if (s->keep != 0)
		must(spawn_keep(spawn, s->keep), "keep");
	memcpy(s->caps, spawn->caps, sizeof(s->caps));
	s->cap_count = spawn->cap_count;
	s->keep_at = spawn->keep;
}

static void
start(struct service *s, uint32_t rights)
{
	char *argv[] = { (char *)s->name, NULL };
	struct archive_file file;
	struct spawn spawn;
	cap_t space = 0;

	must(archive_find(&archive, s->image, &file), s->image);
	must(spawn_begin(&spawn, s->space), "begin");
	if (s->lives == 0)
		give_first(s, &spawn, rights);
	else
		for (unsigned i = 0; i < s->cap_count; i++)
			spawn_recall(&spawn, s->caps[i].name, s->caps[i].cap);
	spawn.keep = s->keep_at;
	spawn.keep_size = s->keep;
	spawn.restarts = s->lives++;
	must(cap_watch_death(0, s->watch, 7), "watch");
	must(spawn_image(&spawn, file.data, file.size), "image");
	must(spawn_start(&spawn, s->name, argv, NULL, &space), "start");
	if (space != 0)
		s->space = space;
}

static void
kill_service(struct service *s)
{
	must(sys_signal(s->space, SIGNAL_KILL, 9), "kill");
	receive(s->watch);
}

static cap_t
client(struct service *s, uint32_t number, uint32_t rights, unsigned share)
{
	cap_t cap = 0;

	must(cap_badge(s->port, RIGHT_SEND | RIGHT_DERIVE,
		 PROTO_BADGE(number, rights), share, &cap),
	    "client");
	return cap;
}

/* --- log -----------------------------------------------------------------*/

static struct service log_server = {
	.name = "log", .image = "servers/log", .keep = KEEP
};
static void *log_view;
static struct log_session_rep log_session_is;

static void
log_open_session(cap_t reader)
{
	struct carried carried = { 0 };

	must(log_session(reader, &(struct log_session_req){}, &log_session_is,
		 &carried),
	    "log session");
	must(
	    session_map(carried.in[0], log_session_is.size, VM_READ, &log_view),
	    "map");
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

	must(port_allocate(1, &port), "port");
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
	start(&log_server, 0);
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

static void
test_log(void)
{
	start(&log_server, RIGHT_PRINT);

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

/* --- scheduler -------------------------------------------------------------*/

static struct service scheduler = { .name = "scheduler",
	.image = "servers/scheduler",
	.keep = 2 * 1024 * 1024 };

static void
ask_to_sleep(cap_t sched, cap_t port, uint64_t time)
{
	message()->words[0] = sched_op_sleep_until;
	message()->words[1] = time;
	must(port_send(sched, 16, 0, 0, port, time), "ask to sleep");
}

static void
test_sleep(cap_t sched)
{
	struct sched_sleep_until_req q = { .time =
					       gbsd_time() + 20 * MILLISECOND };
	struct sched_sleep_until_rep r = { 0 };
	uint64_t first = q.time + 10 * MILLISECOND;
	cap_t port;

	check(sched_sleep_until(sched, &q, &r, NULL) == E_OK &&
		  gbsd_time() >= q.time && r.now >= q.time,
	    "sleeper_is_woken_when_it_is_time");

	must(port_allocate(4, &port), "port");
	first = gbsd_time() + 10 * MILLISECOND;
	ask_to_sleep(sched, port, first + 2 * MILLISECOND);
	ask_to_sleep(sched, port, first);
	ask_to_sleep(sched, port, first + 1 * MILLISECOND);
	bool order = true;

	for (unsigned i = 0; i < 3; i++)
		order &= receive(port) == RECEIVED_REPLY &&
			 message()->badge == first + i * MILLISECOND;
	check(order, "sleepers_are_woken_in_order");
	cap_close(port);
}

static void
test_alarm(cap_t sched)
{
	struct sched_alarm_req q = { .key = 1, .bits = 6 };
	struct sched_alarm_rep r;
	struct carried carried = { 0 };
	cap_t port;

	must(port_allocate(1, &port), "port");
	check(sched_alarm(sched, &q, &r, NULL) == E_NOT_FOUND,
	    "alarm_needs_a_capability_once");
	must(cap_badge(port, RIGHT_SIGNAL, 0xF, 0, &carried.out[0]), "badge");
	q.time = gbsd_time() + 10 * MILLISECOND;
	must(sched_alarm(sched, &q, &r, &carried), "alarm");
	check(receive(port) == RECEIVED_BITS && message()->words[0] == 6 &&
		  gbsd_time() >= q.time,
	    "alarm_sets_its_bits_in_time");
	q.time = gbsd_time() + 5 * MILLISECOND;
	check(sched_alarm(sched, &q, &r, NULL) == E_OK &&
		  receive(port) == RECEIVED_BITS && gbsd_time() >= q.time,
	    "alarm_is_set_again_without_a_capability");

	struct sched_cancel_req cancel = { .key = 1 };
	struct sched_cancel_rep nothing;

	check(sched_cancel(sched, &cancel, &nothing, NULL) == E_OK &&
		  sched_cancel(sched, &cancel, &nothing, NULL) == E_NOT_FOUND,
	    "alarm_is_forgotten");
	cap_close(port);
}

static void
test_scheduler_restart(cap_t sched)
{
	struct sched_alarm_req q = { .key = 2, .bits = 1 };
	struct sched_alarm_rep r;
	struct carried carried = { 0 };
	cap_t port, alarms;

	must(port_allocate(2, &port), "port");
	must(port_allocate(1, &alarms), "port");
	must(cap_badge(alarms, RIGHT_SIGNAL, 1, 0, &carried.out[0]), "badge");
	q.time = gbsd_time() + 60 * MILLISECOND;
	must(sched_alarm(sched, &q, &r, &carried), "alarm");
	ask_to_sleep(sched, port, q.time);
	must(sched_query(sched, &(struct sched_query_req){},
		 &(struct sched_query_rep){ 0 }, NULL),
	    "query");
	kill_service(&scheduler);
	check(receive(port) == RECEIVED_EVENT &&
		  message()->words[0] == EVENT_DEAD_REPLY,
	    "sleeper_is_told_that_the_server_died");
	start(&scheduler, 0);
	ask_to_sleep(sched, port, q.time);
	check(receive(port) == RECEIVED_REPLY && gbsd_time() >= q.time,
	    "sleeper_sleeps_again");
	check(receive(alarms) == RECEIVED_BITS && message()->words[0] == 1,
	    "alarm_outlives_the_server");
}

static volatile uint64_t turns[2];

static void
spin(uint64_t which)
{
	for (;;)
		turns[which]++;
}

static cap_t
start_spinner(uint64_t which)
{
	char *stack = malloc(STACK);
	cap_t task = 0;

	must(sched_spawn(SPAWN_TASK, (uint64_t)spin,
		 ((uint64_t)stack + STACK) & -16ull, which, "spin", &task),
	    "spinner");
	return task;
}

static void
lower(cap_t sched, cap_t task, uint64_t priority)
{
	struct sched_set_priority_req q = { .priority = priority };
	struct sched_set_priority_rep r;
	struct carried carried = { 0 };

	must(cap_derive(task, RIGHT_CONTROL, 0, &carried.out[0]), "derive");
	must(sched_set_priority(sched, &q, &r, &carried), "priority");
}

static void
test_priority(cap_t sched)
{
	cap_t first = start_spinner(0), second = start_spinner(1);
	struct sched_sleep_until_req q;
	struct sched_sleep_until_rep r;

	lower(sched, first, 10);
	lower(sched, second, 9);
	/* Until then they were equals of this task. */
	turns[0] = turns[1] = 0;
	for (unsigned i = 0; i < 50 && turns[0] == 0; i++) {
		q.time = gbsd_time() + 100 * MILLISECOND;
		must(sched_sleep_until(sched, &q, &r, NULL), "sleep");
	}
	check(turns[0] > 0 && turns[1] == 0, "priority_decides_who_runs");
	lower(sched, second, 10);
	q.time = gbsd_time() + 200 * MILLISECOND;
	turns[0] = turns[1] = 0;
	must(sched_sleep_until(sched, &q, &r, NULL), "sleep");
	check(turns[0] > 0 && turns[1] > 0, "tasks_of_one_priority_take_turns");
	must(sys_signal(first, SIGNAL_KILL, 0), "end");
	must(sys_signal(second, SIGNAL_KILL, 0), "end");
}

static void
test_scheduler(void)
{
	start(&scheduler, RIGHT_SCHEDULE);

	cap_t sched = client(&scheduler, 5, SCHED_SLEEP | SCHED_PRIORITY, 8);
	struct sched_query_rep r = { 0 };

	test_sleep(sched);
	test_alarm(sched);
	test_scheduler_restart(sched);
	test_priority(sched);
	check(
	    sched_query(sched, &(struct sched_query_req){}, &r, NULL) == E_OK &&
		r.sleepers == 0 && r.woken >= 2,
	    "scheduler_says_how_it_does");
	printf("# woken at most %llu us late\n",
	    (unsigned long long)r.late / 1000);
}

/* --- stat --------------------------------------------------------------------*/

static struct service stat_server = { .name = "stat", .image = "servers/stat" };
static void *stat_view;
static uint32_t stat_session_is;

static const struct stat_task *
task_named(cap_t stat, const char *name)
{
	struct stat_list_req q = { .session = stat_session_is };
	struct stat_list_rep r;
	const struct stat_task *t = stat_view;

	must(stat_tasks(stat, &q, &r, NULL), "tasks");
	for (uint32_t i = 0; i < r.count; i++)
		if (strncmp(t[i].name, name, NAME_BYTES) == 0 &&
		    t[i].state != STAT_DEAD)
			return &t[i];
	return NULL;
}

static void
test_stat_lists(cap_t stat)
{
	const struct stat_task *t = task_named(stat, "init");
	struct stat_list_req q = { .session = stat_session_is };
	struct stat_list_rep r;

	check(t != NULL && t->state == STAT_WAITING && t->number == 1 &&
		  t->time > 0,
	    "stat_knows_who_asks");
	t = task_named(stat, "stat");
	check(t != NULL && t->state == STAT_RUNNING, "stat_knows_itself");
	t = task_named(stat, "log");
	check(t != NULL && t->state == STAT_WAITING && t->port != 0,
	    "stat_knows_who_waits");

	uint64_t log_port = t != NULL ? t->port : 0;
	uint64_t log_space = t != NULL ? t->space : 0;
	const struct stat_port *p = stat_view;
	uint32_t queued = 0, waiters = 0;
	uint64_t owner = 0;
	cap_t port;

	must(port_allocate(5, &port), "port");
	for (unsigned i = 0; i < 3; i++)
		must(port_send(port, 8, 0, 0, 0, 0), "send");
	must(stat_ports(stat, &q, &r, NULL), "ports");
	for (uint32_t i = 0; i < r.count; i++) {
		queued += p[i].queued;
		if (p[i].id == log_port) {
			owner = p[i].owner;
			waiters = p[i].waiters;
		}
	}
	check(queued == 3 && waiters == 1 && owner == 1,
	    "stat_counts_queues_and_waiters");

	const struct stat_space *s = stat_view;
	bool found = false;

	must(stat_spaces(stat, &q, &r, NULL), "spaces");
	for (uint32_t i = 0; i < r.count; i++)
		found |= s[i].number == log_space && s[i].parent == 1 &&
			 s[i].tasks == 1 && s[i].pages >= 16 &&
			 strncmp(s[i].name, "log", 4) == 0;
	check(found, "stat_knows_a_space_and_what_it_has");
}

static void
test_stat_capabilities(cap_t stat)
{
	const struct stat_task *t = task_named(stat, "log");
	struct stat_list_req q = { .session = stat_session_is };
	struct stat_list_rep r;
	const struct stat_capability *c = stat_view;
	bool found = false;

	q.space = t != NULL ? t->space : 0;
	must(stat_capabilities(stat, &q, &r, NULL), "capabilities");
	for (uint32_t i = 0; i < r.count; i++)
		found |= c[i].type == OBJECT_PORT &&
			 (c[i].rights & RIGHT_RECEIVE) && c[i].ancestors == 1 &&
			 c[i].chain[0].space == 1 &&
			 c[i].chain[0].handle == log_server.port;
	check(found, "stat_shows_where_a_capability_comes_from");
}

static void
test_stat_totals(cap_t stat)
{
	struct stat_system_rep system = { 0 };
	struct stat_memory_rep before = { 0 }, after = { 0 };
	cap_t memory;

	check(stat_system(stat, &(struct stat_system_req){}, &system, NULL) ==
		      E_OK &&
		  system.tasks == 4 && system.spaces == 4 &&
		  system.ports >= 4 && system.uptime > 0 && system.busy > 0,
	    "stat_counts_all_there_is");
	must(stat_memory(stat, &(struct stat_memory_req){}, &before, NULL),
	    "memory");
	must(vm_object(100 * PAGE_SIZE, 0, &memory), "object");
	must(stat_memory(stat, &(struct stat_memory_req){}, &after, NULL),
	    "memory");
	check(after.promised == before.promised + 100 &&
		  after.left == before.left - 100 &&
		  after.objects == before.objects + 1,
	    "stat_counts_pages");
}

static void
test_stat(void)
{
	struct carried carried = { 0 };
	struct stat_session_rep session;

	start(&stat_server, 0);

	cap_t stat = client(
	    &stat_server, 5, STAT_TOTALS | STAT_TASKS | STAT_CAPABILITIES, 4);
	cap_t other = client(&stat_server, 6, STAT_TOTALS, 4);

	must(stat_session(
		 stat, &(struct stat_session_req){}, &session, &carried),
	    "session");
	must(session_map(carried.in[0], session.size, VM_READ, &stat_view),
	    "map");
	stat_session_is = session.session;
	test_stat_lists(stat);
	test_stat_capabilities(stat);
	test_stat_totals(stat);
	check(stat_tasks(other, &(struct stat_list_req){ 0 },
		  &(struct stat_list_rep){ 0 }, NULL) == E_NO_RIGHTS,
	    "stat_shows_what_one_may_see");
}

int
main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	machine = gbsd_cap("machine");
	must(archive_open(&archive), "archive");
	test_log();
	test_scheduler();
	test_stat();
	printf("%u passed, %u failed\n", passed, failed);
	fflush(stdout);
	must(sys_signal(machine, SIGNAL_POWER_OFF, failed != 0), "power off");
	return 0;
}
