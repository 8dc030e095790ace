/* flood: sends a service more than it can take. */
#include <stdio.h>

#include <gbsd/calls.h>
#include <gbsd/proto.h>

#include "../common/app.h"

/* No protocol has it, so the service throws it away. */
enum { NO_OPERATION = 0 };

static const char help[] =
    "NAME\n"
    "    flood - send a service requests without a pause\n"
    "SYNOPSIS\n"
    "    flood SERVICE [COUNT]\n"
    "DESCRIPTION\n"
    "    Sends COUNT requests that mean nothing, or goes on for ever, and\n"
    "    never waits: for trying out what others notice of it.  Tells of the\n"
    "    first that is refused, and in the end how many were.\n"
    "EXIT STATUS\n"
    "    0, 1 if a request fails for another reason than a full queue.\n";

int
flood_main(int argc, char **argv)
{
	uint64_t count = UINT64_MAX, refused = 0;
	cap_t service;

	app_begin(argc, argv, help);
	if (argc < 2 || argc > 3)
		app_usage("a service is wanted");
	if (argc == 3)
		count = app_number(argv[2], UINT64_MAX);
	service = app_service(argv[1]);
	for (uint64_t i = 0; i < count; i++) {
		enum error e = proto_tell(service, NO_OPERATION, NULL, 0);

		if (e != E_PORT_FULL)
			app_must(e, argv[1]);
		else if (refused++ == 0) {
			printf("%s: %s\n", argv[1], error_text(e));
			fflush(stdout);
		}
	}
	printf("%llu sent, %llu refused\n",
	    (unsigned long long)(count - refused), (unsigned long long)refused);
	return fflush(stdout) == 0 ? 0 : APP_FAILED;
}
