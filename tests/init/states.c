/* states: what becomes of services, and what one may do to them. */
#include "probe.h"

#include <gbsd/service.h>

#include "victim.h"

static uint64_t
gone_clients(void)
{
	struct victim_gone_rep r = { 0 };

	must(
	    victim_gone(server, &(struct victim_gone_req){}, &r, NULL), "gone");
	return r.count;
}

/* What a process found by name is its own as long as its number is there. */
static void
test_clients(void)
{
	struct init_process_req q = { .name = "client", .rights = INIT_LOOKUP };
	struct init_process_rep r;
	struct carried c = { 0 };
	cap_t first = 0, second = 0;
	uint64_t before = gone_clients();
	uint64_t end = gbsd_time() + SECONDS * 1000ull * MILLISECOND;

	must(init_process(init, &q, &r, &c), "number");
	must(service_find_by(c.in[0], "victim", &first), "lookup");
	must(service_find_by(c.in[0], "victim", &second), "lookup");
	cap_close(first);
	check(adds(second) && gone_clients() == before,
	    "client_asks_twice_and_is_one");
	cap_close(c.in[0]);
	check(adds(second), "client_is_there_while_it_has_its_fault_port");
	cap_close(c.in[1]);
	while (adds(second) && gbsd_time() < end)
		sched_yield_now();
	check(!adds(second), "what_it_found_goes_with_its_number");
	check(
	    gone_clients() == before + 1, "server_is_told_that_a_client_went");
}

static void
test_names(void)
{
	cap_t found = 0;

	check(service_find_by(init, "victim", &found) == E_OK && adds(found),
	    "service_is_found_by_its_name");
	cap_close(found);
	test_clients();
	check(service_find_by(init, "nobody", &found) == E_NOT_FOUND,
	    "unknown_name_is_not_found");
	check(service_find_by(init, "missing", &found) == E_UNAVAILABLE,
	    "failed_service_is_unavailable");
}

static void
test_states(void)
{
	check(becomes("crasher", INIT_FAILED) &&
		  query("crasher").restarts == 2 &&
		  query("crasher").status == INIT_FAULTED + FAULT_WRITE,
	    "service_that_crashes_always_is_given_up");
	check(becomes("oneshot", INIT_DONE), "service_may_end_well");
	check(becomes("missing", INIT_FAILED), "missing_image_fails");
	check(becomes("dependent", INIT_FAILED), "and_who_needs_it_too");
	check(query("wrong").state == INIT_FAILED, "wrong_line_fails");
	check(query("cycle").state == INIT_FAILED &&
		  query("wheel").state == INIT_FAILED,
	    "cycle_fails");
}

static void
test_control(void)
{
	struct init_stop_req stop = { "victim" };
	struct init_stop_rep stopped;
	struct init_start_service_req start = { "victim" };
	struct init_start_service_rep started;
	struct init_restart_req restart = { "victim" };
	struct init_restart_rep restarted;
	struct init_kill_rep killed;
	struct victim_add_rep sum;
	struct victim_add_req q = { 1, 1 };
	cap_t new = 0;

	check(init_stop(init, &stop, &stopped, NULL) == E_OK &&
		  stopped.status == 0 && query("victim").state == INIT_STOPPED,
	    "service_is_stopped_in_order");
	check(init_stop(init, &stop, &stopped, NULL) == E_STATE,
	    "stopped_service_is_not_stopped_again");
	check(victim_add(server, &q, &sum, NULL) == E_INVALID_PORT,
	    "its_clients_are_told");
	check(init_start_service(init, &start, &started, NULL) == E_OK &&
		  query("victim").state == INIT_READY,
	    "and_started_again");
	check(service_find_by(init, "victim", &new) == E_OK && adds(new),
	    "and_found_again");
	check(
	    init_restart(init, &restart, &restarted, NULL) == E_OK && adds(new),
	    "service_is_restarted_with_its_port");
	check(init_kill(init, &(struct init_kill_req){ "victim", STATUS },
		  &killed, NULL) == E_OK &&
		  adds(new) && query("victim").restarts == 1,
	    "killed_service_comes_back");
	server = new;
	check(init_kill(init,
		  &(struct init_kill_req){ "scheduler_server", STATUS },
		  &killed, NULL) == E_OK &&
		  becomes("scheduler_server", INIT_READY),
	    "who_has_the_timer_comes_back_too");
}

static void
test_rest(void)
{
	struct init_mount_filesystem_rep mount;
	struct init_process_req q = { .name = "child", .rights = INIT_LOOKUP };
	struct init_process_rep r;
	struct init_shutdown_rep shutdown;
	struct init_self_rep self;
	struct carried c = { 0 };

	check(init_mount_filesystem(init,
		  &(struct init_mount_filesystem_req){ "disk", "/", 0 }, &mount,
		  NULL) == E_UNAVAILABLE,
	    "there_is_no_file_server_yet");
	check(init_process(init, &q, &r, &c) == E_OK && c.in[0] != 0 &&
		  c.in[1] != 0,
	    "child_gets_a_number");
	check(init_self(c.in[0], &(struct init_self_req){}, &self, NULL) ==
		      E_OK &&
		  self.process == r.process &&
		  self.parent == query("probe").process,
	    "child_knows_its_parent");
	check(init_shutdown(c.in[0], &(struct init_shutdown_req){ 0 },
		  &shutdown, NULL) == E_NO_RIGHTS,
	    "child_has_no_more_rights_than_it_was_given");
}

void
test_services(void)
{
	test_names();
	test_states();
	test_control();
	test_rest();
}
