/* echo: prints its arguments. */
#include <stdio.h>
#include <string.h>

#include "../common/app.h"

int
echo_main(int argc, char **argv)
{
	int i = 1;
	bool newline = argc < 2 || strcmp(argv[1], "-n") != 0;

	if (!newline)
		i++;
	for (; i < argc; i++)
		printf("%s%s", argv[i], i + 1 < argc ? " " : "");
	if (newline)
		putchar('\n');
	return fflush(stdout) == 0 ? 0 : APP_FAILED;
}
