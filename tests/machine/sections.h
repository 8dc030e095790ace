/* sections: put in front of each kernel file, so that a test can put back all
 * of the kernel's variables at once. */
#pragma clang section bss = "kernel_bss" data = "kernel_data"
