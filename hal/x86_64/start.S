/*
 * start: from the boot loader to C in long mode.
 *
 * Both loaders enter in 32-bit protected mode with paging off: QEMU and
 * other virtual machines by the PVH note, GRUB by the Multiboot2 header.
 * ebx points at what each has to say.  The first four GiB are mapped at their
 * own addresses, and the first of them at KERNEL_BASE as well, until
 * boot_memory.c has built the real tables.
 */
#include <offsets.h>

#define LOW(symbol) (symbol - KERNEL_BASE)
#define MULTIBOOT 0xe85250d6
#define PVH 0x336ec578

	.section .boot.header, "a"
	.balign 8
header:
	.long MULTIBOOT, 0, header_end - header
	.long -(MULTIBOOT + (header_end - header))
	.short 6, 0 /* modules on page boundaries */
	.long 8
	.short 0, 0
	.long 8
header_end:

	.section .note.pvh, "a", @note
	.long 4, 8, 18 /* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz "Xen"
	.quad LOW(x86_start_pvh)

	.section .boot.text, "ax"
	.code32
	.global x86_start_multiboot, x86_start_pvh
x86_start_pvh:
	mov	$PVH, %eax
x86_start_multiboot:
	mov	%eax, %edi
	mov	%ebx, %esi
	cld
	mov	$LOW(x86_stack_top), %esp

	mov	$0x80000001, %eax
	cpuid
	and	$(1 << 29 | 1 << 20), %edx /* long mode, no-execute */
	cmp	$(1 << 29 | 1 << 20), %edx
	jne	too_old

	mov	$LOW(early_directories), %edx
	mov	$0x83, %eax /* present, writable, 2 MiB */
1:	mov	%eax, (%edx)
	add	$8, %edx
	add	$0x200000, %eax
	jnc	1b
	movl	$LOW(early_directories) + 0x0003, LOW(early_pointers) + 0
	movl	$LOW(early_directories) + 0x1003, LOW(early_pointers) + 8
	movl	$LOW(early_directories) + 0x2003, LOW(early_pointers) + 16
	movl	$LOW(early_directories) + 0x3003, LOW(early_pointers) + 24
	movl	$LOW(early_directories) + 0x0003, LOW(early_pointers) + 510 * 8
	movl	$LOW(early_pointers) + 3, LOW(early_root)
	movl	$LOW(early_pointers) + 3, LOW(early_root) + 511 * 8

	mov	$LOW(early_root), %eax
	mov	%eax, %cr3
	mov	$0x20, %eax /* PAE */
	mov	%eax, %cr4
	mov	$MSR_EFER, %ecx
	rdmsr
	or	$0x901, %eax /* syscall, long mode, no-execute */
	wrmsr
	mov	$0x80010001, %eax /* paging, write protection, protected */
	mov	%eax, %cr0
	lgdt	LOW(early_gdtr)
	ljmp	$KERNEL_CODE, $LOW(start_long)

	/* No C without long mode: the reason, on COM1, as it is. */
too_old:
	mov	$LOW(too_old_text), %esi
	mov	$0x3f8, %edx
2:	lodsb
	out	%al, %dx
	test	%al, %al
	jnz	2b
3:	hlt
	jmp	3b

	.code64
start_long:
	xor	%eax, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %fs
	mov	%eax, %gs
	mov	%eax, %ss
	mov	$x86_stack_top, %rsp
	xor	%ebp, %ebp
	mov	$x86_start, %rax /* absolute: out of the low addresses */
	call	*%rax
	ud2

	.section .boot.rodata, "a"
too_old_text:
	.asciz "gbsd: this processor lacks long mode or no-execute\r\n"
	.balign 8
early_gdtr:
	.short gdt_end - x86_gdt - 1
	.long LOW(x86_gdt)

	.section .boot.bss, "aw", @nobits
	.balign 4096
early_root:
	.skip 4096
early_pointers:
	.skip 4096
early_directories:
	.skip 4 * 4096

	.data
	.global x86_gdt, x86_gdt_tss
	.balign 8
x86_gdt:
	.quad 0
	.quad 0x00af9b000000ffff /* kernel code */
	.quad 0x00cf93000000ffff /* kernel data */
	.quad 0x00cff3000000ffff /* user data */
	.quad 0x00affb000000ffff /* user code */
x86_gdt_tss:
	.quad 0, 0 /* by boot.c */
gdt_end:

	.bss
	.global x86_stack_guard, x86_stack_top
	.balign 4096
x86_stack_guard: /* never mapped */
	.skip 4096
	.skip 16384 /* KERNEL_STACK_SIZE */
x86_stack_top:

	.section .note.GNU-stack, "", @progbits
