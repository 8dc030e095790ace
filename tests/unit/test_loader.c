/*
 * test_loader: lib/loader takes images and nothing else.
 *
 * Contract: an image that is whole is described exactly, filled and relocated
 * into views that lie elsewhere; every other file is E_BAD_IMAGE, leaves the
 * result alone, and no byte outside the file is read, none outside the views
 * written.  Run it under AddressSanitizer: the files are exactly as long as
 * their allocation.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "image_file.h"

enum { BASE = 0x40000000 };

/* Frees the file.  A refusal must leave the result as it was. */
static void
expect_refused(struct file *f)
{
	struct loader_image image, before;

	memset(&image, 0xA5, sizeof image);
	before = image;
	assert_int_equal(loader_parse(f, sizeof *f, &image), E_BAD_IMAGE);
	assert_memory_equal(&image, &before, sizeof image);
	free(f);
}

static void
good_file_is_described(void **state)
{
	struct file *f = good_file();
	struct loader_image image;

	(void)state;
	assert_int_equal(loader_parse(f, sizeof *f, &image), E_OK);
	assert_int_equal(image.size, DATA + 0x3000);
	assert_int_equal(image.entry, 0x280);
	assert_int_equal(image.program_headers, sizeof(Elf64_Ehdr));
	assert_int_equal(image.program_header_count, HEADERS);
	assert_int_equal(image.stack_size, 0x20000);
	assert_int_equal(image.relocations, RELA);
	assert_int_equal(image.relocation_count, RELOCATIONS);
	assert_int_equal(image.segment_count, 2);
	assert_int_equal(image.segments[0].address, 0);
	assert_int_equal(image.segments[0].size, PAGE_SIZE);
	assert_int_equal(image.segments[0].file_size, TEXT);
	assert_int_equal(image.segments[0].protection, VM_READ | VM_EXECUTE);
	assert_int_equal(image.segments[1].address, DATA);
	assert_int_equal(image.segments[1].size, 0x3000);
	assert_int_equal(image.segments[1].skip, 0);
	assert_int_equal(image.segments[1].protection, VM_READ | VM_WRITE);
	free(f);
}

static void
views_are_filled_and_relocated(void **state)
{
	struct file *f = good_file();
	struct loader_image image;
	uint64_t word;

	(void)state;
	assert_int_equal(loader_parse(f, sizeof *f, &image), E_OK);
	uint8_t *text = calloc(1, image.segments[0].size);
	uint8_t *data = calloc(1, image.segments[1].size);
	loader_fill(f, &image.segments[0], text);
	loader_fill(f, &image.segments[1], data);
	assert_memory_equal(text, f, TEXT);
	assert_int_equal(text[TEXT], 0);
	assert_int_equal(data[0x1FF], 0xDA);
	assert_int_equal(data[0x200], 0);
	assert_int_equal(
	    loader_relocate(f, &image, BASE, (void *[]){ NULL, data }), E_OK);
	memcpy(&word, data + 0x100, sizeof word);
	assert_int_equal(word, BASE + 0x280);
	memcpy(&word, data + 0x108, sizeof word);
	assert_int_equal(word, 1);
	free(text);
	free(data);
	free(f);
}

static void
segment_in_the_middle_of_a_page_is_filled_there(void **state)
{
	struct file *f = good_file();
	struct loader_image image;

	(void)state;
	f->load[1].p_vaddr = 0x2080;
	f->load[1].p_offset = DATA + 0x80;
	f->load[1].p_filesz = 0x180;
	f->load[1].p_memsz = 0xF80;
	assert_int_equal(loader_parse(f, sizeof *f, &image), E_OK);
	assert_int_equal(image.segments[1].address, 0x2000);
	assert_int_equal(image.segments[1].skip, 0x80);
	assert_int_equal(image.segments[1].size, 0x1000);
	uint8_t *data = calloc(1, image.segments[1].size);
	loader_fill(f, &image.segments[1], data);
	assert_int_equal(data[0x7F], 0);
	assert_memory_equal(data + 0x80, (uint8_t *)f + DATA + 0x80, 0x180);
	free(data);
	free(f);
}

static void
file_at_an_odd_address_is_read(void **state)
{
	struct file *f = good_file();
	uint8_t *odd = malloc(sizeof *f + 1);
	struct loader_image image;

	(void)state;
	memcpy(odd + 1, f, sizeof *f);
	assert_int_equal(loader_parse(odd + 1, sizeof *f, &image), E_OK);
	free(odd);
	free(f);
}

