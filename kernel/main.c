/* main: the loop that the kernel is. */
#include "kernel.h"

__attribute__((externally_visible)) _Noreturn void
kernel_main(void)
{
	struct cpu *cpu = &cpus[hal_cpu()];
	const struct hal_trap kick = { .kind = HAL_TRAP_KICK };
	struct hal_trap trap = kick;

	boot_start();
	hal_boot_done();
	for (;;) {
		struct task *task = kernel_handle(cpu, trap);

		if (task != NULL)
			trap = hal_run(&task->context, &task->space->hal);
		else if (work_step())
			trap = hal_idle();
		else /* something is left to take apart */
			trap = kick;
	}
}
