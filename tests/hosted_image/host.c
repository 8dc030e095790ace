/*
 * host: runs one image as an ordinary Linux program, without a kernel.
 *
 * usage: host [--flat] IMAGE ARGUMENTS...
 *
 * It plays the parent (lib/loader, struct start) and the kernel (a gate that
 * knows the few calls that the base layer makes).  The calls that it does not
 * know end the test.  This is a trial of images; the hosted machine is
 * another thing.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <gbsd/error.h>
#include <gbsd/flat.h>
#include <gbsd/image.h>
#include <gbsd/loader.h>
#include <gbsd/start.h>

enum { STACK = 1 << 20, STRINGS = 4096, PRINT_CAP = 77 };

void gate_call(void);
uint64_t fake_call(uint64_t number, uint64_t a[6]);
_Noreturn void enter_image(uint64_t entry, struct start *start, char *stack);

static struct area area = { .self = &area };

static struct area *
gate_self(void)
{
	return &area;
}

static uint64_t
gate_time(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static const struct gate gate = { gate_call, gate_self, gate_time };

static _Noreturn void
die(const char *text)
{
	fprintf(stderr, "host: %s\n", text);
	exit(100);
}

static int
host_protection(uint64_t protection)
{
	return (protection & VM_READ ? PROT_READ : 0) |
	       (protection & VM_WRITE ? PROT_WRITE : 0) |
	       (protection & VM_EXECUTE ? PROT_EXEC : 0);
}

static uint64_t
fake_vm_allocate(const uint64_t a[6])
{
	uint64_t mode = a[2] & VM_MODE_MASK;
	uint64_t protection = a[2] & VM_PROTECTION_MASK;
	void *at;

	if (a[0] % PAGE_SIZE != 0 || a[1] % PAGE_SIZE != 0 || a[1] == 0 ||
	    a[3] != 0 || a[4] != 0 || a[5] != 0)
		return error_value(E_INVALID);
	if ((protection & VM_WRITE) && (protection & VM_EXECUTE))
		return error_value(E_NO_RIGHTS);
	switch (mode) {
	case VM_NEW:
		at = mmap((void *)a[0], a[1], host_protection(protection),
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		return at == MAP_FAILED ? error_value(E_NO_MEMORY)
					: (uint64_t)at;
	case VM_PROTECT:
		return mprotect(
			   (void *)a[0], a[1], host_protection(protection)) == 0
			   ? a[0]
			   : error_value(E_RANGE);
	default:
		die("vm_allocate: a mode that the trial does not have");
	}
}

static uint64_t
fake_print(const uint64_t a[6])
{
	size_t n = a[1] >> 8;

	if (a[0] != PRINT_CAP)
		return error_value(E_INVALID_CAP);
	if ((a[1] & 0xFF) == STREAM_INPUT) {
		uint64_t bytes = 0;
		ssize_t got = read(0, &bytes, 7);
		/* The end of the input: there is no word for it yet. */
		if (got <= 0)
			return error_value(E_UNAVAILABLE);
		return (uint64_t)got | bytes << 8;
	}
	if (n > PRINT_BYTES)
		return error_value(E_INVALID);
	return write((a[1] & 0xFF) == STREAM_OUTPUT ? 1 : 2, a + 2, n) < 0;
}

/* a: all six arguments, which the caller keeps. */
uint64_t
fake_call(uint64_t number, uint64_t a[6])
{
	switch (number) {
	case CALL_vm_allocate:
		return fake_vm_allocate(a);
	case CALL_vm_deallocate:
		return munmap((void *)a[0], a[1]) == 0 ? 0
						       : error_value(E_RANGE);
	case CALL_sched_yield:
		sched_yield();
		return 0;
	case CALL_sys_debug_print:
		return fake_print(a);
	case CALL_sys_signal:
		if (a[0] == 0 && a[1] == SIGNAL_EXIT)
			_exit((int)a[2]);
		/* fall through */
	default:
		die("a call that the trial does not have");
	}
}

static char *
read_file(const char *path, size_t *size)
{
	struct stat s;
	int fd = open(path, O_RDONLY);

	if (fd < 0 || fstat(fd, &s) < 0)
		die("cannot open the image");
	*size = (size_t)s.st_size;
	char *data = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		die("cannot map the image");
	close(fd);
	return data;
}

static char *
reserve(size_t size)
{
	char *at = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return at == MAP_FAILED ? die("no memory"), NULL : at;
}

/* Fills views elsewhere and copies them to their place, as a parent would
 * fill objects before the child maps them.  Gives the entry point. */
static uint64_t
load(const char *file, size_t size, struct start *start)
{
	struct loader_image image;
	void *views[LOADER_SEGMENTS];

	if (loader_parse(file, size, &image) != E_OK)
		die("not an image");
	char *base = reserve(image.size);
	for (unsigned i = 0; i < image.segment_count; i++) {
		views[i] = reserve(image.segments[i].size);
		loader_fill(file, &image.segments[i], views[i]);
	}
	if (loader_relocate(file, &image, (uint64_t)base, views) != E_OK)
		die("cannot relocate");
	for (unsigned i = 0; i < image.segment_count; i++) {
		const struct loader_segment *s = &image.segments[i];
		memcpy(base + s->address, views[i], s->size);
		mprotect(
		    base + s->address, s->size, host_protection(s->protection));
		munmap(views[i], s->size);
	}
	start->image_base = (uint64_t)base;
	start->image_size = image.size;
	start->program_headers = (uint64_t)base + image.program_headers;
	start->program_header_count = image.program_header_count;
	return (uint64_t)base + image.entry;
}

/* As the kernel's boot code does it, relocating nothing. */
static uint64_t
load_flat(const char *file, size_t size, struct start *start)
{
	struct flat_header h;

	if (size < PAGE_SIZE)
		die("not a flat image");
	memcpy(&h, file, sizeof h);
	size_t text = h.text_pages * PAGE_SIZE, data = h.data_pages * PAGE_SIZE;
	if (memcmp(h.magic, FLAT_MAGIC, 8) != 0 || h.version != FLAT_VERSION ||
	    h.machine != IMAGE_MACHINE || PAGE_SIZE + text + data != size)
		die("not a flat image");
	start->image_size = text + data + h.bss_pages * PAGE_SIZE;
	char *base = reserve(start->image_size);
	memcpy(base, file + PAGE_SIZE, text + data);
	mprotect(base, text, PROT_READ | PROT_EXEC);
	start->image_base = (uint64_t)base;
	return (uint64_t)base + h.entry;
}

int
main(int argc, char **argv)
{
	bool flat = argc > 1 && strcmp(argv[1], "--flat") == 0;
	static char *environment[] = { "HOME=/tmp", NULL };
	static struct start_cap caps[] = { { "print", PRINT_CAP } };
	size_t size;

	argc -= flat + 1;
	argv += flat + 1;
	if (argc < 1)
		die("usage: host [--flat] IMAGE ARGUMENTS...");
	char *file = read_file(argv[0], &size);
	char *stack = reserve(STACK);
	struct start start = {
		.magic = START_MAGIC,
		.version = START_VERSION,
		.gate = &gate,
		.stack_low = (uint64_t)stack,
		.stack_high = (uint64_t)stack + STACK,
		.size = sizeof start,
		.random = "thirty-two bytes that are random",
		.argc = (uint32_t)argc,
		.argv = argv,
		.envc = 1,
		.envp = environment,
		.cap_count = 1,
		.caps = caps,
	};
	argv[0] = "sample";
	uint64_t entry =
	    flat ? load_flat(file, size, &start) : load(file, size, &start);
	enter_image(entry, &start, stack + STACK);
}
