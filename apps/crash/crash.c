/* crash: does what a program must not do. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "../common/app.h"

static const char help[] =
    "NAME\n"
    "    crash - do what must not be done\n"
    "SYNOPSIS\n"
    "    crash KIND\n"
    "DESCRIPTION\n"
    "    Ends by a fault, to see what the system makes of it.  KIND is\n"
    "        pointer     write to an address where nothing is\n"
    "        read        read there\n"
    "        code-write  write into its own code\n"
    "        data-exec   run its own data\n"
    "        divide      divide by zero\n"
    "        illegal     run what is no instruction\n"
    "        stack       use up its stack\n"
    "    Some processors (aarch64) do not trap a division by zero: then the\n"
    "    program sends the signal to itself.  There illegal is a breakpoint.\n"
    "EXIT STATUS\n"
    "    That of the fault; 1 if nothing happened.\n";

/* The compiler must not know what these hold. */
static volatile uintptr_t nowhere = 0x10;
static volatile int one = 1, zero;
static volatile unsigned char data[64];

static int
deeper(volatile char *above)
{
	volatile char here[1024];

	if (zero != 0)
		return 0;
	here[0] = (char)(above[0] + 1);
	return deeper(here) + here[0];
}

static void
crash(const char *kind)
{
	if (strcmp(kind, "pointer") == 0) {
		*(volatile int *)nowhere = 1;
	} else if (strcmp(kind, "read") == 0) {
		(void)*(volatile int *)nowhere;
	} else if (strcmp(kind, "code-write") == 0) {
		*(volatile int *)(uintptr_t)crash_main = 1;
	} else if (strcmp(kind, "data-exec") == 0) {
		((void (*)(void))(uintptr_t)data)();
	} else if (strcmp(kind, "divide") == 0) {
		printf("1 / 0 is %d here\n", one / zero);
		fflush(stdout);
		raise(SIGFPE);
	} else if (strcmp(kind, "illegal") == 0) {
		__builtin_trap();
	} else if (strcmp(kind, "stack") == 0) {
		char top[1] = { 0 };
		printf("%d\n", deeper(top));
	} else {
		app_usage("%s is no kind of crash", kind);
	}
}

int
crash_main(int argc, char **argv)
{
	app_begin(argc, argv, help);
	if (argc != 2)
		app_usage("one kind is wanted");
	crash(argv[1]);
	app_fail("%s: still alive", argv[1]);
}
