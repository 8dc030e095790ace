/* archive: the boot archive inside the hosted program, on pages of its own. */
	.section .rodata.archive, "a", @progbits
	.balign 4096
	.globl gbsd_archive_start
	.globl gbsd_archive_end
gbsd_archive_start:
	.incbin ARCHIVE
gbsd_archive_end:
	.section .note.GNU-stack, "", @progbits
