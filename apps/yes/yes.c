/* yes: prints a line for ever. */
#include <stdio.h>

#include "../common/app.h"

static const char help[] =
    "NAME\n"
    "    yes - print a line for ever\n"
    "SYNOPSIS\n"
    "    yes [WORD]...\n"
    "DESCRIPTION\n"
    "    Prints the words, or \"y\", until nobody reads any more.\n";

int
yes_main(int argc, char **argv)
{
	app_begin(argc, argv, help);
	for (;;) {
		for (int i = 1; i < argc; i++)
			printf("%s%s", argv[i], i + 1 < argc ? " " : "");
		if (puts(argc > 1 ? "" : "y") == EOF)
			return APP_FAILED;
	}
}
