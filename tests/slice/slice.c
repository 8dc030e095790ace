/*
 * slice: the whole ABI once, on whatever machine it is started.
 *
 * It is init of an archive of its own, and starts itself again as children
 * with a role in argv[1].  Each check prints "ok NAME" or "FAIL NAME"; the
 * last line is the count, and the machine's exit status 0 if all is well.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gbsd/archive.h>
#include <gbsd/calls.h>
#include <gbsd/spawn.h>

enum { STACK = 16 * 1024, QUESTION = 40, ANSWER = 42, KEEP_MAGIC = 0x6b656570 };

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

/* Bad news outside a check: what follows would make no sense. */
static void
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
 * later life, answers that with what it kept. */
static int
child_server(void)
{
	cap_t port = gbsd_cap("port");
	uint64_t *keep = (uint64_t *)gbsd_start()->keep;

	for (;;) {
		enum received kind = receive(port);
		cap_t reply = message()->reply;

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
	cap_t memory = gbsd_cap("memory"), port = gbsd_cap("port");
	volatile uint64_t *at;
	void *address = NULL;

	must(vm_map(memory, 0, PAGE_SIZE, VM_READ, 0, &address), "map");
	at = address;
	message()->words[0] = *at;
	must(port_send(port, 8, 0, 0, 0, 0), "report");
	while (*at != 0)
		; /* until it is revoked */
	return 0;
}

/* --- the parent ----------------------------------------------------------*/

static struct spawn spawn; /* of the child started last */

static cap_t
start_child(const char *role, cap_t port, cap_t memory, cap_t faults,
    cap_t watch, size_t keep)
{
	char *argv[] = { "slice", (char *)role, NULL };
	cap_t space = 0;

	must(spawn_begin(&spawn, 0), "begin");
	must(spawn_quota(&spawn_default_limits), "quota");
	must(spawn_copy(&spawn, "print", machine, RIGHT_PRINT), "print");
	must(spawn_give(&spawn, "port", port), "give port");
	if (memory != 0)
		must(spawn_give(&spawn, "memory", memory), "give memory");
	must(cap_fault_port(0, faults), "fault port");
	must(cap_watch_death(0, watch, 77), "watch");
	if (keep != 0)
		must(spawn_keep(&spawn, keep), "keep");
	must(spawn_image(&spawn, self.data, self.size), "image");
	must(spawn_start(&spawn, role, argv, NULL, &space), "start");
	return space;
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
	cap_t port;
	enum received kind;

	must(port_allocate(2, &port), "allocate");
	message()->words[0] = 5;
	check(port_send(port, 8, 0, 0, 0, 0) == E_OK, "send_queues");
	check(port_send(port, 8, 0, 0, 0, 0) == E_OK, "send_queues_again");
	check(port_send(port, 8, 0, 0, 0, 0) == E_PORT_FULL, "share_is_a_bound");
	message()->words[0] = 0;
	check(receive(port) == RECEIVED_MESSAGE && message()->words[0] == 5,
	    "message_arrives");
	check(port_receive(port, RECEIVE_NO_WAIT, &kind) == E_OK, "second");
	check(port_receive(port, RECEIVE_NO_WAIT, &kind) == E_WOULD_BLOCK,
	    "empty_port_does_not_wait_if_told_so");
	check(cap_destroy(port) == E_OK &&
		port_send(port, 8, 0, 0, 0, 0) == E_INVALID_PORT,
	    "destroyed_port_ends_communication");
	cap_close(port);
	check(port_send(port, 8, 0, 0, 0, 0) == E_INVALID_PORT,
	    "stale_handle_is_refused");
}

static volatile uint64_t upcalls, thread_ran, spinning;

static void
thread(uint64_t argument)
{
	thread_ran = argument;
	for (;;) {
		spinning++;
		if (upcalls != 0)
			break;
	}
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
	char *stack = malloc(STACK);
	cap_t task, port;

	must(port_allocate(1, &port), "port");
	must(sched_spawn(SPAWN_TASK, (uint64_t)thread_start,
		 ((uint64_t)stack + STACK) & -16ull, 11, "thread", &task),
	    "thread");
	must(cap_watch_death(task, port, 5), "watch");
	while (spinning == 0)
		sched_yield_now();
	check(thread_ran == 11, "second_task_runs_in_the_space");

	uint64_t before = spinning;

	for (uint64_t t = sys_time(); sys_time() < t + 50000000;)
		;
	check(spinning > before, "timer_preempts_a_busy_task");
	must(sys_signal(task, SIGNAL_BITS, 4), "signal");
	check(receive(port) == RECEIVED_EVENT && message()->badge == 5 &&
		message()->words[0] == EVENT_DEATH && upcalls == 4,
	    "upcall_enters_a_running_task");
	free(stack);
}

static void
test_server(void)
{
	cap_t port, watch, client, reply, extra, space, kept;
	char *argv[] = { "slice", "server", NULL };

	must(port_allocate(1, &port), "port");
	must(port_allocate(1, &watch), "watch");
	must(port_allocate(1, &reply), "reply");
	must(port_allocate(1, &extra), "extra");
	must(cap_badge(port, RIGHT_SEND, 1, 4, &client), "badge");
	must(cap_derive(port, RIGHT_RECEIVE | RIGHT_SEND, 0, &kept), "kept");
	space = start_child("server", kept, 0, watch, watch, PAGE_SIZE);

	cap_t gift;

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
	check(receive(watch) == RECEIVED_EVENT &&
		message()->words[0] == EVENT_DEATH && message()->words[1] == 7,
	    "death_is_told_with_its_status");

	/* Its table and its KEEP memory are as they were. */
	struct spawn before = spawn;

	must(spawn_begin(&spawn, space), "begin again");
	for (unsigned i = 0; i < before.cap_count; i++)
		spawn_recall(
		    &spawn, before.caps[i].name, before.caps[i].cap);
	spawn.restarts = 1;
	spawn.keep = before.keep;
	spawn.keep_size = before.keep_size;
	must(cap_watch_death(0, watch, 78), "watch again");
	must(spawn_file(&spawn, &self), "image again");
	must(spawn_start(&spawn, "server", argv, NULL, &gift), "new life");
	message()->words[0] = 99;
	must(port_send(client, 8, 0, 0, reply, 57), "ask");
	check(receive(reply) == RECEIVED_REPLY && message()->badge == 57 &&
		message()->words[0] == KEEP_MAGIC,
	    "restarted_server_answers_old_clients_from_kept_memory");
	must(sys_signal(space, SIGNAL_KILL, 9), "kill");
	check(receive(watch) == RECEIVED_EVENT && message()->badge == 78 &&
		message()->words[1] == 9,
	    "killed_space_tells_its_status");
	cap_close(space);
}

static void
test_crash(void)
{
	cap_t port, faults, watch, space;

	must(port_allocate(1, &port), "port");
	must(port_allocate(1, &faults), "faults");
	must(port_allocate(1, &watch), "watch");
	space = start_child("crash", port, 0, faults, watch, 0);

	bool told = receive(faults) == RECEIVED_MESSAGE;
	struct fault *fault = (struct fault *)message()->words;

	check(told && fault->event == EVENT_FAULT &&
		fault->kind == FAULT_WRITE && fault->address == 0x10,
	    "fault_is_a_message_with_its_place");
	cap_close(message()->reply); /* a dropped answer kills */
	check(receive(watch) == RECEIVED_EVENT &&
		message()->words[0] == EVENT_DEATH,
	    "unanswered_fault_kills_the_task");
	cap_close(space);
}

static void
test_revoked_memory(void)
{
	cap_t port, sender, faults, watch, space, memory, lent;
	void *at = NULL;

	must(port_allocate(1, &port), "port");
	must(port_allocate(1, &faults), "faults");
	must(port_allocate(1, &watch), "watch");
	must(cap_badge(port, RIGHT_SEND, 3, 1, &sender), "sender");
	must(vm_object(PAGE_SIZE, 0, &memory), "memory");
	must(vm_map(memory, 0, PAGE_SIZE, VM_READ | VM_WRITE, 0, &at),
	    "map");
	*(uint64_t *)at = 4711;
	must(cap_derive(memory, RIGHT_READ, 0, &lent), "lend");
	space = start_child("reader", sender, lent, faults, watch, 0);
	check(receive(port) == RECEIVED_MESSAGE && message()->words[0] == 4711,
	    "memory_is_shared_between_spaces");
	/* The own mapping hangs below the same capability and goes too. */
	must(cap_revoke(memory), "revoke");
	check(receive(faults) == RECEIVED_MESSAGE &&
		((struct fault *)message()->words)->kind == FAULT_READ,
	    "revoked_memory_is_unmapped_at_once");
	cap_close(message()->reply);
	receive(watch);
	cap_close(space);
	cap_close(memory);
}

static void
test_pin(void)
{
	uint64_t bus = 0;
	cap_t memory;

	must(vm_object(2 * PAGE_SIZE, 0, &memory), "memory");
	check(vm_pin(memory, PAGE_SIZE, machine, &bus) == E_OK && bus != 0 &&
		bus % PAGE_SIZE == 0,
	    "pinned_memory_has_a_bus_address");
	check(vm_unpin(memory, PAGE_SIZE, machine) == E_OK &&
		vm_unpin(memory, PAGE_SIZE, machine) == E_STATE,
	    "pins_are_counted");
	cap_close(memory);
}

static void
test_timer(void)
{
	cap_t port;

	must(port_allocate(1, &port), "port");
	must(sched_switch(machine, SWITCH_SERVER, port, 0), "server");
	must(sched_switch(
		 machine, SWITCH_TIMER, 0, sys_time() + 20000000),
	    "timer");

	uint64_t before = sys_time(), bits = 0;

	while (!(bits & BIT_DEADLINE) && sys_time() < before + 2000000000) {
		if (receive(port) == RECEIVED_BITS)
			bits |= message()->words[0];
	}
	check((bits & BIT_DEADLINE) && sys_time() >= before + 15000000,
	    "deadline_arrives_as_a_notification");
	must(cap_destroy(port), "destroy");
}

static void
test_interrupt(void)
{
	const struct boot_info *boot = gbsd_start()->boot;
	cap_t port, interrupt = 0;

	must(port_allocate(1, &port), "port");
	check(cap_bind(machine, boot->console_interrupt, port, 2, &interrupt) ==
		E_OK,
	    "interrupt_is_bound_to_a_port");
	printf("press: ");
	fflush(stdout);
	check(receive(port) == RECEIVED_BITS && message()->words[0] == 2,
	    "interrupt_arrives_as_a_notification");

	uint8_t bytes[7];
	unsigned count = 0;

	check(sys_debug_read(machine, bytes, &count) == E_OK && count > 0 &&
		bytes[0] == 'x',
	    "console_input_is_read");
	check(sys_signal(interrupt, 0, 0) == E_OK, "interrupt_acknowledged");
	cap_close(interrupt);
}

/* In its first life init leaves a page and a port, and dies. */
static void
first_life(void)
{
	struct start *start = (struct start *)(uintptr_t)gbsd_start();
	volatile uintptr_t nowhere = 8;
	void *keep = NULL;
	cap_t port;

	must(vm_new(PAGE_SIZE, VM_READ | VM_WRITE | VM_KEEP, &keep), "keep");
	must(port_allocate(1, &port), "port");
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
	test_server();
	test_revoked_memory();
	test_pin();
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
	return child_reader();
}
