/*
 * vectors: the registers that the kernel, compiled without them, leaves be.
 *
 * A call keeps xmm0 to xmm15, MXCSR and the x87 control word, which entry.S
 * saves each time: 16 stores are cheaper than to learn whether someone will
 * need them.  A task that a signal interrupts keeps everything: the signal
 * frame has an XSAVE image, which is copied into the part of the area's page
 * that struct area does not use.  So its owner can spoil it; the header and
 * MXCSR, which could make XRSTOR fault, are made harmless before use.
 *
 * A call keeps no wider part.  Code that uses AVX and calls the gate inline
 * says so in its clobbers, as for a call of a C function.
 */
#include "cpu.h"

enum {
	IMAGE_OFFSET = 1024, /* in the page */
	IMAGE_ROOM = PAGE_SIZE - IMAGE_OFFSET,
	LEGACY_SIZE = 512, /* FXSAVE */
	HEADER_SIZE = 64,
	X87_SSE = 3,
	AVX = 4,
	/* x87, SSE, AVX, and three of AVX-512. */
	COMPONENTS = 0xE7,
	MXCSR_MASK = 0xFFFF,
};

_Static_assert(sizeof(struct area) <= IMAGE_OFFSET, "the image comes after");

struct image {
	uint16_t fcw, fsw;
	uint32_t before_mxcsr[5];
	uint32_t mxcsr, mxcsr_mask;
	uint64_t x87[16];
	uint64_t xmm[32];
	uint64_t unused[12];
	uint64_t components; /* those not at their reset values */
	uint64_t zero[7]; /* compaction and reserved */
	uint64_t wide[];
};

_Static_assert(offsetof(struct image, components) == LEGACY_SIZE, "XSAVE");
_Static_assert(
    offsetof(struct image, wide) == LEGACY_SIZE + HEADER_SIZE, "XSAVE");

static uint32_t components; /* that the processor has and IMAGE_ROOM holds */
static uint32_t image_size;
static bool can_ask; /* XGETBV tells which are in use */

static const struct image reset_image __attribute__((aligned(64))) = {
	.fcw = 0x37F,
	.mxcsr = 0x1F80,
};

static void
cpuid(uint32_t leaf, uint32_t sub, uint32_t r[4])
{
	__asm__ volatile("cpuid"
			 : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3])
			 : "a"(leaf), "c"(sub));
}

static uint32_t
xgetbv(uint32_t which)
{
	uint32_t low, high;

	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(which));
	return low;
}

void
vectors_start(void)
{
	uint32_t r[4];

	cpuid(1, 0, r);
	if (!(r[2] & 1u << 27)) /* OSXSAVE: every processor since 2011 */
		return;
	components = xgetbv(0) & COMPONENTS;
	image_size = LEGACY_SIZE + HEADER_SIZE;
	for (uint32_t i = 2; i < 8; i++) {
		if (!(components & 1u << i))
			continue;
		cpuid(0xD, i, r);
		uint32_t end = r[1] + r[0];
		if (end > IMAGE_ROOM)
			components &= ~(1u << i);
		else if (end > image_size)
			image_size = end;
	}
	cpuid(0xD, 1, r);
	can_ask = r[0] & 1u << 2;
	host_cpu.wide = (components & AVX) != 0;
}

static struct image *
image_of(const struct hal_context *context)
{
	return (struct image *)((uint8_t *)context->area + IMAGE_OFFSET);
}

static void
copy(void *to, const void *from, size_t n)
{
	__asm__ volatile("rep movsb"
			 : "+D"(to), "+S"(from), "+c"(n)
			 :
			 : "memory");
}

void
vectors_keep(struct hal_context *context, const void *from, bool extended)
{
	const struct image *frame = from;
	struct image *image = image_of(context);

	context->vectors = VECTORS_IMAGE;
	if (!extended || !(frame->components & components & ~X87_SSE)) {
		copy(image, frame, LEGACY_SIZE);
		image->components = X87_SSE;
		if (extended)
			image->components = frame->components & X87_SSE;
	} else {
		copy(image, frame, image_size);
	}
}

static void
restore(const struct image *image)
{
	if (components)
		__asm__ volatile("xrstor64 %0"
				 :
				 : "m"(*image), "a"(components), "d"(0)
				 : "memory");
	else
		__asm__ volatile("fxrstor64 %0" : : "m"(*image) : "memory");
}

static void
restore_image(struct image *image)
{
	image->components &= components;
	for (int i = 0; i < 7; i++)
		image->zero[i] = 0;
	image->mxcsr &= MXCSR_MASK;
	restore(image);
}

static void
restore_xmm(const struct hal_context *context)
{
	/* The image clears the upper halves and the x87 stack. */
	restore(&reset_image);
#define XMM(n) "movups " #n "*16(%0), %%xmm" #n "\n\t"
	__asm__ volatile(XMM(0) XMM(1) XMM(2) XMM(3) XMM(4) XMM(5) XMM(6) XMM(
	    7) XMM(8) XMM(9) XMM(10) XMM(11) XMM(12) XMM(13) XMM(14) XMM(15)
			 :
			 : "r"(context->xmm)
			 : "memory");
#undef XMM
	__asm__ volatile("ldmxcsr %0" : : "m"(context->mxcsr));
	__asm__ volatile("fldcw %0" : : "m"(context->fcw));
}

void
vectors_load(struct hal_context *context)
{
	if (host_cpu.loaded == context)
		return;
	if (context->vectors == VECTORS_XMM)
		restore_xmm(context);
	else if (context->vectors == VECTORS_IMAGE)
		restore_image(image_of(context));
	else
		restore(&reset_image);
	host_cpu.loaded = context;
}

/* The registers in use of a context that is in a call, or 0. */
static uint32_t
in_use(const struct hal_context *context)
{
	if (context->vectors != VECTORS_XMM || host_cpu.loaded != context)
		return 0;
	return can_ask ? xgetbv(1) & components : components;
}

/* An upcall returns to where a signal came, which may be in the middle of
 * AVX code: keep the wide registers over this one call as well. */
void
vectors_widen(struct hal_context *context)
{
	struct image *image = image_of(context);

	if (!(in_use(context) & ~X87_SSE))
		return;
	for (int i = 0; i < 7; i++)
		image->zero[i] = 0;
	__asm__ volatile("xsave64 %0"
			 : "+m"(*image)
			 : "a"(components), "d"(0)
			 : "memory");
	context->vectors = VECTORS_IMAGE;
}
