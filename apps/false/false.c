/* false: fails, whatever it is told. */
#include "../common/app.h"

int
false_main(int argc, char **argv)
{
	(void)argc, (void)argv;
	return 1;
}
