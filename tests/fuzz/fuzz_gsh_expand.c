/*
 * Any script can be run, over a system made of arrays: it ends (endless
 * loops by Ctrl-C), and holds no memory afterwards.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gsh_fake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const files[] = { "a", "b.c", "d/", "d/e", NULL };
	char *script = malloc(size + 1);
	const char *const words[] = { "gsh", "-c", script, "gsh", "one",
		"two three", "", NULL };

	memcpy(script, data, size);
	script[size] = '\0';
	fake_reset();
	fake.files = files;
	fake.interrupt_after = 2000;
	/* What a script reads is the script. */
	fake.input = script;
	fake_shell(words);
	free(script);
	return 0;
}
