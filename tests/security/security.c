/*
 * security: what a program must not be able to do, tried by one.
 *
 * It runs under the shell like any program, with no more than any has, and
 * starts itself again as children with a role in argv[1].  Each check prints
 * "ok NAME" or "FAIL NAME".  The argument `bare' adds what hosted, where all
 * tasks share the host's addresses, cannot keep.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gbsd/archive.h>
#include <gbsd/calls.h>
#include <gbsd/log.h>
#include <gbsd/service.h>
#include <gbsd/session.h>
#include <gbsd/spawn.h>
#include <proto/log.h>

#include "security.h"

enum {
	SECRET = 0x5ec2e7,
	INDEXES = 600, /* of handles that are guessed */
	GENERATIONS = 4,
	CHILD_GOOD = 40, /* exit statuses of children */
	CHILD_BAD = 41,
};

static unsigned failed;

void
check(bool good, const char *name)
{
	failed += !good;
	printf("%s %s\n", good ? "ok" : "FAIL", name);
}

void
must(enum error e, const char *what)
{
	if (e == E_OK)
		return;
	printf("FAIL %s: %s\n", what, error_text(e));
	fflush(stdout);
	exit(1);
}

struct message *
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

static cap_t
new_port(unsigned share)
{
	cap_t port = 0;

	must(port_allocate(share, &port), "port");
	return port;
}

/* --- children ----------------------------------------------------------*/

/* A child with the capabilities port and memory, 0: none; watch is told of
 * its end. */
static void
start_child(const char *role, const char *argument, cap_t port, cap_t memory,
    cap_t watch)
{
	const struct spawn_limits limits = {
		.capabilities = 32, .slots = 16, .pages = 256, .tasks = 2
	};
	char *argv[] = { "security", (char *)role, (char *)argument, NULL };
	struct archive archive;
	struct archive_file file;
	struct spawn spawn;
	cap_t space = 0;

	must(archive_open(&archive), "archive");
	must(archive_find(&archive, "bin/security", &file), "find");
	must(spawn_begin(&spawn, 0), "begin");
	must(spawn_quota(&limits), "quota");
	if (port != 0)
		must(spawn_give(&spawn, "port", port), "give port");
	if (memory != 0)
		must(spawn_give(&spawn, "memory", memory), "give memory");
	must(cap_watch_death(0, watch, 1), "watch");
	must(spawn_image(&spawn, file.data, file.size), "image");
	must(spawn_start(&spawn, role, argv, NULL, &space), "start");
	cap_close(space);
}

/* Waits for the end of a child; its exit status. */
static uint64_t
end_of_child(cap_t watch)
{
	while (receive(watch) != RECEIVED_EVENT ||
	       message()->words[0] != EVENT_DEATH)
		;
	return message()->words[1];
}

/* Every use of a handle that names nothing of ours.  True if all refuse. */
static bool
refused(cap_t guess)
{
	enum received kind;
	uint64_t info, bus;
	cap_t cap;
	void *at;

	return port_send(guess, 8, 0, 0, 0, 0) != E_OK &&
	    port_receive(guess, RECEIVE_NO_WAIT, &kind) != E_OK &&
	    cap_query(guess, &info) != E_OK &&
	    cap_derive(guess, 0, 0, &cap) != E_OK &&
	    cap_badge(guess, RIGHT_SEND, 1, 1, &cap) != E_OK &&
	    cap_revoke(guess) != E_OK && cap_destroy(guess) != E_OK &&
	    cap_quota(guess, QUOTA_PAGES, -1) != E_OK &&
	    vm_map(guess, 0, PAGE_SIZE, VM_READ, 0, &at) != E_OK &&
	    vm_pin(guess, 0, guess, &bus) != E_OK &&
	    vm_device(guess, 0, PAGE_SIZE, &cap) != E_OK &&
	    cap_bind(guess, 1, guess, 1, &cap) != E_OK &&
	    sys_signal(guess, SIGNAL_KILL, 1) != E_OK &&
	    sys_signal(guess, SIGNAL_POWER_OFF, 99) != E_OK &&
	    sched_switch(guess, SWITCH_TIMER, 0, 0) != E_OK &&
	    sys_debug_print(guess, STREAM_OUTPUT, "intruder", 8) != E_OK &&
	    cap_close(guess) != E_OK;
}

/* It was given nothing: no handle that it can make up may do anything. */
static int
child_guess(void)
{
	for (uint64_t g = 0; g < GENERATIONS; g++)
		for (uint64_t i = 1; i < INDEXES; i++)
			if (!refused(g << 32 | i))
				return CHILD_BAD;
	for (unsigned i = 0; i < 64; i++)
		if (!refused(1ull << i) || !refused(~(1ull << i)))
			return CHILD_BAD;
	return CHILD_GOOD;
}

