/*
 * test_kernel_capability: handles, the derivation tree and cap_move.
 *
 * Contract: a handle that was closed or revoked never names anything again; a
 * child has no right that its parent lacks and dies with it when that is
 * revoked, however many there are and wherever they went; running out of
 * quota is an error to the one who asked.
 */
#include "kernel_test.h"

enum { CHILD = 0x61, OTHER, MANY = 10000, PER_PAGE = 63, TABLE_MAX = 4096 };

/* --- handles ---------------------------------------------------------------*/

static void
closed_handle_names_nothing_again(void **state)
{
	cap_t a = new_memory(1), b;

	(void)state;
	must(close_cap(a));
	assert_error(query(a), E_INVALID_CAP);
	assert_error(close_cap(a), E_INVALID_CAP);
	b = new_memory(1);
	assert_int_equal((uint32_t)a, (uint32_t)b); /* the same slot */
	assert_int_not_equal(a, b);
	assert_error(query(a), E_INVALID_CAP);
	must(query(b));
}

static void
handles_out_of_the_table_name_nothing(void **state)
{
	static const cap_t handles[] = { 0, 1, 64, 1ull << 32, 1ull << 32 | 64,
		1ull << 32 | 63, 1ull << 32 | 32768, 1ull << 32 | 262143,
		1ull << 32 | 262144, 1ull << 32 | UINT32_MAX, UINT64_MAX };

	(void)state;
	for (unsigned i = 0; i < sizeof handles / sizeof *handles; i++)
		assert_error(query(handles[i]), E_INVALID_CAP);
}

static void
handle_of_another_space_names_nothing_here(void **state)
{
	cap_t there, memory = new_memory(1), many[10];
	struct hal_context *child;

	(void)state;
	for (unsigned i = 0; i < 10; i++)
		many[i] = new_memory(1);
	child = new_child(CHILD, memory, &there, NULL);
	become(child);
	must(query(there));
	assert_error(query(many[9]), E_INVALID_CAP);
}

static void
table_grows_over_its_pages(void **state)
{
	cap_t caps[3 * PER_PAGE];

	(void)state;
	for (unsigned i = 0; i < 3 * PER_PAGE; i++) {
		caps[i] = derive(cap_print, RIGHT_PRINT);
		assert_int_not_equal((uint32_t)caps[i] % 64, 0);
	}
	for (unsigned i = 0; i < 3 * PER_PAGE; i++)
		must(query(caps[i]));
	for (unsigned i = 0; i < 3 * PER_PAGE; i++)
		must(close_cap(caps[i]));
}

static void
table_grows_over_its_first_root(void **state)
{
	cap_t last = 0;

	(void)state;
	while ((uint32_t)last < 32768 + 200)
		last = derive(cap_print, RIGHT_PRINT);
	must(query(last));
	must(close_cap(last));
	must(query(derive(cap_print, 0)));
	must(revoke(cap_print));
}

/* 262144 places in all; what was closed can be had again. */
static void
full_table_is_refused_until_something_is_closed(void **state)
{
	struct machine_options big = { .pages = 32768 };
	cap_t first, last = 0;
	uint64_t result = 0;

	(void)state;
	test_start(NULL);
	machine_start(&big);
	init = machine.current;
	invariants_check();
	first = must(CALL(vm_allocate, 0, PAGE_SIZE, VM_OBJECT));
	for (;;) {
		result = CALL(cap_move, first, CAP_DERIVE, RIGHT_READ);
		if (error_of(result) != E_OK)
			break;
		last = result;
	}
	assert_int_equal(error_of(result), E_NO_MEMORY);
	assert_int_equal((uint32_t)last, 262143);
	must(close_cap(last));
	must(CALL(cap_move, first, CAP_DERIVE, RIGHT_READ));
	assert_error(
	    CALL(cap_move, first, CAP_DERIVE, RIGHT_READ), E_NO_MEMORY);
}

/* --- deriving ----------------------------------------------------------------*/

