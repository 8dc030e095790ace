/* true: succeeds, whatever it is told. */
#include "../common/app.h"

int
true_main(int argc, char **argv)
{
	(void)argc, (void)argv;
	return 0;
}
