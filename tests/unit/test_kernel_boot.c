/*
 * test_kernel_boot: from the boot archive to init's first instruction.
 *
 * Contract: init's image, stack, start page and capabilities are as flat.h
 * and start.h say; an archive that is none halts the machine with a sentence.
 */
#include "kernel_test.h"

#include <string.h>

#include <gbsd/flat.h>

static void
init_runs_at_its_entry_point(void **state)
{
	(void)state;
	machine_start(NULL);
	assert_non_null(machine.current);
	invariants_check();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(init_runs_at_its_entry_point),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