static void
every_cut_file_is_refused(void **state)
{
	struct file *f = good_file();
	struct loader_image image;

	(void)state;
	for (size_t size = 0; size < sizeof *f; size++) {
		/* A copy of exactly that size, so that ASan sees a step
		 * too far. */
		void *cut = malloc(size + !size);
		memcpy(cut, f, size);
		assert_int_equal(loader_parse(cut, size, &image), E_BAD_IMAGE);
		free(cut);
	}
	free(f);
}

/* Declares a test in which one change makes a file bad. */
#define REFUSED(name, change)          \
	static void name(void **state) \
	{                              \
		struct file *f;        \
		(void)state;           \
		f = good_file();       \
		change;                \
		expect_refused(f);     \
	}

REFUSED(other_magic_is_refused, f->elf.e_ident[0] = 'M')
REFUSED(thirty_two_bits_are_refused, f->elf.e_ident[EI_CLASS] = ELFCLASS32)
REFUSED(big_endian_is_refused, f->elf.e_ident[EI_DATA] = ELFDATA2MSB)
REFUSED(executable_is_refused, f->elf.e_type = ET_EXEC)
REFUSED(other_processor_is_refused, f->elf.e_machine = EM_RISCV)
REFUSED(no_headers_are_refused, f->elf.e_phnum = 0)
REFUSED(too_many_headers_are_refused, f->elf.e_phnum = LOADER_HEADERS + 1)
REFUSED(odd_header_size_is_refused, f->elf.e_phentsize = 57)
REFUSED(headers_past_the_end_are_refused, f->elf.e_phoff = SIZE - 100)
REFUSED(headers_that_wrap_are_refused, f->elf.e_phoff = -(uint64_t)56)
REFUSED(entry_in_data_is_refused, f->elf.e_entry = DATA)
REFUSED(entry_past_the_code_is_refused, f->elf.e_entry = TEXT)
REFUSED(entry_far_away_is_refused, f->elf.e_entry = UINT64_MAX)
REFUSED(interpreter_is_refused, f->stack.p_type = PT_INTERP)
REFUSED(executable_stack_is_refused, f->stack.p_flags |= PF_X)
REFUSED(no_note_is_refused, f->note.p_type = PT_NULL)
REFUSED(other_version_is_refused, f->image_note.version = START_VERSION + 1)
REFUSED(other_name_is_refused, f->image_note.name[0] = 'X')
REFUSED(no_dynamic_section_is_refused, f->dynamic.p_type = PT_NULL)
REFUSED(two_dynamic_sections_are_refused, f->stack = f->dynamic)
REFUSED(dynamic_past_the_end_is_refused, f->dynamic.p_offset = SIZE - 8)
REFUSED(dynamic_that_wraps_is_refused, f->dynamic.p_offset = UINT64_MAX - 8)
REFUSED(no_segment_is_refused, f->load[0].p_type = f->load[1].p_type = PT_NULL)
REFUSED(headers_outside_memory_are_refused, f->load[0].p_type = PT_NULL)
REFUSED(segment_not_from_zero_is_refused, f->load[0].p_vaddr = PAGE_SIZE;
	f->load[1].p_vaddr = 0x5000)
REFUSED(empty_segment_is_refused, f->load[1].p_memsz = f->load[1].p_filesz = 0)
REFUSED(more_file_than_memory_is_refused, f->load[1].p_memsz = 0x100)
REFUSED(segment_past_the_file_is_refused, f->load[1].p_filesz = 0x201)
REFUSED(file_offset_that_wraps_is_refused,
    f->load[1].p_offset = -(uint64_t)PAGE_SIZE)
REFUSED(
    address_that_wraps_is_refused, f->load[1].p_vaddr = -(uint64_t)PAGE_SIZE)
REFUSED(size_that_wraps_is_refused, f->load[1].p_memsz = UINT64_MAX - 0x800)
REFUSED(huge_segment_is_refused, f->load[1].p_memsz = LOADER_SIZE_MAX)
REFUSED(write_and_execute_is_refused, f->load[1].p_flags = PF_R | PF_W | PF_X)
REFUSED(unreadable_segment_is_refused, f->load[1].p_flags = PF_W)
REFUSED(unknown_flag_is_refused, f->load[1].p_flags |= 0x100000)
REFUSED(segment_off_its_page_is_refused, f->load[1].p_vaddr += 8)
REFUSED(overlap_is_refused, f->load[1].p_vaddr = 0)
REFUSED(shared_page_is_refused, f->load[0].p_memsz = PAGE_SIZE + 1)
REFUSED(descending_segments_are_refused, Elf64_Phdr swap = f->load[0];
	f->load[0] = f->load[1]; f->load[1] = swap)