static void
child_has_the_rights_asked_for(void **state)
{
	cap_t memory = new_memory(3);
	uint64_t info = query(derive(memory, RIGHT_READ));

	(void)state;
	assert_int_equal(CAP_INFO_TYPE(info), OBJECT_MEMORY);
	assert_int_equal(CAP_INFO_RIGHTS(info), RIGHT_READ);
	assert_int_equal(CAP_INFO_PAGES(info), 3);
	assert_false(CAP_INFO_SOLE(info));
}

static void
more_rights_than_the_parent_has_are_refused(void **state)
{
	cap_t memory = new_memory(1);
	cap_t reader = derive(memory, RIGHT_READ | RIGHT_DERIVE);

	(void)state;
	assert_error(
	    CALL(cap_move, reader, CAP_DERIVE, RIGHT_WRITE), E_NO_RIGHTS);
	assert_error(CALL(cap_move, memory, CAP_DERIVE, -1), E_NO_RIGHTS);
	assert_error(
	    CALL(cap_move, memory, CAP_DERIVE, 1ull << 32), E_NO_RIGHTS);
	assert_error(CALL(cap_move, 0, CAP_DERIVE, 0), E_INVALID_CAP);
}

static void
deriving_needs_its_right(void **state)
{
	cap_t reader = derive(new_memory(1), RIGHT_READ);

	(void)state;
	assert_error(
	    CALL(cap_move, reader, CAP_DERIVE, RIGHT_READ), E_NO_RIGHTS);
}

static void
deriving_without_quota_is_refused(void **state)
{
	cap_t memory = new_memory(1);

	(void)state;
	stage_quota(invariants_left(init, QUOTA_CAPABILITIES), 0, 0, 0);
	assert_error(CALL(cap_move, memory, CAP_DERIVE, 0), E_QUOTA);
	assert_error(
	    CALL(cap_move, memory, CAP_BADGE, RIGHT_SEND, 0, 1), E_NO_RIGHTS);
	assert_error(CALL(port_allocate, 1), E_QUOTA);
	assert_error(CALL(vm_allocate, 0, PAGE_SIZE, VM_OBJECT), E_QUOTA);
	assert_error(
	    CALL(vm_allocate, 0, PAGE_SIZE, VM_NEW | VM_READ), E_QUOTA);
	assert_error(CALL(sched_spawn, SPAWN_TASK, 0, 0, 9), E_QUOTA);
	assert_error(CALL(cap_move, cap_machine, CAP_BIND, 1, 0, 0), E_QUOTA);
}

static void
minting_without_quota_is_refused(void **state)
{
	cap_t port = new_port(1);
	uint64_t slots = invariants_left(init, QUOTA_SLOTS);

	(void)state;
	stage_quota(0, slots - 1, 0, 0);
	assert_error(
	    CALL(cap_move, port, CAP_BADGE, RIGHT_SEND, 0, 2), E_QUOTA);
	must(CALL(cap_move, port, CAP_BADGE, RIGHT_SEND, 0, 1));
	assert_error(CALL(port_allocate, 1), E_QUOTA);
	assert_error(CALL(cap_move, port, CAP_WATCH, 0, port, 1), E_QUOTA);
	stage_quota(invariants_left(init, QUOTA_CAPABILITIES), 0, 0, 0);
	assert_error(
	    CALL(cap_move, port, CAP_BADGE, RIGHT_SEND, 0, 0), E_QUOTA);
}

static void
closing_hands_the_children_to_the_parent(void **state)
{
	cap_t memory = new_memory(1);
	cap_t middle = derive(memory, RIGHT_READ | RIGHT_DERIVE);
	cap_t below = derive(middle, RIGHT_READ);

	(void)state;
	must(close_cap(middle));
	must(query(below));
	must(revoke(memory));
	assert_error(query(below), E_INVALID_CAP);
}

