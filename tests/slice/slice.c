/*
 * slice: the whole ABI once, on whatever machine it is started.
 *
 * It is init of an archive of its own, and starts itself again as children
 * with a role in argv[1].  Each check prints "ok NAME" or "FAIL NAME"; the
 * last line is the count, and the machine's exit status 0 if all is well.
 */
#include <stdlib.h>
#include <string.h>

#include "child.h"

enum { STACK_PAGES = 4, QUESTION = 40, NEWS = 1234, ANSWER = 42, KEEP_MAGIC = 0x6b656570 };
enum { EXIT_BADGE = 77, EXIT_AGAIN = 78 };

static struct archive archive;
static struct archive_file self;
static unsigned passed, failed;
static cap_t machine;

static void
check(bool good, const char *name)
{
	good ? passed++ : failed++;
	printf("%s %s\n", good ? "ok" : "FAIL", name);
}

void
must(enum error e, const char *what)
{
	if (e == E_OK)
		return;
	printf("FAIL %s: %s\n", what, error_text(e));
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

/* --- the children ------------------------------------------------------*/

/* Answers one question with a capability, then dies of the second, or, in a
 * later life, answers that with what it kept; dies of news as well, and keeps
 * it when it comes again. */
static int
child_server(void)
{
	cap_t port = gbsd_cap("port");
	uint64_t *keep = (uint64_t *)gbsd_start()->keep;

	for (;;) {
		enum received kind = 0;
		cap_t reply;

		must(port_receive(port, MESSAGE_CAPS | RECEIVE_KEEP, &kind),
		    "receive");
		reply = message()->reply;
		if (reply == 0 && kind == RECEIVED_MESSAGE)
			return 8; /* with the news in its hand */
		if (kind == (RECEIVED_MESSAGE | RECEIVED_AGAIN)) {
			keep[0] = message()->words[0];
			continue;
		}
		if (kind != RECEIVED_MESSAGE)
			return 3;
		if (message()->words[0] == 99 && gbsd_start()->restarts == 0) {
			keep[0] = KEEP_MAGIC;
			return 7; /* with the question unanswered */
		}
		if (message()->words[0] == 99)
			message()->words[0] = keep[0];
		else
			message()->words[0] += 2;
		must(port_send(reply, 8, message()->caps[0], 0, 0, 0), "answer");
	}
}

static int
child_crash(void)
{
	volatile uintptr_t nowhere = 0x10; /* the compiler must not know */

	*(volatile int *)nowhere = 1;
	return 0;
}

static int
child_reader(void)
{
	cap_t page = gbsd_cap("page"), port = gbsd_cap("port");
	volatile uint64_t *at =
	    (uint64_t *)(gbsd_start()->window_high - PAGE_SIZE);

	must(vm_map(page, (void *)at, VM_READ, 0), "map");
	message()->words[0] = *at;
	must(port_send(port, 8, 0, 0, 0, 0), "report");
	while (*at != 0)
		; /* until it is revoked */
	return 0;
}

/* Reads where nothing is; its parent puts a page there. */
static int
child_pager(void)
{
	volatile uint64_t *at =
	    (uint64_t *)(gbsd_start()->window_high - PAGE_SIZE);

	return *at == 4712 ? 5 : 6;
}

/* --- the parent ----------------------------------------------------------*/

/* Its port goes to the child; its exit or death is told at watch. */
static void
start_child(struct child *child, const char *role, cap_t port, cap_t memory,
    cap_t faults, cap_t watch)
{
	cap_t print, status;

	child_space(child);
	must(cap_derive(machine, RIGHT_PRINT, &print), "print");
	child_give(child, "print", print);
	child_give(child, "port", port);
	must(cap_reply(watch, watch, EXIT_BADGE, &status), "exit");
	child_give(child, "exit", status);
	if (memory != 0)
		child_give(child, "page", memory);
	must(cap_faults(child->space, faults), "faults");
	if (strcmp(role, "server") == 0)
		child_keep(child);
	child_run(child, &self, role);
}

static void
test_time(void)
{
	uint64_t a = sys_time(), b = gbsd_time(), c = sys_time();

	check(a <= b && b <= c, "time_does_not_fall");
}

static void
test_port_to_itself(void)
{
	cap_t port, sender;
	enum received kind;

	port = port_new(1);
	message()->words[0] = 5;
	check(port_send(port, 8, 0, 0, 0, 0) == E_OK, "send_queues");
	for (unsigned i = 1; i < PORT_SHARE; i++)
		must(port_send(port, 8, 0, 0, 0, 0), "send");
	check(port_send(port, 8, 0, 0, 0, 0) == E_PORT_FULL, "share_is_a_bound");
	message()->words[0] = 0;
	check(receive(port) == RECEIVED_MESSAGE && message()->words[0] == 5,
	    "message_arrives");
	for (unsigned i = 1; i < PORT_SHARE; i++)
		must(port_receive(port, RECEIVE_NO_WAIT, &kind), "second");
	check(port_receive(port, RECEIVE_NO_WAIT, &kind) == E_WOULD_BLOCK,
	    "empty_port_does_not_wait_if_told_so");
	must(cap_badge(port, RIGHT_SEND, 1, 1, &sender), "badge");
	must(cap_close(port), "close");
	check(port_send(sender, 8, 0, 0, 0, 0) == E_INVALID_PORT,
	    "destroyed_port_ends_communication");
	check(port_send(port, 8, 0, 0, 0, 0) == E_INVALID_PORT,
	    "stale_handle_is_refused");
}

static volatile uint64_t upcalls, thread_ran, spinning;
static cap_t thread_port;

static void
thread(uint64_t argument)
{
	thread_ran = argument;
	for (;;) {
		spinning++;
		if (upcalls != 0)
			break;
	}
	must(port_send(thread_port, 8, 0, 0, 0, 0), "report");
	must(sys_signal(0, SIGNAL_KILL, 0), "end of thread");
}

static void
upcall(uint64_t bits)
{
	upcalls = bits;
	sched_upcall_done();
}

/* The thread's first instruction: sets its own upcall entry. */
static void
thread_start(uint64_t argument)
{
	gbsd_area()->upcall_entry = (uint64_t)upcall;
	thread(argument);
}

static void
test_thread_and_upcall(void)
{
	cap_t task;
	char *stack =
	    map_anywhere(raw_take(STACK_PAGES), VM_READ | VM_WRITE);

	/* map_anywhere leaves the page behind free: for the area. */
	thread_port = port_new(1);
	must(sched_spawn(raw_take(TASK_PAGES), 0, (uint64_t)thread_start,
		 (uint64_t)stack + STACK_PAGES * PAGE_SIZE, 11, "thread",
		 &task),
	    "thread");
	while (spinning == 0)
		sched_yield_now();
	check(thread_ran == 11, "second_task_runs_in_the_space");

	uint64_t before = spinning;

	for (uint64_t t = sys_time(); sys_time() < t + 50000000;)
		;
	check(spinning > before, "timer_preempts_a_busy_task");
	must(sys_signal(task, SIGNAL_UPCALL, 4), "signal");
	check(receive(thread_port) == RECEIVED_MESSAGE && upcalls == 4,
	    "upcall_enters_a_running_task");
	must(cap_close(task), "close task");
}

static void
live_again(struct child *child, cap_t watch)
{
	cap_t status;

	must(cap_reply(watch, watch, EXIT_AGAIN, &status), "exit");
	child->cap_count = 2;
	child_give(child, "exit", status);
	child_run(child, &self, "server");
}

/* A message that wants no answer kills the server; its next life has it. */
static bool
news_comes_again(struct child *child, cap_t client, cap_t reply, cap_t watch)
{
	message()->words[0] = NEWS;
	must(port_send(client, 8, 0, 0, 0, 0), "news");
	if (receive(watch) != RECEIVED_REPLY || message()->words[0] != 8)
		return false;
	live_again(child, watch);
	message()->words[0] = 99;
	must(port_send(client, 8, 0, 0, reply, 59), "ask");
	return receive(reply) == RECEIVED_REPLY &&
	       message()->words[0] == NEWS;
}

static void
test_server(void)
{
	struct child child;
	cap_t port = port_new(1), watch = port_new(1), reply = port_new(1);
	cap_t extra = port_new(1), faults = port_new(1);
	cap_t client, kept, gift;

	must(cap_badge(port, RIGHT_SEND, 1, 3, &client), "badge");
	must(cap_derive(port, RIGHT_RECEIVE | RIGHT_SEND, &kept), "kept");
	start_child(&child, "server", kept, 0, faults, watch);

	must(cap_badge(extra, RIGHT_SEND, 9, 1, &gift), "gift");
	message()->words[0] = QUESTION;
	must(port_send(client, 8, gift, 0, reply, 55), "ask");
	check(receive(reply) == RECEIVED_REPLY && message()->badge == 55 &&
		message()->words[0] == ANSWER,
	    "another_space_answers_on_the_reply_port");
	gift = message()->caps[0];
	message()->words[0] = 1;
	check(gift != 0 && port_send(gift, 8, 0, 0, 0, 0) == E_OK &&
		receive(extra) == RECEIVED_MESSAGE && message()->badge == 9,
	    "capability_comes_back_and_still_works");

	message()->words[0] = 99;
	must(port_send(client, 8, 0, 0, reply, 56), "ask");
	check(receive(reply) == RECEIVED_EVENT && message()->badge == 56 &&
		message()->words[0] == EVENT_DEAD_REPLY,
	    "dead_server_gives_a_dead_reply");
	check(receive(watch) == RECEIVED_REPLY &&
		message()->badge == EXIT_BADGE && message()->words[0] == 7,
	    "death_is_told_with_its_status");

	/* Its table and its KEEP memory are as they were. */
	live_again(&child, watch);
	message()->words[0] = 99;
	must(port_send(client, 8, 0, 0, reply, 57), "ask");
	check(receive(reply) == RECEIVED_REPLY && message()->badge == 57 &&
		message()->words[0] == KEEP_MAGIC,
	    "restarted_server_answers_old_clients_from_kept_memory");
	check(news_comes_again(&child, client, reply, watch),
	    "what_a_dead_server_had_in_hand_comes_again");
	must(sys_signal(child.space, SIGNAL_END, 0), "kill");
	check(receive(watch) == RECEIVED_EVENT &&
		message()->badge == EXIT_AGAIN &&
		message()->words[0] == EVENT_DEAD_REPLY,
	    "killed_space_is_told");
	child_end(&child);
	check(port_send(client, 8, 0, 0, reply, 58) == E_OK,
	    "port_outlives_a_server_that_does_not_own_it");
}

static void
test_crash(void)
{
	struct child child;
	cap_t port = port_new(1), faults = port_new(1), watch = port_new(1);

	start_child(&child, "crash", port, 0, faults, watch);

	bool told = receive(faults) == RECEIVED_FAULT;
	struct fault *fault = (struct fault *)message()->words;

	check(told && fault->kind == FAULT_WRITE && fault->address == 0x10,
	    "fault_is_a_message_with_its_place");
	cap_close(message()->reply); /* a dropped answer kills */
	check(receive(watch) == RECEIVED_EVENT &&
		message()->words[0] == EVENT_DEAD_REPLY,
	    "unanswered_fault_kills_the_task");
	child_end(&child);
}

static void
test_pager(void)
{
	struct child child;
	cap_t port = port_new(1), faults = port_new(1), watch = port_new(1);
	cap_t page = raw_take(1), here, there, reply;
	uint64_t *view;

	must(cap_range(page, RIGHT_READ | RIGHT_WRITE | RIGHT_DERIVE, 0, 1,
		 &here),
	    "frame");
	must(cap_range(here, RIGHT_READ, 0, 1, &there), "frame");
	view = map_anywhere(here, VM_READ | VM_WRITE);
	*view = 4712;
	start_child(&child, "pager", port, 0, faults, watch);

	bool told = receive(faults) == RECEIVED_FAULT;
	struct fault *fault = (struct fault *)message()->words;
	uint64_t at = fault->address & -(uint64_t)PAGE_SIZE;

	reply = message()->reply;
	must(cap_stage(there, child.space, &there), "stage");
	must(vm_map(there, (void *)at, VM_READ, child.space), "map");
	message()->words[0] = FAULT_RESUME;
	must(port_send(reply, 8, 0, 0, 0, 0), "resume");
	check(told && receive(watch) == RECEIVED_REPLY &&
		message()->words[0] == 5,
	    "a_fault_handler_brings_the_page_and_resumes");
	child_end(&child);
}

static void
test_revoked_memory(void)
{
	struct child child;
	cap_t port = port_new(1), faults = port_new(1), watch = port_new(1);
	cap_t sender, memory, lent, frame;
	uint64_t *at;

	must(cap_badge(port, RIGHT_SEND, 3, 1, &sender), "sender");
	must(cap_range(raw_take(1), RIGHT_READ | RIGHT_WRITE | RIGHT_DERIVE, 0,
		 1, &memory),
	    "memory");
	must(cap_range(memory, RIGHT_READ | RIGHT_WRITE, 0, 1, &frame),
	    "frame");
	at = map_anywhere(frame, VM_READ | VM_WRITE);
	*at = 4711;
	must(cap_range(memory, RIGHT_READ, 0, 1, &lent), "lend");
	start_child(&child, "reader", sender, lent, faults, watch);
	check(receive(port) == RECEIVED_MESSAGE && message()->words[0] == 4711,
	    "memory_is_shared_between_spaces");
	must(cap_revoke(memory), "revoke");
	check(receive(faults) == RECEIVED_FAULT &&
		((struct fault *)message()->words)->kind == FAULT_READ,
	    "revoked_memory_is_unmapped_at_once");
	cap_close(message()->reply);
	receive(watch);
	child_end(&child);
}

/* A range never moves, and is its holder's until its maker takes it back:
 * that is all that a device needs. */
static void
test_bus(void)
{
	uint64_t bus = 0, second = 0;
	cap_t memory = raw_take(2), page, secret;

	must(cap_range(memory, RIGHT_READ | RIGHT_WRITE | RIGHT_BUS, 1, 1,
		 &page),
	    "page");
	check(memory_bus(memory, &bus) == E_OK && bus % PAGE_SIZE == 0 &&
		memory_bus(page, &second) == E_OK &&
		second == bus + PAGE_SIZE,
	    "memory_has_a_bus_address");
	must(cap_close(page), "close");
	must(cap_range(memory, RIGHT_READ, 0, 1, &secret), "secret");
	check(memory_bus(secret, &bus) == E_NO_RIGHTS,
	    "the_bus_address_needs_its_right");
}

static void
test_timer(void)
{
	cap_t port;

	port = port_new(1);
	must(sched_switch_server(machine, port, 0), "server");
	must(sched_switch_timer(machine, sys_time() + 20000000), "timer");

	uint64_t before = sys_time(), bits = 0;

	while (!(bits & BIT_DEADLINE) && sys_time() < before + 2000000000) {
		if (receive(port) == RECEIVED_BITS)
			bits |= message()->words[0];
	}
	check((bits & BIT_DEADLINE) && sys_time() >= before + 15000000,
	    "deadline_arrives_as_a_notification");
	must(cap_close(port), "destroy");
}

static void
test_interrupt(void)
{
	const struct boot_info *boot = gbsd_start()->boot;
	cap_t port, interrupt = 0;

	port = port_new(1);
	check(cap_bind(machine, boot->console_interrupt, port, 2, &interrupt) ==
		E_OK,
	    "interrupt_is_bound_to_a_port");
	printf("press: ");
	fflush(stdout);
	check(receive(port) == RECEIVED_BITS && message()->words[0] == 2,
	    "interrupt_arrives_as_a_notification");

	uint8_t byte;

	check(sys_debug_read(machine, &byte) == E_OK && byte == 'x',
	    "console_input_is_read");
	check(sys_signal(interrupt, SIGNAL_ACKNOWLEDGE, 0) == E_OK, "interrupt_acknowledged");
	cap_close(interrupt);
}

/* In its first life init leaves a page and a port, and dies. */
static void
first_life(void)
{
	struct start *start = (struct start *)(uintptr_t)gbsd_start();
	volatile uintptr_t nowhere = 8;
	void *keep = map_anywhere(raw_take(1), VM_READ | VM_WRITE);
	cap_t port = port_new(1);

	*(cap_t *)keep = port;
	start->keep = (uint64_t)keep;
	printf("init dies on purpose\n");
	*(volatile int *)nowhere = 1;
}

static void
test_second_life(void)
{
	const cap_t *keep = (const cap_t *)gbsd_start()->keep;
	enum received kind;

	check(gbsd_start()->restarts == 1, "kernel_restarts_init");
	check(keep != NULL &&
		port_receive(*keep, RECEIVE_NO_WAIT, &kind) == E_WOULD_BLOCK,
	    "init_keeps_memory_and_capabilities_over_its_death");
}

static int
parent(void)
{
	machine = gbsd_cap("machine");
	if (gbsd_start()->restarts == 0)
		first_life();
	test_second_life();
	must(archive_open(&archive), "archive");
	must(archive_find(&archive, "bin/slice", &self), "find");
	test_time();
	test_port_to_itself();
	test_thread_and_upcall();
	test_crash();
	test_pager();
	test_server();
	test_revoked_memory();
	test_bus();
	test_timer();
	test_interrupt();
	printf("%u passed, %u failed\n", passed, failed);
	fflush(stdout);
	must(sys_signal(machine, SIGNAL_POWER_OFF, failed != 0), "power off");
	return 0;
}

int
main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 2)
		return parent();
	if (strcmp(argv[1], "server") == 0)
		return child_server();
	if (strcmp(argv[1], "crash") == 0)
		return child_crash();
	if (strcmp(argv[1], "pager") == 0)
		return child_pager();
	return child_reader();
}
