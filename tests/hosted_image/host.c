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

enum {
	STACK = 1 << 20,
	STRINGS = 4096,
	PRINT_CAP = 77,
	EXIT_CAP = 78,
	MEMORY_CAP = 1, /* slot of the first range */
	MEMORY_PAGES = 4096,
	RANGES = 1000,
};

/* Where the image may map: free in such a small program. */
#define WINDOW 0x4000000000ull
#define WINDOW_SIZE (1ull << 30)

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

/* Memory capabilities: ranges of a memory file, mapped where they are told to
 * be.  Nothing is ever taken back, so handles only grow. */
static struct range {
	uint64_t first, pages;
	uint32_t rights;
	void *at; /* NULL: not mapped */
} ranges[RANGES] = {
	[MEMORY_CAP] = { 0, MEMORY_PAGES,
	    RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE | RIGHT_MAKE |
		RIGHT_DERIVE,
	    NULL },
};
static unsigned range_count = MEMORY_CAP + 1;
static int memory_file;

static struct range *
range_of(cap_t handle)
{
	uint32_t slot = (uint32_t)handle;

	return handle >> 32 == 1 && slot >= MEMORY_CAP && slot < range_count
		   ? &ranges[slot]
		   : NULL;
}

static uint64_t
fake_vm_allocate(const uint64_t a[6])
{
	struct range *r = range_of(a[0]);
	void *at;

	if (r == NULL || r->at != NULL)
		return error_value(r == NULL ? E_INVALID_CAP : E_STATE);
	if ((a[2] & ~(uint64_t)r->rights) ||
	    (a[2] & (VM_WRITE | VM_EXECUTE)) == (VM_WRITE | VM_EXECUTE))
		return error_value(E_NO_RIGHTS);
	at = mmap((void *)a[1], r->pages * PAGE_SIZE, host_protection(a[2]),
	    MAP_SHARED | MAP_FIXED, memory_file, (off_t)(r->first * PAGE_SIZE));
	if (at == MAP_FAILED)
		return error_value(E_RANGE);
	r->at = at;
	return a[1];
}

static uint64_t
fake_vm_deallocate(const uint64_t a[6])
{
	struct range *r = range_of(a[0]);

	if (r == NULL)
		return error_value(E_INVALID_CAP);
	if (a[1] == VM_CLEAR) /* it is the host's, and fresh */
		return r->pages;
	if (r->at != NULL)
		munmap(r->at, r->pages * PAGE_SIZE);
	r->at = NULL;
	return 0;
}

static uint64_t
fake_derive(const struct range *r, const uint64_t a[6])
{
	if (a[3] > r->pages || a[4] > r->pages - a[3])
		return error_value(E_RANGE);
	if (range_count == RANGES)
		return error_value(E_NO_MEMORY);
	ranges[range_count] =
	    (struct range){ r->first + a[3], a[4], (uint32_t)a[2], NULL };
	return 1ull << 32 | range_count++;
}

static uint64_t
fake_cap_move(const uint64_t a[6])
{
	const struct range *r = range_of(a[0]);

	if (r == NULL)
		return error_value(E_INVALID_CAP);
	switch (a[1]) {
	case CAP_DERIVE:
		return fake_derive(r, a);
	case CAP_QUERY:
		return r->rights | (uint64_t)OBJECT_MEMORY << 24 |
		       r->pages << 32;
	case CAP_CLOSE:
	case CAP_REVOKE:
		return 0;
	default:
		die("cap_move: a mode that the trial does not have");
	}
}

static uint64_t
fake_print(const uint64_t a[6])
{
	size_t n = a[1] >> 8;

	if (a[0] != PRINT_CAP)
		return error_value(E_INVALID_CAP);
	if ((a[1] & 0xFF) == STREAM_INPUT) {
		uint8_t byte;

		return read(0, &byte, 1) == 1 ? byte
					      : error_value(E_UNAVAILABLE);
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
		return fake_vm_deallocate(a);
	case CALL_cap_move:
		return fake_cap_move(a);
	case CALL_port_send: /* its exit status is all that it sends */
		if (a[0] != EXIT_CAP)
			return error_value(E_INVALID_PORT);
		_exit((int)area.message.words[0]);
	case CALL_sched_yield:
		sched_yield();
		return 0;
	case CALL_sys_debug_print:
		return fake_print(a);
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
	static struct start_cap caps[] = { { "print", PRINT_CAP },
		{ "exit", EXIT_CAP }, { "memory", 1ull << 32 | MEMORY_CAP } };
	size_t size;

	argc -= flat + 1;
	argv += flat + 1;
	if (argc < 1)
		die("usage: host [--flat] IMAGE ARGUMENTS...");
	memory_file = memfd_create("memory", 0);
	if (memory_file < 0 ||
	    ftruncate(memory_file, MEMORY_PAGES * PAGE_SIZE) != 0)
		die("no memory");
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
		.cap_count = 3,
		.window_low = WINDOW,
		.window_high = WINDOW + WINDOW_SIZE,
		.address_low = WINDOW,
		.address_high = WINDOW + WINDOW_SIZE,
		.memory_zero = 1,
		.caps = caps,
	};
	argv[0] = "sample";
	uint64_t entry =
	    flat ? load_flat(file, size, &start) : load(file, size, &start);
	enter_image(entry, &start, stack + STACK);
}