static void
children_of_a_closed_root_live_on(void **state)
{
	cap_t memory = new_memory(1);
	cap_t a = derive(memory, RIGHT_READ | RIGHT_DERIVE);
	cap_t b = derive(memory, RIGHT_READ), c = derive(a, RIGHT_READ);

	(void)state;
	must(close_cap(memory));
	must(revoke(a));
	assert_error(query(c), E_INVALID_CAP);
	must(query(b));
	must(revoke(b));
	must(query(a));
}

/* --- revoking ----------------------------------------------------------------*/

static void
revoking_kills_descendants_and_nothing_else(void **state)
{
	cap_t memory = new_memory(1);
	cap_t a = derive(memory, RIGHT_READ | RIGHT_DERIVE);
	cap_t b = derive(memory, RIGHT_READ), c = derive(a, RIGHT_READ);

	(void)state;
	must(revoke(a));
	must(query(a));
	must(query(b));
	must(query(memory));
	assert_error(query(c), E_INVALID_CAP);
}

static void
ten_thousand_descendants_go_in_bounded_steps(void **state)
{
	cap_t memory = new_memory(1), parent = memory, first = 0;
	uint64_t steps = 1, result;

	(void)state;
	for (unsigned i = 0; i < MANY; i++) {
		cap_t c = derive(parent, RIGHT_READ | RIGHT_DERIVE);

		if (i % 100 == 99)
			parent = c; /* wide and deep */
		if (i == 0)
			first = c;
	}
	machine.hold_again = true;
	for (result = revoke(memory); result == CALL_HELD;
	     result = machine_again())
		steps++;
	must(result);
	assert_in_range(steps, MANY / 64, MANY);
	assert_error(query(first), E_INVALID_CAP);
	assert_error(query(parent), E_INVALID_CAP);
	assert_int_equal(CAP_INFO_SOLE(query(memory)), 1);
}

static void
nothing_grows_below_what_is_being_revoked(void **state)
{
	cap_t memory = new_memory(1), below = 0, b;
	struct hal_context *helper = new_thread(OTHER, NULL);
	uint64_t steps = 0, result;

	(void)state;
	for (unsigned i = 0; i < 500; i++) {
		b = derive(memory, RIGHT_READ | RIGHT_DERIVE);
		if (i == 0)
			below = b;
	}
	machine.hold_again = true;
	assert_int_equal(revoke(memory), CALL_HELD);
	must(CALL(sched_yield, YIELD)); /* replaces the held call */
	become(helper);
	/* Whoever derives does the revoker's work first. */
	result = CALL(cap_move, below, CAP_DERIVE, RIGHT_READ);
	for (; result == CALL_HELD; result = machine_again())
		steps++;
	assert_true(steps > 4);
	assert_error(result, E_INVALID_CAP);
	b = derive(memory, RIGHT_READ);
	must(query(b));
}

static void
sending_mapping_and_staging_help_too(void **state)
{
	cap_t memory = new_memory(1), port = new_port(2);
	cap_t own = derive(memory, RIGHT_READ | RIGHT_DERIVE), other = 0;
	cap_t others[3];

	(void)state;
	stage_quota(8, 8, 8, 8);
	for (unsigned i = 0; i < 3; i++) {
		for (unsigned k = 0; k < 200; k++)
			derive(own, RIGHT_READ);
		other = derive(memory, RIGHT_READ | RIGHT_DERIVE);
		others[i] = other;
		machine.hold_again = true;
		assert_int_equal(revoke(own), CALL_HELD);
		if (i == 0)
			assert_int_equal(send_caps(port, other, 0), CALL_HELD);
		else if (i == 1)
			assert_int_equal(CALL(vm_allocate, 0, PAGE_SIZE,
					     VM_MAP | VM_READ, other),
			    CALL_HELD);
		else
			assert_int_equal(
			    CALL(cap_move, other, CAP_STAGE), CALL_HELD);
		machine.hold_again = false;
		while (machine.current->again)
			machine_again();
		must(machine_result(init));
	}
	assert_error(query(others[0]), E_INVALID_CAP); /* sent */
	must(query(others[1]));
	assert_error(query(others[2]), E_INVALID_CAP); /* staged */
}

