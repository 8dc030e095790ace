/*
 * test_kernel_revoke: the derivation tree and its revocation.
 *
 * Contract: revoking kills all descendants and nothing else, in bounded
 * steps; what is closed leaves its children to its parent.
 */
#include "kernel_test.h"

enum { SERVER = 0x51, CLIENT, OTHER };

#define IN_USE "the raw memory is in use"

/* --- revocation ------------------------------------------------------------------*/

static void
revoke_kills_all_descendants_and_nothing_else(void **state)
{
	cap_t port = new_port();
	cap_t a = derive(port, RIGHT_SEND | RIGHT_DERIVE);
	cap_t b = derive(port, RIGHT_SEND | RIGHT_DERIVE);
	cap_t a1 = derive(a, RIGHT_SEND | RIGHT_DERIVE);
	cap_t a2 = derive(a1, RIGHT_SEND), b1 = derive(b, RIGHT_SEND);

	(void)state;
	must(revoke(a));
	assert_error(send(a1, 1), E_INVALID_PORT);
	assert_error(send(a2, 1), E_INVALID_PORT);
	must(send(a, 1));
	must(send(b, 1));
	must(send(b1, 1));
	must(revoke(a));
	must(revoke(port));
	assert_error(send(b1, 1), E_INVALID_PORT);
	must(send(port, 1));
}

static void
children_of_a_closed_entry_are_its_parents(void **state)
{
	cap_t port = new_port();
	uint32_t rights = RIGHT_SEND | RIGHT_DERIVE;
	cap_t b = derive(port, rights), b1 = derive(b, rights);
	cap_t b2 = derive(b1, rights);
	/* Younger than b, so in front of it. */
	cap_t a = derive(port, rights);

	(void)state;
	must(close_cap(b));
	must(revoke(a)); /* a has no children: b's went to the port's */
	must(send(b1, 1));
	must(close_cap(b1));
	must(revoke(a));
	must(send(b2, 1));
	must(revoke(port));
	assert_error(send(b2, 1), E_INVALID_PORT);
}

static void
object_does_not_end_what_fell_to_its_sibling(void **state)
{
	cap_t above = raw(8);
	cap_t first = range(above, RAW, 0, 4);
	cap_t lent = range(first, FRAME, 0, 1);
	cap_t lent_on = range(lent, RIGHT_READ | RIGHT_DERIVE, 0, 1);
	cap_t last = range(lent_on, RIGHT_READ, 0, 1);
	/* An object in the memory of a younger sibling. */
	cap_t second = range(above, RAW, 4, 1);
	cap_t port = must(CALL(port_allocate, second));

	(void)state;
	must(close_cap(lent_on));
	must(close_cap(lent));
	must(close_cap(first));
	invariants_check();
	must(close_cap(port));
	must(map(last, somewhere(1), VM_READ));
	must(revoke(above));
	assert_error(unmap(last), E_INVALID_CAP);
}

static void
siblings_without_parent_stay_apart(void **state)
{
	/* init's own capability of the machine has no parent. */
	cap_t a = derive(cap_machine, RIGHT_PRINT | RIGHT_DERIVE);
	cap_t a1 = derive(a, RIGHT_PRINT);
	cap_t b = derive(cap_machine, RIGHT_PRINT | RIGHT_DERIVE);

	(void)state;
	must(close_cap(a));
	must(close_cap(cap_machine));
	must(revoke(b));
	assert_error(CALL(sys_debug_print, a1, STREAM_LOG), E_OK);
	must(revoke(a1));
	assert_error(CALL(sys_debug_print, b, STREAM_LOG), E_OK);
}

static void
long_revocation_goes_in_steps(void **state)
{
	cap_t port = new_port(),
	      above = derive(port, RIGHT_SEND | RIGHT_DERIVE);
	cap_t last = 0;
	struct hal_context *other = new_thread(CLIENT, NULL);

	(void)state;
	for (unsigned i = 0; i < 300; i++)
		last = derive(above, RIGHT_SEND);
	machine.hold_again = true;
	assert_int_equal(revoke(above), CALL_HELD);
	assert_int_equal(machine_again(), CALL_HELD);
	/* Others run in between; what makes things waits for it. */
	machine_tick();
	assert_ptr_equal(machine.current, other);
	assert_int_equal(must(CALL(sys_time)), machine.now);
	assert_int_equal(close_cap(last), CALL_HELD);
	machine.hold_again = false;
	become(init);
	assert_int_equal(machine_result(init), 0);
	assert_error(send(last, 1), E_INVALID_PORT);
	must(send(above, 1));
}

