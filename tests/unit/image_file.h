/* image_file: a small image, for those who load it. */
#pragma once

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include <gbsd/image.h>
#include <gbsd/loader.h>

enum {
	TEXT = 0x300, /* bytes of the first segment */
	DATA = 0x1000, /* offset and address of the second */
	DATA_FILE = 0x200,
	DATA_MEMORY = 0x2345,
	SIZE = DATA + DATA_FILE,
	NOTE = 0x200,
	RELA = 0x240,
	RELOCATIONS = 3,
	HEADERS = 5,
};

/* A small image, laid out as the linker script does it. */
struct file {
	Elf64_Ehdr elf;
	Elf64_Phdr load[2], dynamic, note, stack;
	uint8_t pad1[NOTE - sizeof(Elf64_Ehdr) - HEADERS * sizeof(Elf64_Phdr)];
	struct image_note image_note;
	uint8_t pad2[RELA - NOTE - sizeof(struct image_note)];
	Elf64_Rela rela[RELOCATIONS];
	uint8_t pad3[DATA - RELA - RELOCATIONS * sizeof(Elf64_Rela)];
	Elf64_Dyn dyn[8];
	uint8_t data[DATA_FILE - 8 * sizeof(Elf64_Dyn)];
};
_Static_assert(sizeof(struct file) == SIZE, "layout");

static inline struct file *
good_file(void)
{
	struct file *f = calloc(1, sizeof *f);

	f->elf = (Elf64_Ehdr){
		.e_ident = { 0x7F, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB,
		    EV_CURRENT },
		.e_type = ET_DYN,
		.e_machine = IMAGE_MACHINE,
		.e_version = EV_CURRENT,
		.e_entry = 0x280,
		.e_phoff = sizeof(Elf64_Ehdr),
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = HEADERS,
	};
	f->load[0] = (Elf64_Phdr){
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_X,
		.p_filesz = TEXT,
		.p_memsz = TEXT,
		.p_align = PAGE_SIZE,
	};
	f->load[1] = (Elf64_Phdr){
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_W,
		.p_offset = DATA,
		.p_vaddr = DATA,
		.p_filesz = DATA_FILE,
		.p_memsz = DATA_MEMORY,
		.p_align = PAGE_SIZE,
	};
	f->dynamic = (Elf64_Phdr){
		.p_type = PT_DYNAMIC,
		.p_flags = PF_R | PF_W,
		.p_offset = DATA,
		.p_vaddr = DATA,
		.p_filesz = sizeof f->dyn,
		.p_memsz = sizeof f->dyn,
	};
	f->note = (Elf64_Phdr){
		.p_type = PT_NOTE,
		.p_flags = PF_R,
		.p_offset = NOTE,
		.p_vaddr = NOTE,
		.p_filesz = sizeof f->image_note,
		.p_memsz = sizeof f->image_note,
	};
	f->stack = (Elf64_Phdr){
		.p_type = PT_GNU_STACK,
		.p_flags = PF_R | PF_W,
		.p_memsz = 0x20000,
	};
	f->image_note = (struct image_note){
		.name_size = 5,
		.value_size = 4,
		.type = IMAGE_NOTE_ABI,
		.name = "GBSD",
		.version = START_VERSION,
	};
	f->rela[0] = (Elf64_Rela){
		.r_offset = DATA + 0x100,
		.r_info = IMAGE_RELOCATION_RELATIVE,
		.r_addend = 0x280,
	};
	f->rela[1] = (Elf64_Rela){
		.r_offset = DATA + 0x108,
		.r_info = IMAGE_RELOCATION_MODULE,
	};
	f->rela[2] = (Elf64_Rela){ .r_info = IMAGE_RELOCATION_NONE };
	f->dyn[0] = (Elf64_Dyn){ .d_tag = DT_RELA, .d_un.d_ptr = RELA };
	f->dyn[1] = (Elf64_Dyn){
		.d_tag = DT_RELASZ,
		.d_un.d_val = sizeof f->rela,
	};
	f->dyn[2] = (Elf64_Dyn){
		.d_tag = DT_RELAENT,
		.d_un.d_val = sizeof(Elf64_Rela),
	};
	memset(f->data, 0xDA, sizeof f->data);
	return f;
}