static void
second_revoker_of_the_family_waits_for_the_first(void **state)
{
	cap_t memory = new_memory(1);
	cap_t a = derive(memory, RIGHT_READ | RIGHT_DERIVE);
	cap_t b = derive(memory, RIGHT_READ | RIGHT_DERIVE), c = 0, d = 0;

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		c = derive(a, RIGHT_READ);
		d = derive(b, RIGHT_READ);
	}
	machine.hold_again = true;
	assert_int_equal(revoke(a), CALL_HELD);
	machine.hold_again = false;
	must(revoke(b));
	assert_error(query(c), E_INVALID_CAP);
	assert_error(query(d), E_INVALID_CAP);
}

static void
closing_what_is_being_revoked_ends_the_revocation(void **state)
{
	cap_t memory = new_memory(1);
	cap_t a = derive(memory, RIGHT_READ | RIGHT_DERIVE), c = 0;

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		c = derive(a, RIGHT_READ);
	machine.hold_again = true;
	assert_int_equal(revoke(a), CALL_HELD);
	assert_int_equal(close_cap(a), CALL_HELD);
	machine.hold_again = false;
	while (machine.current->again)
		machine_again();
	must(machine_result(init));
	assert_error(query(c), E_INVALID_CAP);
	must(query(derive(memory, RIGHT_READ)));
}

static void
space_that_dies_while_it_revokes_ends_the_revocation(void **state)
{
	cap_t memory = new_memory(1), there, space;
	cap_t lent = derive(memory, RIGHT_READ | RIGHT_DERIVE);
	struct hal_context *child;

	(void)state;
	stage_quota(2000, 64, 64, 4);
	there = must(CALL(cap_move, lent, CAP_STAGE));
	child = new_space(CHILD, &space);
	become(child);
	for (unsigned i = 0; i < 1000; i++)
		derive(there, RIGHT_READ);
	machine.hold_again = true;
	assert_int_equal(revoke(there), CALL_HELD);
	machine.hold_again = false;
	become(init);
	must(CALL(sys_signal, space, SIGNAL_KILL, 1));
	must(close_cap(space));
	invariants_settle();
	assert_int_equal(CAP_INFO_SOLE(query(memory)), 1);
}

static void
revoked_capabilities_are_gone_in_other_spaces(void **state)
{
	cap_t memory = new_memory(1), there;
	struct hal_context *child =
	    new_child(CHILD, derive(memory, RIGHT_READ), &there, NULL);

	(void)state;
	must(revoke(memory));
	become(child);
	assert_error(query(there), E_INVALID_CAP);
}

static void
revoked_memory_is_unmapped(void **state)
{
	cap_t memory = new_memory(600), there;
	uint64_t here = map(memory, 600, VM_READ | VM_WRITE), at;
	struct hal_context *child =
	    new_child(CHILD, derive(memory, RIGHT_READ), &there, NULL);

	(void)state;
	machine_trap(HAL_TRAP_FAULT, FAULT_WRITE, here);
	become(child);
	at = map(there, 1, VM_READ);
	assert_int_not_equal(machine_shows(machine.space, at), 0);
	become(init);
	must(revoke(memory));
	assert_int_equal(machine_shows(invariants_space(child), at), 0);
	assert_int_equal(machine_shows(invariants_space(init), here), 0);
}

/* --- expiry ------------------------------------------------------------------*/

static void
expired_capability_is_refused(void **state)
{
	cap_t port = new_port(4), badge = new_badge(port, 1, 4), lease, below;

	(void)state;
	lease = must(
	    CALL(cap_move, badge, CAP_DERIVE, RIGHT_SEND | RIGHT_DERIVE, 1000));
	below = must(CALL(cap_move, lease, CAP_DERIVE, RIGHT_SEND, 2000));
	must(send(lease, 1));
	machine.now = 999;
	must(send(below, 1));
	machine.now = 1000;
	assert_error(send(lease, 1), E_EXPIRED);
	assert_error(send(below, 1), E_EXPIRED);
	assert_error(send_caps(port, lease, 0), E_EXPIRED);
	must(send(badge, 1));
}