REFUSED(needed_library_is_refused, f->dyn[3].d_tag = DT_NEEDED)
REFUSED(text_relocations_are_refused, f->dyn[3].d_tag = DT_TEXTREL)
REFUSED(rel_table_is_refused, f->dyn[3].d_tag = DT_REL)
REFUSED(plt_table_is_refused, f->dyn[3].d_tag = DT_JMPREL)
REFUSED(odd_table_size_is_refused, f->dyn[1].d_un.d_val = 25)
REFUSED(odd_entry_size_is_refused, f->dyn[2].d_un.d_val = 16)
REFUSED(table_outside_is_refused, f->dyn[0].d_un.d_ptr = 0x10000)
REFUSED(table_over_the_edge_is_refused, f->dyn[0].d_un.d_ptr = TEXT - 71)
REFUSED(table_in_zero_pages_is_refused, f->dyn[0].d_un.d_ptr = DATA + 0x1000)
REFUSED(huge_table_is_refused, f->dyn[1].d_un.d_val = -(uint64_t)24)

static void
one_segment_too_many_is_refused(void **state)
{
	struct file *f = good_file();
	Elf64_Phdr *h = (Elf64_Phdr *)((uint8_t *)f + f->elf.e_phoff);
	struct loader_image image;

	(void)state;
	/* There is room for more headers before the note. */
	f->elf.e_phnum += LOADER_SEGMENTS - 2;
	for (unsigned i = HEADERS; i < f->elf.e_phnum; i++) {
		h[i] = f->load[1];
		h[i].p_vaddr = 0x10000 * i;
	}
	assert_int_equal(loader_parse(f, sizeof *f, &image), E_OK);
	assert_int_equal(image.segment_count, LOADER_SEGMENTS);
	f->stack = f->load[1]; /* between the others */
	f->stack.p_vaddr = 0x8000;
	expect_refused(f);
}

/* Parses, then relocates with the first relocation changed. */
static enum error
relocate_with(uint64_t offset, uint64_t info)
{
	struct file *f = good_file();
	struct loader_image image;

	f->rela[0].r_offset = offset;
	f->rela[0].r_info = info;
	assert_int_equal(loader_parse(f, sizeof *f, &image), E_OK);
	uint8_t *data = calloc(1, image.segments[1].size);
	enum error e =
	    loader_relocate(f, &image, BASE, (void *[]){ NULL, data });
	free(data);
	free(f);
	return e;
}

static void
relocation_outside_the_data_is_refused(void **state)
{
	uint64_t type = IMAGE_RELOCATION_RELATIVE;

	(void)state;
	assert_int_equal(relocate_with(0, type), E_BAD_IMAGE);
	assert_int_equal(relocate_with(DATA - 1, type), E_BAD_IMAGE);
	assert_int_equal(relocate_with(DATA, type), E_OK);
	assert_int_equal(relocate_with(DATA + 0x2FF8, type), E_OK);
	assert_int_equal(relocate_with(DATA + 0x2FF9, type), E_BAD_IMAGE);
	assert_int_equal(relocate_with(UINT64_MAX, type), E_BAD_IMAGE);
	assert_int_equal(relocate_with(-(uint64_t)7, type), E_BAD_IMAGE);
}

static void
relocation_of_another_type_is_refused(void **state)
{
	(void)state;
	assert_int_equal(relocate_with(DATA, 1), E_BAD_IMAGE);
	assert_int_equal(
	    relocate_with(DATA, 1ull << 32 | IMAGE_RELOCATION_RELATIVE),
	    E_BAD_IMAGE);
}

static void
relocation_without_a_view_is_refused(void **state)
{
	struct file *f = good_file();
	struct loader_image image;

	(void)state;
	assert_int_equal(loader_parse(f, sizeof *f, &image), E_OK);
	assert_int_equal(
	    loader_relocate(f, &image, BASE, (void *[]){ NULL, NULL }),
	    E_BAD_IMAGE);
	free(f);
}

