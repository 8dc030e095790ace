/*
 * interrupt: a device's line, bound to bits of a port.
 *
 * It is masked when it is reported and unmasked by sys_signal on its
 * capability, so a driver that is slow or dead is told once.
 */
#include "kernel.h"

static struct interrupt *bound[HAL_INTERRUPTS];

enum error
interrupt_create(
    uint64_t number, struct port *port, uint64_t bits, struct interrupt **out)
{
	struct interrupt *interrupt;

	if (number >= HAL_INTERRUPTS)
		return REFUSE(E_INVALID, "no such interrupt");
	if (bound[number] != NULL)
		return REFUSE(E_STATE, "the interrupt is bound already");
	interrupt = slab_allocate(SLAB_INTERRUPT);
	if (interrupt == NULL)
		return REFUSE(E_NO_MEMORY, "no page for the interrupt");
	interrupt->object.type = OBJECT_INTERRUPT;
	interrupt->object.references = 1;
	interrupt->number = (uint32_t)number;
	interrupt->bits = bits;
	interrupt->port = port;
	object_get(&port->object);
	bound[number] = interrupt;
	hal_unmask(interrupt->number);
	*out = interrupt;
	return E_OK;
}

void
interrupt_free(struct interrupt *interrupt)
{
	hal_mask(interrupt->number);
	bound[interrupt->number] = NULL;
	object_put(&interrupt->port->object);
	slab_free(SLAB_INTERRUPT, interrupt);
}

void
interrupt_arrived(uint32_t number)
{
	if (number < HAL_INTERRUPTS && bound[number] != NULL)
		port_signal(bound[number]->port, bound[number]->bits);
}
