/* contract: what hal.h forbids the kernel to do, and the machine's parts. */
#pragma once

#include <stdio.h>
#include <stdlib.h>

#include <hal/hal.h>

#define CONTRACT(condition)                                                    \
	((condition) ? (void)0                                                 \
		     : (fprintf(stderr, "%s:%d: hal contract: %s\n", __FILE__, \
			    __LINE__, #condition),                             \
			   abort()))

/* No page of any space is mapped any more. */
void machine_space_start(void);

/* Back to the test, which says what trap comes next. */
void machine_to_test(bool last);
extern struct hal_trap machine_next_trap;
void machine_register(struct hal_context *context);