/* Has a port of its own, and tries the number of one that is another's. */
static int
child_steal(const char *number)
{
	cap_t theirs = strtoull(number, NULL, 0);
	enum received kind;

	message()->words[0] = SECRET;
	/* It may be the number of something of ours: that is no theft. */
	(void)!port_send(theirs, 8, 0, 0, 0, 0);
	(void)!port_receive(theirs, RECEIVE_NO_WAIT, &kind);
	(void)!cap_destroy(theirs);
	return CHILD_GOOD;
}

/* Sends until it is refused. */
static int
child_send(void)
{
	cap_t port = gbsd_cap("port");
	enum error e;

	do
		e = port_send(port, 8, 0, 0, 0, 0);
	while (e == E_OK || e == E_PORT_FULL);
	return e == E_INVALID_PORT ? CHILD_GOOD : CHILD_BAD;
}

static int
child_read_memory(void)
{
	cap_t port = gbsd_cap("port"), memory = gbsd_cap("memory");
	volatile uint64_t *word;
	void *at = NULL;

	if (vm_map(memory, 0, PAGE_SIZE, VM_READ, 0, &at) != E_OK ||
	    vm_map(memory, 0, PAGE_SIZE, VM_READ | VM_WRITE, 0, &at) == E_OK)
		return CHILD_BAD;
	word = at;
	if (*word != SECRET || port_send(port, 8, 0, 0, 0, 0) != E_OK)
		return CHILD_BAD;
	while (*word == SECRET)
		; /* until it is taken away */
	return CHILD_BAD;
}

static int
child_peek(const char *address)
{
	const volatile uint64_t *at =
	    (const volatile uint64_t *)strtoull(address, NULL, 0);

	return *at == SECRET ? CHILD_BAD : CHILD_GOOD;
}

/* --- capabilities --------------------------------------------------------*/

static void
test_nothing_without_capability(void)
{
	cap_t watch = new_port(1);

	start_child("guess", NULL, 0, 0, watch);
	check(end_of_child(watch) == CHILD_GOOD,
	    "nothing_works_without_a_capability");
	cap_close(watch);
}

static void
test_handles_of_others(void)
{
	cap_t watch = new_port(1), port = new_port(4);
	enum received kind;
	char number[24];

	snprintf(number, sizeof(number), "%#llx", (unsigned long long)port);
	start_child("steal", number, 0, 0, watch);
	check(end_of_child(watch) == CHILD_GOOD &&
		port_receive(port, RECEIVE_NO_WAIT, &kind) == E_WOULD_BLOCK &&
		port_send(port, 8, 0, 0, 0, 0) == E_OK,
	    "handles_of_others_do_not_work");
	cap_close(port);
	check(port_send(port, 8, 0, 0, 0, 0) == E_INVALID_PORT,
	    "a_closed_handle_names_nothing");

	cap_t other = new_port(1);

	check(other != port && port_send(port, 8, 0, 0, 0, 0) == E_INVALID_PORT,
	    "a_closed_handle_never_names_another_object");
	cap_close(other);
	cap_close(watch);
}

static void
test_send_only(void)
{
	cap_t port = new_port(4), only = 0, more;
	enum received kind;

	must(cap_badge(port, RIGHT_SEND | RIGHT_DERIVE, 7, 2, &only), "badge");
	check(port_receive(only, RECEIVE_NO_WAIT, &kind) == E_NO_RIGHTS,
	    "a_task_with_send_only_cannot_receive");
	check(cap_derive(only, RIGHT_SEND | RIGHT_RECEIVE, 0, &more) ==
		    E_NO_RIGHTS &&
		cap_derive(only, RIGHT_DESTROY, 0, &more) == E_NO_RIGHTS &&
		cap_destroy(only) == E_NO_RIGHTS &&
		sys_signal(only, SIGNAL_BITS, 1) == E_NO_RIGHTS,
	    "rights_never_grow");
	must(cap_derive(only, RIGHT_SEND, 0, &more), "derive");
	check(cap_derive(more, RIGHT_SEND, 0, &only) == E_NO_RIGHTS,
	    "a_capability_without_derive_has_no_children");
	cap_close(port);
}