static void
child_may_expire_earlier(void **state)
{
	cap_t port = new_port(4), badge = new_badge(port, 1, 4), lease, below;

	(void)state;
	lease = must(
	    CALL(cap_move, badge, CAP_DERIVE, RIGHT_SEND | RIGHT_DERIVE, 1000));
	below = must(CALL(cap_move, lease, CAP_DERIVE, RIGHT_SEND, 500));
	machine.now = 500;
	assert_error(send(below, 1), E_EXPIRED);
	must(send(lease, 1));
}

static void
expired_capability_can_be_closed(void **state)
{
	cap_t port = new_port(4), badge = new_badge(port, 1, 4);
	uint64_t left = invariants_left(init, QUOTA_CAPABILITIES);
	cap_t lease = must(
	    CALL(cap_move, badge, CAP_DERIVE, RIGHT_SEND | RIGHT_DERIVE, 10));

	(void)state;
	machine.now = 10;
	must(close_cap(lease));
	assert_int_equal(invariants_left(init, QUOTA_CAPABILITIES), left);
	assert_error(close_cap(lease), E_INVALID_CAP);
}

/* --- watching ----------------------------------------------------------------*/

static void
watch_tells_of_revocation(void **state)
{
	cap_t port = new_port(4), memory = new_memory(1);
	cap_t lent = derive(memory, RIGHT_READ);

	(void)state;
	must(CALL(cap_move, lent, CAP_WATCH, 0, port, 9));
	assert_error(CALL(cap_move, lent, CAP_WATCH, 0, port, 9), E_STATE);
	must(revoke(memory));
	assert_int_equal(poll(port), RECEIVED_EVENT);
	assert_int_equal(message()->badge, 9);
	assert_int_equal(message()->words[0], EVENT_REVOKED);
	assert_int_equal(message()->words[1], lent);
	assert_error(poll(port), E_WOULD_BLOCK);
}

static void
watch_ends_with_a_close(void **state)
{
	cap_t port = new_port(4), memory = new_memory(1);
	uint64_t left = invariants_left(init, QUOTA_SLOTS);
	cap_t lent = derive(memory, RIGHT_READ);

	(void)state;
	must(CALL(cap_move, lent, CAP_WATCH, 0, port, 9));
	must(close_cap(lent));
	assert_error(poll(port), E_WOULD_BLOCK);
	assert_int_equal(invariants_left(init, QUOTA_SLOTS), left);
}

static void
watched_capability_is_not_staged(void **state)
{
	cap_t port = new_port(4), memory = new_memory(1);

	(void)state;
	must(CALL(cap_move, memory, CAP_WATCH, 0, port, 9));
	assert_error(CALL(cap_move, memory, CAP_STAGE), E_STATE);
	assert_error(
	    CALL(cap_move, memory, CAP_WATCH, 0, new_badge(port, 1, 1), 9),
	    E_NO_RIGHTS);
	assert_error(
	    CALL(cap_move, memory, CAP_WATCH, 0, memory, 9), E_INVALID_PORT);
}

static void
watches_at_a_dead_port_are_freed(void **state)
{
	struct invariants_counts before = invariants_count(), after;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		cap_t port = new_port(1), memory = new_memory(1);
		cap_t lent = derive(memory, RIGHT_READ);

		must(CALL(cap_move, lent, CAP_WATCH, 0, port, 9));
		must(close_cap(port));
		invariants_settle();
		must(revoke(memory));
		must(close_cap(memory));
		after = invariants_count();
		assert_int_equal(after.objects, before.objects);
		assert_memory_equal(after.left, before.left, sizeof after.left);
	}
}

