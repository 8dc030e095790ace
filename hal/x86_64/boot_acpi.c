/*
 * boot_acpi: the few facts that ACPI's tables are asked for.
 *
 * How many processors there are, where the I/O APICs are and how ISA lines
 * reach them (MADT), and how to switch off (FADT, and the package _S5_, which
 * is found by its name: no interpreter for it).  Tables are the firmware's;
 * what is not mapped or too long is treated as absent.
 */
#include "internal.h"

struct acpi_header {
	char signature[4];
	uint32_t length;
	uint8_t revision, checksum;
	char oem[26];
} __attribute__((packed));

struct acpi_address {
	uint8_t space, width, offset, access;
	uint64_t address;
} __attribute__((packed));

enum { SPACE_MEMORY = 0, SPACE_PORTS = 1 };

struct rsdp {
	char signature[8];
	uint8_t checksum;
	char oem[6];
	uint8_t revision;
	uint32_t rsdt, length;
	uint64_t xsdt;
} __attribute__((packed));

struct fadt {
	struct acpi_header header;
	uint32_t facs, dsdt;
	uint8_t reserved0[4];
	uint32_t smi_command;
	uint8_t acpi_enable, reserved1[11];
	uint32_t pm1a, pm1b;
	uint8_t reserved2[40];
	uint32_t flags;
	struct acpi_address reset;
	uint8_t reset_value, reserved3[3];
	uint64_t facs_long, dsdt_long;
	uint8_t reserved4[96];
	struct acpi_address sleep_control;
} __attribute__((packed));
_Static_assert(offsetof(struct fadt, pm1a) == 64, "ACPI 6.4, 5.2.9");
_Static_assert(offsetof(struct fadt, flags) == 112, "");
_Static_assert(offsetof(struct fadt, dsdt_long) == 140, "");
_Static_assert(offsetof(struct fadt, sleep_control) == 244, "");

enum { FADT_RESET = 1 << 10, FADT_REDUCED = 1 << 20 };

struct madt_entry {
	uint8_t type, length;
	union {
		struct {
			uint8_t uid, id;
			uint32_t flags;
		} __attribute__((packed)) apic;
		struct {
			uint8_t id, reserved;
			uint32_t address, first;
		} __attribute__((packed)) ioapic;
		struct {
			uint8_t bus, line;
			uint32_t number;
			uint16_t flags;
		} __attribute__((packed)) isa;
		struct {
			uint16_t reserved;
			uint32_t id, flags;
		} __attribute__((packed)) x2apic;
	};
} __attribute__((packed));

enum { MADT_APIC = 0, MADT_IOAPIC = 1, MADT_ISA = 2, MADT_X2APIC = 9 };

BOOT static bool
same(const char *a, const char *b, unsigned n)
{
	while (n > 0 && *a == *b)
		n--, a++, b++;
	return n == 0;
}

BOOT static const struct acpi_header *
table_at(uint64_t address)
{
	const struct acpi_header *header = hal_physical(address);

	if (address == 0 || address > x86_memory_mapped - sizeof(*header) ||
	    header->length < sizeof(*header) ||
	    header->length > x86_memory_mapped - address)
		return NULL;
	return header;
}

BOOT static paddr_t
rsdp_search(void)
{
	uint64_t ebda = *(const uint16_t *)hal_physical(0x40e) * 16ull;

	for (uint64_t at = ebda; at < ebda + 1024; at += 16)
		if (same(hal_physical(at), BOOT_TEXT("RSD PTR "), 8))
			return at;
	for (uint64_t at = 0xe0000; at < 0x100000; at += 16)
		if (same(hal_physical(at), BOOT_TEXT("RSD PTR "), 8))
			return at;
	return 0;
}

