/*
 * services: memory, log, scheduler and stat server, on whatever machine it
 * starts.
 *
 * It is init of an archive of its own, starts the servers as init does, and
 * asks them, kills them, starts them again in place.  Each check prints
 * "ok NAME" or "FAIL NAME"; the last line is the count, and the machine's exit
 * status 0 if all is well.
 */
#include <stdio.h>

#include "play.h"

int
main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	machine = gbsd_cap("machine");
	test_memory();
	test_log();
	test_scheduler();
	test_stat();
	printf("%u passed, %u failed\n", passed, failed);
	fflush(stdout);
	must(sys_signal(machine, SIGNAL_POWER_OFF, failed != 0), "power off");
	return 0;
}