static void
revoked_entry_may_travel_or_go_meanwhile(void **state)
{
	cap_t port = new_port(), there;
	cap_t above = derive(port, RIGHT_SEND | RIGHT_DERIVE);
	cap_t second = derive(port, RIGHT_SEND | RIGHT_DERIVE), last = 0;
	struct hal_context *other = new_thread(CLIENT, NULL);

	(void)state;
	for (unsigned i = 0; i < 200; i++)
		last = derive(above, RIGHT_SEND);
	machine.hold_again = true;
	assert_int_equal(revoke(above), CALL_HELD);
	machine_tick();
	assert_ptr_equal(machine.current, other);
	/* It moves into a message, and out again: the work goes on. */
	must(send_caps(port, above, 0));
	must(receive(port));
	there = message()->caps[0];
	machine.hold_again = false;
	become(init);
	/* The caller's own handle names nothing any more. */
	assert_error(machine_result(init), E_INVALID_PORT);
	invariants_settle();
	assert_error(send(last, 1), E_INVALID_PORT);
	must(send(there, 1));

	for (unsigned i = 0; i < 200; i++)
		last = derive(second, RIGHT_SEND);
	machine.hold_again = true;
	assert_int_equal(revoke(second), CALL_HELD);
	machine_tick();
	must(send_caps(port, second, 0));
	must(
	    CALL(port_receive, port, RECEIVE_NO_WAIT)); /* the message before */
	must(CALL(port_receive, port, RECEIVE_NO_WAIT)); /* which is dropped */
	machine.hold_again = false;
	invariants_settle();
	invariants_check();
}

static void
deep_chain_is_revoked(void **state)
{
	cap_t port = new_port(), c = port, first = 0;

	(void)state;
	for (unsigned i = 0; i < 500; i++) {
		c = derive(c, RIGHT_SEND | RIGHT_DERIVE);
		if (i == 0)
			first = c;
	}
	must(revoke(first));
	assert_error(send(c, 1), E_INVALID_PORT);
	/* It grows at one end while it is closed at the other. */
	for (unsigned i = 0; i < 500; i++) {
		c = derive(first, RIGHT_SEND | RIGHT_DERIVE);
		must(close_cap(first));
		first = c;
	}
	must(revoke(port));
	assert_error(send(c, 1), E_INVALID_PORT);
}

static void
revoking_its_own_memory_ends_the_caller(void **state)
{
	cap_t memory = raw(16), part = range(memory, RAW, 0, 12), there, space;
	struct hal_context *child;

	(void)state;
	space = must(CALL(cap_move, part, CAP_SPACE, 1));
	child = new_task(space, CLIENT, NULL);
	there = must(stage(memory, space));
	become(child);
	revoke(there);
	invariants_settle();
	assert_true(invariants_is_dead(child));
	assert_ptr_equal(machine.current, init);
	assert_error(CALL(sys_signal, space, SIGNAL_END), E_INVALID_CAP);
}

static void
large_object_is_scrubbed_in_steps(void **state)
{
	cap_t memory = raw(500), port = must(CALL(port_allocate, memory));
	uint64_t traps;

	(void)state;
	must(close_cap(port));
	traps = machine.traps;
	invariants_settle();
	assert_true(machine.traps - traps > 10);
	must(CALL(port_allocate, memory));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(revoke_kills_all_descendants_and_nothing_else),
		TEST(children_of_a_closed_entry_are_its_parents),
		TEST(object_does_not_end_what_fell_to_its_sibling),
		TEST(siblings_without_parent_stay_apart),
		TEST(long_revocation_goes_in_steps),
		TEST(revoked_entry_may_travel_or_go_meanwhile),
		TEST(deep_chain_is_revoked),
		TEST(revoking_its_own_memory_ends_the_caller),
		TEST(large_object_is_scrubbed_in_steps),
	};

	return cmocka_run_group_tests_name(
	    "kernel: revocation", tests, NULL, NULL);
}