static void
test_badges(void)
{
	cap_t port = new_port(4), sender = 0, bits = 0, other;

	must(cap_badge(port, RIGHT_SEND | RIGHT_DERIVE, 0x11, 2, &sender),
	    "badge");
	must(cap_badge(port, RIGHT_SIGNAL, 0x6, 0, &bits), "badge");
	message()->badge = 0xFFFF;
	must(port_send(sender, 8, 0, 0, 0, 0), "send");
	check(receive(port) == RECEIVED_MESSAGE && message()->badge == 0x11 &&
		cap_badge(sender, RIGHT_SEND, 0xFFFF, 1, &other) == E_NO_RIGHTS,
	    "a_sender_cannot_choose_its_badge");
	must(sys_signal(bits, SIGNAL_BITS, 0x2), "signal");
	/* It is refused or cut, but the other bits never arrive. */
	(void)!sys_signal(bits, SIGNAL_BITS, ~0ull);
	check(receive(port) == RECEIVED_BITS &&
		(message()->words[0] & ~0x6ull) == 0,
	    "bits_outside_a_badge_cannot_be_forged");
	cap_close(port);
}

static void
test_revocation(void)
{
	cap_t port = new_port(1), watch = new_port(1), family, child, below;
	enum error after;

	must(cap_badge(port, RIGHT_SEND | RIGHT_DERIVE, 3, 4, &family),
	    "badge");
	must(cap_derive(family, RIGHT_SEND | RIGHT_DERIVE, 0, &child),
	    "derive");
	must(cap_derive(child, RIGHT_SEND, 0, &below), "derive");
	must(cap_revoke(family), "revoke");
	after = port_send(below, 8, 0, 0, 0, 0);
	check(after == E_INVALID_PORT &&
		port_send(child, 8, 0, 0, 0, 0) == E_INVALID_PORT,
	    "revocation_is_immediate_for_all_descendants");

	must(cap_derive(family, RIGHT_SEND, 0, &child), "derive");
	start_child("send", NULL, child, 0, watch);
	check(receive(port) == RECEIVED_MESSAGE, "a_child_can_send");
	must(cap_revoke(family), "revoke");

	/* What it sent before is there; nothing follows. */
	enum received kind;

	while (port_receive(port, RECEIVE_NO_WAIT, &kind) == E_OK)
		;
	check(end_of_child(watch) == CHILD_GOOD &&
		port_receive(port, RECEIVE_NO_WAIT, &kind) == E_WOULD_BLOCK,
	    "revocation_is_immediate_in_another_space");
	cap_close(port);
	cap_close(watch);
}

static void
test_destroyed_port(void)
{
	cap_t port = new_port(1), watch = new_port(1), reply = new_port(1);
	cap_t sender, asker;

	must(cap_badge(port, RIGHT_SEND, 3, 4, &sender), "badge");
	must(cap_badge(port, RIGHT_SEND, 4, 4, &asker), "badge");
	start_child("send", NULL, sender, 0, watch);
	receive(port);
	must(port_send(asker, 8, 0, 0, reply, 5), "ask");
	must(cap_destroy(port), "destroy");
	check(port_send(asker, 8, 0, 0, 0, 0) == E_INVALID_PORT &&
		end_of_child(watch) == CHILD_GOOD,
	    "a_destroyed_port_ends_communication");
	check(receive(reply) == RECEIVED_EVENT &&
		message()->words[0] == EVENT_DEAD_REPLY &&
		message()->badge == 5,
	    "who_waits_at_a_destroyed_port_is_told");
	cap_close(port);
	cap_close(watch);
	cap_close(reply);
}

/* --- messages --------------------------------------------------------------*/

static void
fill_words(uint64_t value)
{
	for (unsigned i = 0; i < MESSAGE_WORDS; i++)
		message()->words[i] = value;
}

static void
test_messages(void)
{
	cap_t first = new_port(2), second = new_port(2);
	bool whole = true, clean = true;

	fill_words(SECRET);
	must(port_send(first, 64, 0, 0, 0, 0), "send");
	fill_words(1); /* a message is what it was when it was sent */
	must(port_send(second, 64, 0, 0, 0, 0), "send");
	fill_words(0);
	receive(second);
	for (unsigned i = 0; i < MESSAGE_WORDS; i++)
		clean &= message()->words[i] == 1;
	receive(first);
	for (unsigned i = 0; i < MESSAGE_WORDS; i++)
		whole &= message()->words[i] == SECRET;
	check(whole && clean, "messages_are_isolated");
	cap_close(first);
	cap_close(second);
}

