/*
 * sample: an image that tries what the C library promises, and prints it.
 *
 * The output is the same on every machine and is compared with `expected'.
 * With the argument `smash' it overruns a buffer, and must not get far.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <gbsd/posix.h>
#include <gbsd/runtime.h>

static _Thread_local int counter = 7;
static _Thread_local char zeros[100];
static const char *const words[] = { "delta", "alpha", "charlie", "bravo" };
static int constructed;

static void __attribute__((constructor)) construct(void)
{
	constructed = 1;
}

static void __attribute__((destructor)) destruct(void)
{
	puts("destructor");
}

static void
at_exit(void)
{
	puts("atexit");
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
try_stdio(int argc, char **argv)
{
	char line[64], number[32];

	printf("argc %d argv %s %s HOME=%s\n", argc, argv[0], argv[1],
	    getenv("HOME"));
	printf("[%8.3f] [%-10s] [%+d] [%#x] [%e] [%Lg]\n", 3.14159, "left", 42,
	    255, 1234567.0, 2.5L);
	printf("%.17g %a %s %5c|\n", 0.1, 1.0, "string", 'c');
	snprintf(number, sizeof number, "%.6f", sqrt(2.0));
	printf("sqrt %s strtod %g\n", number, strtod("1e-3", NULL));
	while (fgets(line, sizeof line, stdin) != NULL)
		printf("line: %s", line);
	fprintf(stderr, "to the log\n");
	printf("isatty %d %d\n", isatty(0), isatty(1));
}

static bool
all_are(const uint8_t *p, size_t n, uint8_t value)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] != value)
			return false;
	}
	return true;
}

/* Each block is filled with its own number; none may lose it. */
static void
try_malloc(void)
{
	static uint8_t *blocks[256];
	static size_t sizes[256];
	unsigned bad = 0;

	for (unsigned round = 0; round < 6; round++) {
		for (unsigned i = round % 3; i < 256; i += 1 + round % 2) {
			if (blocks[i] != NULL)
				bad +=
				    !all_are(blocks[i], sizes[i], (uint8_t)i);
			free(blocks[i]);
			sizes[i] = (i * 977u + round * 131u) % 20000 + 1;
			if (i % 32 == 0)
				sizes[i] += 300000;
			blocks[i] = calloc(1, sizes[i]);
			bad += !all_are(blocks[i], sizes[i], 0);
			memset(blocks[i], (int)i, sizes[i]);
		}
	}
	for (unsigned i = 0; i < 256; i++)
		free(blocks[i]);
	char *p = malloc(10);
	strcpy(p, "grown");
	p = realloc(p, 500000);
	printf("malloc bad %u realloc %s\n", bad, p);
	free(p);
}

static void
try_mmap(void)
{
	char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *q = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	p[0] = p[(1 << 20) - 1] = 'p';
	q[0] = q[8191] = 'q';
	printf("mprotect %d", mprotect(q, 4096, PROT_READ));
	printf(" %d", mprotect(q, 4096, PROT_READ | PROT_WRITE));
	q[0] = 'Q';
	printf(" %c%c%c", p[0], q[0], q[8191]);
	munmap(q, 8192);
	char *again = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	printf(" zero %d", again[0] == 0 && again[8191] == 0);
	p = mremap(p, 1 << 20, 2 << 20, MREMAP_MAYMOVE);
	printf(" mremap %c%d", p[(1 << 20) - 1], p[(2 << 20) - 1]);
	printf(" munmap %d\n", munmap(p, 2 << 20));
	printf("write and execute: %s\n",
	    mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
		? "refused"
		: "given");
}

static void
try_time(void)
{
	struct timespec before, after;
	char text[64];

	clock_gettime(CLOCK_MONOTONIC, &before);
	nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
	clock_gettime(CLOCK_MONOTONIC, &after);
	int64_t slept = (after.tv_sec - before.tv_sec) * 1000000000 +
			after.tv_nsec - before.tv_nsec;
	printf("slept %s\n", slept >= 2000000 ? "long enough" : "too short");
	struct timespec day = { .tv_sec = 1700000000 };
	clock_settime(CLOCK_REALTIME, &day);
	time_t now = time(NULL);
	strftime(text, sizeof text, "%Y-%m-%d %H:%M", gmtime(&now));
	printf("time %s\n", text);
}

static jmp_buf jump;

static void
on_signal(int signal)
{
	printf("signal %d\n", signal);
	longjmp(jump, 5);
}

static void
try_signals(void)
{
	sigset_t set, old;

	signal(SIGUSR1, on_signal);
	int back = setjmp(jump);
	if (back == 0)
		raise(SIGUSR1);
	printf("longjmp %d\n", back);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	sigprocmask(SIG_BLOCK, &set, &old);
	signal(SIGUSR1, SIG_IGN);
	raise(SIGUSR1);
	printf("blocked %d\n", sigismember(&old, SIGUSR1));
}

static void *
thread(void *argument)
{
	return argument;
}

static void
try_system(void)
{
	uint8_t a[40], b[40];
	struct utsname name;
	pthread_t id;

	getrandom(a, sizeof a, 0);
	getrandom(b, sizeof b, 0);
	printf("random differs %d\n", memcmp(a, b, sizeof a) != 0);
	uname(&name);
	printf("uname %s pid %d\n", name.sysname, getpid());
	printf("thread %s\n",
	    pthread_create(&id, NULL, thread, NULL) == 0 ? "made" : "refused");
	errno = 0;
	long result = syscall(500, 1, 2);
	printf("unknown call %ld %s\n", result, strerror(errno));
	syscall(500, 1, 2);
	printf("cap %d %d\n", gbsd_cap("print") != 0, gbsd_cap("none") != 0);
	printf("seed wiped %d\n", all_are(gbsd_start()->random, 32, 0));
}

static __attribute__((noinline)) void
smash(const char *text)
{
	char buffer[8];

	strcpy(buffer, text);
	puts(buffer);
}

int
main(int argc, char **argv)
{
	const char *sorted[4];

	if (argc > 1 && strcmp(argv[1], "smash") == 0) {
		smash("seven too many"); /* reaches the guard, not further */
		return 0;
	}
	try_stdio(argc, argv);
	memcpy(sorted, words, sizeof sorted);
	qsort(sorted, 4, sizeof sorted[0], by_name);
	printf("%s %s %s %s\n", sorted[0], sorted[1], sorted[2], sorted[3]);
	counter++;
	printf("thread-local %d %d\n", counter,
	    all_are((const uint8_t *)zeros, sizeof zeros, 0));
	printf("constructed %d\n", constructed);
	try_malloc();
	try_mmap();
	try_time();
	try_signals();
	try_system();
	atexit(at_exit);
	return 42;
}
