/* note: says which version of the start contract this image was built for. */
#include <gbsd/image.h>

static const struct image_note note
    __attribute__((section(".note.gbsd"), used, aligned(4))) = {
	    .name_size = sizeof "GBSD",
	    .value_size = sizeof note.version,
	    .type = IMAGE_NOTE_ABI,
	    .name = "GBSD",
	    .version = START_VERSION,
    };