/* A port whose only receiver is watched by the port itself. */
static void
watch_on_its_own_port_is_freed(void **state)
{
	struct invariants_counts before = invariants_count(), after;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		cap_t port = new_port(1);

		must(CALL(cap_move, port, CAP_WATCH, 0, port, 9));
		must(close_cap(port));
		after = invariants_count();
		assert_int_equal(after.objects, before.objects);
		assert_memory_equal(after.left, before.left, sizeof after.left);
	}
}

/* An answer, too, may be watched; its use ends it as a close does. */
static void
watch_on_an_answer_ends_with_its_use(void **state)
{
	cap_t port = new_port(2), reply = new_port(2);
	uint64_t left = invariants_left(init, QUOTA_SLOTS);

	(void)state;
	must(ask(port, reply, 1));
	must(receive(port));
	must(CALL(cap_move, message()->reply, CAP_WATCH, 0, port, 9));
	must(send(message()->reply, 1));
	must(poll(reply));
	assert_error(poll(port), E_WOULD_BLOCK);
	assert_int_equal(invariants_left(init, QUOTA_SLOTS), left);
}

/* --- quota -------------------------------------------------------------------*/

static void
quota_is_handed_over_and_taken_back(void **state)
{
	uint64_t left = invariants_left(init, QUOTA_PAGES);
	cap_t space;
	struct hal_context *child;

	(void)state;
	stage_quota(64, 64, 64, 4);
	child = new_space(CHILD, &space);
	assert_int_equal(invariants_left(init, QUOTA_PAGES), left - 64);
	must(CALL(cap_move, space, CAP_QUOTA, QUOTA_PAGES, 10));
	assert_int_equal(invariants_left(child, QUOTA_PAGES), 73);
	must(CALL(cap_move, space, CAP_QUOTA, QUOTA_PAGES, -73));
	assert_int_equal(invariants_left(child, QUOTA_PAGES), 0);
	assert_error(
	    CALL(cap_move, space, CAP_QUOTA, QUOTA_PAGES, -1), E_QUOTA);
	assert_error(
	    CALL(cap_move, space, CAP_QUOTA, QUOTA_PAGES, left), E_QUOTA);
	assert_error(
	    CALL(cap_move, space, CAP_QUOTA, QUOTA_PAGES, INT64_MIN), E_QUOTA);
	assert_error(
	    CALL(cap_move, space, CAP_QUOTA, QUOTA_PAGES, INT64_MAX), E_QUOTA);
	assert_error(
	    CALL(cap_move, space, CAP_QUOTA, QUOTA_KINDS, 1), E_INVALID);
	assert_error(CALL(cap_move, space, CAP_QUOTA, -1, 1), E_INVALID);
	must(CALL(cap_move, cap_self, CAP_QUOTA, QUOTA_PAGES, 5));
	must(CALL(cap_move, cap_self, CAP_QUOTA, QUOTA_PAGES, -5));
}

static void
quota_of_no_space_is_refused(void **state)
{
	(void)state;
	assert_error(
	    CALL(cap_move, new_memory(1), CAP_QUOTA, 0, 1), E_INVALID_CAP);
	assert_error(
	    CALL(cap_move, derive(cap_self, RIGHT_DERIVE), CAP_QUOTA, 0, 1),
	    E_NO_RIGHTS);
}

/* --- the machine's capability ------------------------------------------------*/

static void
printing_needs_its_right(void **state)
{
	uint64_t at = machine.output_length[STREAM_OUTPUT];

	(void)state;
	must(
	    CALL(sys_debug_print, cap_print, STREAM_OUTPUT | 3 << 8, 0x636261));
	assert_int_equal(machine.output_length[STREAM_OUTPUT], at + 3);
	assert_memory_equal(machine.output[STREAM_OUTPUT] + at, "abc", 3);
	assert_error(
	    CALL(sys_debug_print, cap_print, STREAM_ERROR + 1), E_INVALID);
	assert_error(
	    CALL(sys_debug_print, cap_print, STREAM_LOG | 33 << 8), E_INVALID);
	assert_error(CALL(sys_debug_print, cap_self, 0), E_INVALID_CAP);
	assert_error(CALL(sys_debug_print, derive(cap_machine, RIGHT_BIND), 0),
	    E_NO_RIGHTS);
}