/* A server that answers late has had others' requests in its hands. */
static void
test_late_answer(void)
{
	struct log_read_tail_req q = { .follow = 1, .level = LOG_WARN };
	struct log_session_rep session;
	struct carried carried = { 0 };
	cap_t log, port = new_port(1);
	char secret[LOG_PIECE];
	bool clean = true;

	must(service_find("log_server", &log), "log_server");
	must(log_session(log, &(struct log_session_req){}, &session, &carried),
	    "session");
	q.session = session.session;
	memset(message()->words, 0, sizeof(message()->words));
	message()->words[0] = log_op_read_tail;
	memcpy(&message()->words[1], &q, sizeof(q));
	must(port_send(log, 8 + sizeof(q), 0, 0, port, 1), "ask");
	memset(secret, 'x', sizeof(secret));
	log_text(log, LOG_WARN, secret, sizeof(secret));
	memset(message()->words, 0, sizeof(message()->words));
	receive(port);
	for (unsigned i = 0; i < MESSAGE_WORDS; i++)
		clean &= memcmp(&message()->words[i], "xxxxxxxx", 8) != 0;
	check(clean, "an_answer_carries_nothing_of_another_request");
	cap_close(carried.in[0]);
	cap_close(port);
}

/* --- memory ----------------------------------------------------------------*/

static void
test_write_or_execute(void)
{
	const unsigned all = VM_READ | VM_WRITE | VM_EXECUTE;
	void *at = NULL, *page = NULL;
	cap_t memory;

	must(vm_new(PAGE_SIZE, VM_READ | VM_WRITE, &page), "page");
	must(vm_object(PAGE_SIZE, 0, &memory), "object");
	check(vm_new(PAGE_SIZE, all, &at) != E_OK &&
		vm_new(PAGE_SIZE, VM_WRITE | VM_EXECUTE, &at) != E_OK &&
		vm_map(memory, 0, PAGE_SIZE, all, 0, &at) != E_OK &&
		vm_protect(page, PAGE_SIZE, all) != E_OK,
	    "memory_is_never_writable_and_executable");
	cap_close(memory);
	must(vm_deallocate(page, PAGE_SIZE), "free");
}

static void
test_shared_memory(void)
{
	cap_t port = new_port(1), watch = new_port(1), sender, memory, lent;
	uint64_t status;
	void *at = NULL;

	must(vm_object(PAGE_SIZE, 0, &memory), "object");
	must(vm_map(memory, 0, PAGE_SIZE, VM_READ | VM_WRITE, 0, &at), "map");
	*(uint64_t *)at = SECRET;
	must(cap_derive(memory, RIGHT_READ, 0, &lent), "lend");
	must(cap_badge(port, RIGHT_SEND, 1, 1, &sender), "sender");
	start_child("read", NULL, sender, lent, watch);
	check(receive(port) == RECEIVED_MESSAGE,
	    "memory_that_may_be_read_cannot_be_written");
	must(cap_revoke(memory), "revoke");
	status = end_of_child(watch);
	check(status == STATUS_FAULT + FAULT_READ,
	    "revoked_memory_is_gone_at_once");
	cap_close(memory);
	cap_close(port);
	cap_close(watch);
}

static void
test_foreign_memory(void)
{
	static volatile uint64_t secret = SECRET;
	cap_t watch = new_port(1);
	char address[24];
	uint64_t status;

	snprintf(address, sizeof(address), "%p", (void *)(uintptr_t)&secret);
	start_child("peek", address, 0, 0, watch);
	status = end_of_child(watch);
	check(status == STATUS_FAULT + FAULT_READ || status == CHILD_GOOD,
	    "memory_of_another_space_cannot_be_read");
	cap_close(watch);
}

static int
parent(bool bare)
{
	test_nothing_without_capability();
	test_handles_of_others();
	test_send_only();
	test_badges();
	test_revocation();
	test_destroyed_port();
	test_messages();
	test_late_answer();
	test_write_or_execute();
	test_shared_memory();
	if (bare)
		test_foreign_memory();
	return failed != 0;
}

int
main(int argc, char **argv)
{
	const char *role = argc > 1 ? argv[1] : "";

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (strcmp(role, "guess") == 0)
		return child_guess();
	if (strcmp(role, "steal") == 0)
		return child_steal(argv[2]);
	if (strcmp(role, "send") == 0)
		return child_send();
	if (strcmp(role, "read") == 0)
		return child_read_memory();
	if (strcmp(role, "peek") == 0)
		return child_peek(argv[2]);
	if (strcmp(role, "flood") == 0)
		return flood();
	if (strcmp(role, "exhaust") == 0) {
		exhaust();
		return failed != 0;
	}
	return parent(strcmp(role, "bare") == 0);
}
