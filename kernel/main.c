/* main: the loop that the kernel is. */
#include "kernel.h"

/* What is left to take apart is done before the machine sleeps. */
static struct hal_trap
idle(struct cpu *cpu)
{
	while (work_step())
		if (schedule_pick(cpu) != NULL)
			return (struct hal_trap){ .kind = HAL_TRAP_KICK };
	return hal_idle();
}

_Noreturn void
kernel_main(void)
{
	struct cpu *cpu = &cpus[hal_cpu()];
	struct task *task;

	boot_start();
	page_add(hal_boot_done());
	task = kernel_handle(cpu, (struct hal_trap){ .kind = HAL_TRAP_KICK });
	for (;;) {
		struct hal_trap trap = task == NULL
		    ? idle(cpu)
		    : hal_run(&task->context, &task->space->hal);

		task = kernel_handle(cpu, trap);
	}
}
