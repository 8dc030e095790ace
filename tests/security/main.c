/*
 * security: what a program must not be able to do, tried by one.
 *
 * It runs under the shell like any program, with no more than any has, and
 * starts itself again as children.  The first argument is a group of checks or
 * the role of a child.
 */
#include <stdio.h>
#include <string.h>

#include "security.h"

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	setvbuf(stdout, NULL, _IOLBF, 0);
#define ROLE(name)                    \
	if (strcmp(what, #name) == 0) \
		return role_##name(argc - 2, argv + 2);
	ROLES(ROLE)
#define GROUP(name)                               \
	if (strcmp(what, #name) == 0) {           \
		group_##name(argc - 2, argv + 2); \
		puts("done " #name);              \
		return 0;                         \
	}
	GROUPS(GROUP)
	puts("security: no such group");
	return 2;
}