static void
console_is_read_seven_bytes_at_a_time(void **state)
{
	(void)state;
	assert_int_equal(CALL(sys_debug_print, cap_print, STREAM_INPUT), 0);
	machine.input = "abcdefghi";
	assert_int_equal(CALL(sys_debug_print, cap_print, STREAM_INPUT),
	    7 | 0x67666564636261ull << 8);
	assert_int_equal(
	    CALL(sys_debug_print, cap_print, STREAM_INPUT), 2 | 0x6968ull << 8);
}

static void
end_of_the_console_is_told_behind_its_last_byte(void **state)
{
	(void)state;
	machine.input = "a";
	machine.input_ended = true;
	assert_int_equal(
	    CALL(sys_debug_print, cap_print, STREAM_INPUT), 1 | 0x61ull << 8);
	assert_error(
	    CALL(sys_debug_print, cap_print, STREAM_INPUT), E_UNAVAILABLE);
}

static void
power_needs_its_right(void **state)
{
	(void)state;
	assert_error(
	    CALL(sys_signal, cap_print, SIGNAL_POWER_OFF, 0), E_NO_RIGHTS);
	assert_error(
	    CALL(sys_signal, cap_machine, SIGNAL_KILL, 0), E_INVALID_CALL);
	CALL(sys_signal, cap_machine, SIGNAL_POWER_OFF, 0x107);
	assert_true(machine.halted);
	assert_int_equal(machine.how, HAL_POWER_OFF);
	assert_int_equal(machine.status, 7);
}

static void
machine_can_be_reset(void **state)
{
	(void)state;
	CALL(sys_signal, cap_machine, SIGNAL_RESET, 0);
	assert_true(machine.halted);
	assert_int_equal(machine.how, HAL_RESET);
}

static void
time_is_the_machines(void **state)
{
	(void)state;
	machine.now = 12345;
	assert_int_equal(CALL(sys_time), 12345);
}

/* --- interrupts --------------------------------------------------------------*/

static void
interrupt_sets_its_bits_and_is_acknowledged(void **state)
{
	cap_t port = new_port(1), interrupt;

	(void)state;
	interrupt = must(CALL(cap_move, cap_machine, CAP_BIND, 3, port, 0x30));
	assert_false(machine.masked[3]);
	assert_int_equal(CAP_INFO_TYPE(query(interrupt)), OBJECT_INTERRUPT);
	machine.masked[3] = true;
	machine_trap(HAL_TRAP_INTERRUPT, 3, 0);
	machine_trap(HAL_TRAP_INTERRUPT, 4, 0); /* no one's */
	machine_trap(HAL_TRAP_INTERRUPT, HAL_INTERRUPTS, 0);
	assert_int_equal(poll(port), RECEIVED_BITS);
	assert_int_equal(message()->words[0], 0x30);
	assert_true(machine.masked[3]);
	must(CALL(sys_signal, interrupt, 0, 0));
	assert_false(machine.masked[3]);
	must(close_cap(interrupt));
	assert_true(machine.masked[3]);
	must(CALL(cap_move, cap_machine, CAP_BIND, 3, port, 1));
}

