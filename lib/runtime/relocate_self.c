/*
 * relocate_self: an image that relocates itself.
 *
 * The kernel's boot code maps init and knows nothing of ELF.  Until this is
 * done no pointer in the data is right, so nothing here may use one: hidden
 * symbols are reached relative to the program counter.
 */
#include <gbsd/image.h>

#include "runtime.h"

void
runtime_relocate(void)
{
	uintptr_t base = (uintptr_t)&__ehdr_start;
	const Elf64_Rela *table = NULL;
	size_t size = 0;

	for (const Elf64_Dyn *d = _DYNAMIC; d->d_tag != DT_NULL; d++) {
		if (d->d_tag == DT_RELA)
			table = (const void *)(base + d->d_un.d_ptr);
		else if (d->d_tag == DT_RELASZ)
			size = d->d_un.d_val;
	}
	for (size_t i = 0; i < size / sizeof *table; i++) {
		uint64_t *where = (uint64_t *)(base + table[i].r_offset);
		switch (ELF64_R_TYPE(table[i].r_info)) {
		case IMAGE_RELOCATION_RELATIVE:
			*where = base + (uint64_t)table[i].r_addend;
			break;
		case IMAGE_RELOCATION_MODULE:
			*where = 1;
			break;
		}
	}
}
