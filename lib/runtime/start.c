/*
 * start: from the first instruction to the C library.
 *
 * musl starts as on Linux: argc, argv, environment and auxiliary vector in
 * one array.  The parent gave them as tables of struct start, which stays
 * where it is.  The auxiliary vector speaks of the image's own ELF header,
 * which is mapped as part of its text.
 *
 * This file and relocate_*.c are compiled without the stack protector: the
 * guard is not set yet.
 */
#include <stddef.h>
#include <string.h>

#include "runtime.h"

/* The C library's thread_pointer.h repeats the first members. */
_Static_assert(offsetof(struct gate, self) == 8, "thread_pointer.h");
_Static_assert(offsetof(struct area, self) == 0, "thread_pointer.h");
_Static_assert(offsetof(struct area, thread_pointer) == 8, "thread_pointer.h");

enum { AUXILIARY = 6 }; /* pairs of words */

const struct gate *gbsd_gate;
static const struct start *start_info;

int main(int argc, char **argv, char **envp);
int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv,
    void (*init)(void), void (*fini)(void), void (*ldso)(void));

_Noreturn void runtime_start(struct start *start);

/* The words that musl expects behind argc; gives argv. */
static char **
fill_vectors(uintptr_t *words, const struct start *start, const void *random)
{
	const Elf64_Ehdr *elf = &__ehdr_start;
	const Elf64_auxv_t auxiliary[AUXILIARY] = {
		{ AT_PAGESZ, { PAGE_SIZE } },
		{ AT_RANDOM, { (uintptr_t)random } },
		{ AT_PHDR, { (uintptr_t)elf + elf->e_phoff } },
		{ AT_PHENT, { elf->e_phentsize } },
		{ AT_PHNUM, { elf->e_phnum } },
		{ AT_NULL, { 0 } },
	};
	uintptr_t *to = words;

	for (uint32_t i = 0; i < start->argc; i++)
		*to++ = (uintptr_t)start->argv[i];
	*to++ = 0;
	for (uint32_t i = 0; i < start->envc; i++)
		*to++ = (uintptr_t)start->envp[i];
	*to++ = 0;
	memcpy(to, auxiliary, sizeof auxiliary);
	return (char **)words;
}

_Noreturn void
runtime_start(struct start *start)
{
	if (start->magic != START_MAGIC || start->version != START_VERSION)
		__builtin_trap();
	runtime_relocate();
	gbsd_gate = start->gate;
	start_info = start;
	runtime_random_seed(start->random);

	uint8_t random[16]; /* lives as long as main does */
	uintptr_t words[start->argc + start->envc + 2 + 2 * AUXILIARY];

	gbsd_random(random, sizeof random);
	char **argv = fill_vectors(words, start, random);
	__libc_start_main(main, (int)start->argc, argv, NULL, NULL, NULL);
	__builtin_unreachable();
}

const struct start *
gbsd_start(void)
{
	return start_info;
}

cap_t
gbsd_cap(const char *name)
{
	const struct start *s = start_info;

	for (uint32_t i = 0; i < s->cap_count; i++) {
		if (strncmp(s->caps[i].name, name, sizeof s->caps[i].name) == 0)
			return s->caps[i].cap;
	}
	return 0;
}

_Noreturn void
gbsd_exit(uint64_t status)
{
	/* Whoever made the process waits for that, or nobody does. */
	gbsd_area()->message.words[0] = status;
	gbsd_call6(CALL_port_send, gbsd_cap("exit"), sizeof status, 0, 0, 0, 0);
	gbsd_call6(CALL_sys_signal, 0, SIGNAL_END, 0, 0, 0, 0);
	__builtin_trap();
}