/* Not a fuzzer, but it finds what one byte can do. */
static void
any_changed_byte_is_survived(void **state)
{
	static const uint8_t values[] = { 0x00, 0x01, 0x7F, 0x80, 0xFF };

	(void)state;
	for (size_t i = 0; i < DATA + sizeof(Elf64_Dyn) * 8; i++) {
		for (size_t v = 0; v < sizeof values; v++) {
			struct file *f = good_file();
			struct loader_image image;
			((uint8_t *)f)[i] = values[v];
			if (loader_parse(f, sizeof *f, &image) == E_OK &&
			    image.size < 1 << 20) {
				void *views[LOADER_SEGMENTS] = { NULL };
				for (unsigned s = 0; s < image.segment_count;
				     s++) {
					views[s] =
					    calloc(1, image.segments[s].size);
					loader_fill(
					    f, &image.segments[s], views[s]);
				}
				(void)!loader_relocate(f, &image, BASE, views);
				for (unsigned s = 0; s < image.segment_count;
				     s++)
					free(views[s]);
			}
			free(f);
		}
		/* Between the tables there is nothing to change. */
		if (i == RELA + RELOCATIONS * sizeof(Elf64_Rela))
			i = DATA - 1;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_file_is_described),
		cmocka_unit_test(views_are_filled_and_relocated),
		cmocka_unit_test(
		    segment_in_the_middle_of_a_page_is_filled_there),
		cmocka_unit_test(file_at_an_odd_address_is_read),
		cmocka_unit_test(every_cut_file_is_refused),
		cmocka_unit_test(other_magic_is_refused),
		cmocka_unit_test(thirty_two_bits_are_refused),
		cmocka_unit_test(big_endian_is_refused),
		cmocka_unit_test(executable_is_refused),
		cmocka_unit_test(other_processor_is_refused),
		cmocka_unit_test(no_headers_are_refused),
		cmocka_unit_test(too_many_headers_are_refused),
		cmocka_unit_test(odd_header_size_is_refused),
		cmocka_unit_test(headers_past_the_end_are_refused),
		cmocka_unit_test(headers_that_wrap_are_refused),
		cmocka_unit_test(entry_in_data_is_refused),
		cmocka_unit_test(entry_past_the_code_is_refused),
		cmocka_unit_test(entry_far_away_is_refused),
		cmocka_unit_test(interpreter_is_refused),
		cmocka_unit_test(executable_stack_is_refused),
		cmocka_unit_test(no_note_is_refused),
		cmocka_unit_test(other_version_is_refused),
		cmocka_unit_test(other_name_is_refused),
		cmocka_unit_test(no_dynamic_section_is_refused),
		cmocka_unit_test(two_dynamic_sections_are_refused),
		cmocka_unit_test(dynamic_past_the_end_is_refused),
		cmocka_unit_test(dynamic_that_wraps_is_refused),
		cmocka_unit_test(no_segment_is_refused),
		cmocka_unit_test(headers_outside_memory_are_refused),
		cmocka_unit_test(segment_not_from_zero_is_refused),
		cmocka_unit_test(empty_segment_is_refused),
		cmocka_unit_test(more_file_than_memory_is_refused),
		cmocka_unit_test(segment_past_the_file_is_refused),
		cmocka_unit_test(file_offset_that_wraps_is_refused),
		cmocka_unit_test(address_that_wraps_is_refused),
		cmocka_unit_test(size_that_wraps_is_refused),
		cmocka_unit_test(huge_segment_is_refused),
		cmocka_unit_test(write_and_execute_is_refused),
		cmocka_unit_test(unreadable_segment_is_refused),
		cmocka_unit_test(unknown_flag_is_refused),
		cmocka_unit_test(segment_off_its_page_is_refused),
		cmocka_unit_test(overlap_is_refused),
		cmocka_unit_test(shared_page_is_refused),
		cmocka_unit_test(descending_segments_are_refused),
		cmocka_unit_test(needed_library_is_refused),
		cmocka_unit_test(text_relocations_are_refused),
		cmocka_unit_test(rel_table_is_refused),
		cmocka_unit_test(plt_table_is_refused),
		cmocka_unit_test(odd_table_size_is_refused),
		cmocka_unit_test(odd_entry_size_is_refused),
		cmocka_unit_test(table_outside_is_refused),
		cmocka_unit_test(table_over_the_edge_is_refused),
		cmocka_unit_test(table_in_zero_pages_is_refused),
		cmocka_unit_test(huge_table_is_refused),
		cmocka_unit_test(one_segment_too_many_is_refused),
		cmocka_unit_test(relocation_outside_the_data_is_refused),
		cmocka_unit_test(relocation_of_another_type_is_refused),
		cmocka_unit_test(relocation_without_a_view_is_refused),
		cmocka_unit_test(any_changed_byte_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