BOOT static void
read_madt(struct acpi *acpi, const struct acpi_header *madt)
{
	const uint8_t *at = (const uint8_t *)madt + 44;
	const uint8_t *end = (const uint8_t *)madt + madt->length;
	unsigned processors = 0;

	for (; at + 2 <= end && at[1] >= 2 && at + at[1] <= end; at += at[1]) {
		const struct madt_entry *e = (const void *)at;

		if (e->type == MADT_APIC) {
			processors += e->apic.flags & 1;
		} else if (e->type == MADT_X2APIC) {
			processors += e->x2apic.flags & 1;
		} else if (e->type == MADT_IOAPIC && acpi->ioapic_count < 4) {
			acpi->ioapics[acpi->ioapic_count++] =
			    (struct acpi_ioapic){ e->ioapic.address,
				    e->ioapic.first };
		} else if (e->type == MADT_ISA && e->isa.line < 16) {
			acpi->isa_number[e->isa.line] = (uint8_t)e->isa.number;
			acpi->isa_flags[e->isa.line] = e->isa.flags;
		}
	}
	if (processors > 0)
		acpi->processors = processors;
}

/* NameOp "_S5_" PackageOp length count, then small integers: each a constant
 * opcode (0, 1) or a byte prefix and a byte. */
BOOT static void
read_s5(const struct acpi_header *dsdt)
{
	const uint8_t *at = (const uint8_t *)dsdt + sizeof(*dsdt);
	const uint8_t *end = (const uint8_t *)dsdt + dsdt->length - 12;

	for (; at <= end; at++) {
		if (!same((const char *)at, BOOT_TEXT("_S5_"), 4) ||
		    at[4] != 0x12)
			continue;
		at += 5;
		at += (*at >> 6) + 2; /* length, count */
		at += *at == 0x0a;
		x86_halt_ways.sleep_a = *at++ & 7;
		at += *at == 0x0a;
		x86_halt_ways.sleep_b = *at & 7;
		return;
	}
}

BOOT static void
read_fadt(const struct fadt *fadt)
{
	uint64_t dsdt = fadt->dsdt;
	bool long_enough = fadt->header.length >= sizeof(*fadt);

	if (dsdt == 0 && long_enough)
		dsdt = fadt->dsdt_long;
	if (table_at(dsdt) != NULL)
		read_s5(table_at(dsdt));
	x86_halt_ways.pm1a = (uint16_t)fadt->pm1a;
	x86_halt_ways.pm1b = (uint16_t)fadt->pm1b;
	x86_halt_ways.smi_command = (uint16_t)fadt->smi_command;
	x86_halt_ways.acpi_enable = fadt->acpi_enable;
	if (fadt->header.length >= 129 && fadt->flags & FADT_RESET) {
		x86_halt_ways.reset_value = fadt->reset_value;
		if (fadt->reset.space == SPACE_PORTS)
			x86_halt_ways.reset_port =
			    (uint16_t)fadt->reset.address;
		else if (fadt->reset.space == SPACE_MEMORY)
			x86_halt_ways.reset_memory =
			    x86_memory_map_device(fadt->reset.address);
	}
	if (long_enough && fadt->flags & FADT_REDUCED) {
		x86_halt_ways.pm1a = 0;
		if (fadt->sleep_control.space == SPACE_MEMORY)
			x86_halt_ways.sleep_control =
			    x86_memory_map_device(fadt->sleep_control.address);
	}
}

BOOT void
x86_acpi_read(struct acpi *acpi, paddr_t *rsdp_address)
{
	acpi->processors = 1;
	for (uint8_t i = 0; i < 16; i++)
		acpi->isa_number[i] = i;
	if (*rsdp_address == 0)
		*rsdp_address = rsdp_search();
	if (*rsdp_address == 0)
		return;

	const struct rsdp *rsdp = hal_physical(*rsdp_address);
	bool wide = rsdp->revision >= 2 && rsdp->xsdt != 0;
	const struct acpi_header *list =
	    table_at(wide ? rsdp->xsdt : rsdp->rsdt);
	if (list == NULL)
		return;
	unsigned size = wide ? 8 : 4;
	for (unsigned at = sizeof(*list); at + size <= list->length;
	     at += size) {
		const char *entry = (const char *)list + at;
		const struct acpi_header *table = table_at(
		    wide ? *(const uint64_t *)entry : *(const uint32_t *)entry);

		if (table == NULL)
			continue;
		if (same(table->signature, BOOT_TEXT("APIC"), 4))
			read_madt(acpi, table);
		else if (same(table->signature, BOOT_TEXT("FACP"), 4))
			read_fadt((const struct fadt *)table);
	}
}
