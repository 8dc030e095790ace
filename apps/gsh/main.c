/* main: the program gsh. */
#include "gsh.h"

extern char **environ;

int
main(int count, char **arguments)
{
	return gsh(count, arguments, environ);
}
