/* poweroff, reboot: end the machine, in order. */
#include <stdlib.h>

#include <gbsd/calls.h>
#include <gbsd/memory.h>
#include <proto/init.h>

#include "../common/app.h"

static const char help_poweroff[] =
    "NAME\n"
    "    poweroff - end the machine\n"
    "SYNOPSIS\n"
    "    poweroff [STATUS]\n"
    "DESCRIPTION\n"
    "    Has init end all services and then the machine, with STATUS (0 to\n"
    "    255, default 0) where there is someone to tell it to.\n";

static const char help_reboot[] =
    "NAME\n"
    "    reboot - start the machine again\n"
    "SYNOPSIS\n"
    "    reboot\n"
    "DESCRIPTION\n"
    "    Has init end all services and then reset the machine.\n";

_Noreturn static void
wait_for_the_end(void)
{
	enum received kind;
	cap_t raw = 0, port = 0;

	app_must(memory_take(1, &raw), "no memory for a port");
	app_must(port_allocate(raw, &port), "no port to wait at");
	while (port_receive(port, 0, &kind) != E_INVALID_PORT)
		;
	exit(APP_FAILED);
}

_Noreturn static void
end(uint32_t how, uint32_t status)
{
	struct init_shutdown_req q = { .how = how, .status = status };
	struct init_shutdown_rep r;

	app_must(init_shutdown(app_service("init"), &q, &r, NULL), "init");
	/* What stands behind this in a script is not to run any more. */
	wait_for_the_end();
}

int
poweroff_main(int argc, char **argv)
{
	app_begin(argc, argv, help_poweroff);
	if (argc > 2)
		app_usage("one status at most is wanted");
	end(INIT_POWER_OFF, argc == 2 ? (uint32_t)app_number(argv[1], 255) : 0);
}

int
reboot_main(int argc, char **argv)
{
	app_begin(argc, argv, help_reboot);
	if (argc != 1)
		app_usage("no argument is wanted");
	end(INIT_RESET, 0);
}
