/* hello: the smallest program with printf; its size has a limit. */
#include <stdio.h>

int
main(int argc, char **argv)
{
	printf("hello %s, %d argument, %.2f\n", argv[0], argc, 2.5);
	return 0;
}