static void
binding_is_refused_without_right_or_twice(void **state)
{
	cap_t port = new_port(1);

	(void)state;
	assert_error(
	    CALL(cap_move, cap_print, CAP_BIND, 3, port, 1), E_NO_RIGHTS);
	assert_error(
	    CALL(cap_move, cap_self, CAP_BIND, 3, port, 1), E_INVALID_CAP);
	assert_error(
	    CALL(cap_move, cap_machine, CAP_BIND, 3, new_badge(port, 1, 1), 1),
	    E_NO_RIGHTS);
	assert_error(
	    CALL(cap_move, cap_machine, CAP_BIND, HAL_INTERRUPTS, port, 1),
	    E_INVALID);
	assert_error(
	    CALL(cap_move, cap_machine, CAP_BIND, -1, port, 1), E_INVALID);
	must(CALL(cap_move, cap_machine, CAP_BIND, 3, port, 1));
	assert_error(
	    CALL(cap_move, cap_machine, CAP_BIND, 3, port, 1), E_STATE);
}

static void
interrupt_takes_no_other_signal(void **state)
{
	cap_t port = new_port(1), interrupt;

	(void)state;
	interrupt = must(CALL(cap_move, cap_machine, CAP_BIND, 3, port, 1));
	machine.masked[3] = true;
	assert_error(
	    CALL(sys_signal, interrupt, SIGNAL_KILL, 0), E_INVALID_CALL);
	assert_true(machine.masked[3]);
}

static void
interrupt_of_a_dead_port_harms_no_one(void **state)
{
	cap_t port = new_port(1), interrupt;

	(void)state;
	interrupt = must(CALL(cap_move, cap_machine, CAP_BIND, 3, port, 1));
	must(close_cap(port));
	invariants_settle();
	machine_trap(HAL_TRAP_INTERRUPT, 3, 0);
	invariants_check();
	must(close_cap(interrupt));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(closed_handle_names_nothing_again),
		TEST(handles_out_of_the_table_name_nothing),
		TEST(handle_of_another_space_names_nothing_here),
		TEST(table_grows_over_its_pages),
		TEST(table_grows_over_its_first_root),
		TEST(full_table_is_refused_until_something_is_closed),
		TEST(child_has_the_rights_asked_for),
		TEST(more_rights_than_the_parent_has_are_refused),
		TEST(deriving_needs_its_right),
		TEST(deriving_without_quota_is_refused),
		TEST(minting_without_quota_is_refused),
		TEST(closing_hands_the_children_to_the_parent),
		TEST(children_of_a_closed_root_live_on),
		TEST(revoking_kills_descendants_and_nothing_else),
		TEST(ten_thousand_descendants_go_in_bounded_steps),
		TEST(nothing_grows_below_what_is_being_revoked),
		TEST(sending_mapping_and_staging_help_too),
		TEST(second_revoker_of_the_family_waits_for_the_first),
		TEST(closing_what_is_being_revoked_ends_the_revocation),
		TEST(space_that_dies_while_it_revokes_ends_the_revocation),
		TEST(revoked_capabilities_are_gone_in_other_spaces),
		TEST(revoked_memory_is_unmapped),
		TEST(expired_capability_is_refused),
		TEST(child_may_expire_earlier),
		TEST(expired_capability_can_be_closed),
		TEST(watch_tells_of_revocation),
		TEST(watch_ends_with_a_close),
		TEST(watched_capability_is_not_staged),
		TEST(watches_at_a_dead_port_are_freed),
		TEST(watch_on_its_own_port_is_freed),
		TEST(watch_on_an_answer_ends_with_its_use),
		TEST(quota_is_handed_over_and_taken_back),
		TEST(quota_of_no_space_is_refused),
		TEST(printing_needs_its_right),
		TEST(console_is_read_seven_bytes_at_a_time),
		TEST(end_of_the_console_is_told_behind_its_last_byte),
		TEST(power_needs_its_right),
		TEST(machine_can_be_reset),
		TEST(time_is_the_machines),
		TEST(interrupt_sets_its_bits_and_is_acknowledged),
		TEST(binding_is_refused_without_right_or_twice),
		TEST(interrupt_takes_no_other_signal),
		TEST(interrupt_of_a_dead_port_harms_no_one),
	};

	return cmocka_run_group_tests_name(
	    "kernel: capabilities", tests, NULL, NULL);
}
