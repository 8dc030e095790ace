/* tool: one image for the small programs; argv[0] says which one it is. */
#include <stdio.h>
#include <string.h>

#include "../common/app.h"

/* An array of pointers would be relocations. */
static int
run(const char *name, int argc, char **argv)
{
#define TOOL(tool)                    \
	if (strcmp(name, #tool) == 0) \
		return tool##_main(argc, argv);
#include "tools.def"
#undef TOOL
	return -1;
}

int
main(int argc, char **argv)
{
	const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
	const char *name = argc == 0 ? "" : slash != NULL ? slash + 1 : argv[0];
	int status;

	if (strcmp(name, "tool") == 0 && argc > 1) {
		argc--;
		argv++;
		name = argv[0];
	}
	status = run(name, argc, argv);
	if (status >= 0)
		return status;
	fprintf(stderr, "%s: not a tool; these are:", name);
#define TOOL(tool) fprintf(stderr, " %s", #tool);
#include "tools.def"
#undef TOOL
	fputc('\n', stderr);
	return 2;
}
