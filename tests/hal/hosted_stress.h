/* hosted_stress: what its files share; tasks run in functions of the program
 * itself, which hosted alone permits. */
#pragma once

#include <gbsd/start.h>
#include <hal/hal.h>

/* hosted_stress_user.S, which says what they do */
void user_registers(void), user_spin(void), user_calls(void), user_busy(void);
void user_mixed(void), user_write(void), user_wild(void);
void user_bad_stack(void), user_recurse(void), user_upcall(void);
void user_look(void), user_store(void);

enum {
	USER_AGAIN = 7,
	USER_ENTERED = 8,
	USER_LEAVE = 9,
	USER_LOOKED = 10,
	STRESS_TASKS = 2,
};

extern volatile uint64_t stress_spins;
extern struct hal_space space;
extern struct hal_context context[STRESS_TASKS];
extern unsigned failures;

void stress_start(void);
void stress_measure(void);
void stress_mappings(void); /* hosted_stress_map.c */
void print(const char *text);
void check(const char *what, bool good);
void figure(const char *what, uint64_t value, const char *unit);
paddr_t new_pages(unsigned n);
uint64_t random_number(void);
uint64_t gate(void); /* the argument of tasks that call */
vaddr_t stack_of(int task); /* its lowest address */
void start(int task, void (*entry)(void), uint64_t argument);
bool has_word(const char *line, const char *word);
