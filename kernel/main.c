/* main: the loop that the kernel is. */
#include "kernel.h"

/* What is left to take apart is done before the machine sleeps. */
static struct hal_trap
idle(struct cpu *cpu)
{
	while (!work_step())
		if (schedule_pick(cpu) != NULL)
			return (struct hal_trap){ .kind = HAL_TRAP_KICK };
	return hal_idle();
}

__attribute__((externally_visible)) _Noreturn void
kernel_main(void)
{
	struct cpu *cpu = &cpus[hal_cpu()];
	struct hal_trap trap = { .kind = HAL_TRAP_KICK };

	boot_start();
	hal_boot_done();
	for (;;) {
		struct task *task = kernel_handle(cpu, trap);

		trap = task == NULL
		    ? idle(cpu)
		    : hal_run(&task->context, &task->space->hal);
	}
}
