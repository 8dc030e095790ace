/*
 * fuzz_loader: any bytes, taken as an image file.
 *
 * Whatever loader_parse accepts is filled and relocated into views of the
 * sizes that it gave.  Seeds: the images of tests/hosted_image.
 *
 *	clang -g -O1 -fsanitize=fuzzer,address,undefined -Iinclude \
 *	    tests/fuzz/fuzz_loader.c lib/loader/loader.c -o fuzz_loader
 */
#include <stdlib.h>

#include <gbsd/call.h>
#include <gbsd/loader.h>

enum { ENOUGH = 1 << 22 }; /* larger images only cost time */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct loader_image image;
	void *views[LOADER_SEGMENTS] = { NULL };

	if (loader_parse(data, size, &image) != E_OK || image.size > ENOUGH)
		return 0;
	for (unsigned i = 0; i < image.segment_count; i++) {
		views[i] = calloc(1, image.segments[i].size);
		loader_fill(data, &image.segments[i], views[i]);
	}
	(void)!loader_relocate(data, &image, 0x10000000, views);
	for (unsigned i = 0; i < image.segment_count; i++)
		free(views[i]);
	return 0;
}
