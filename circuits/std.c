/* std.c: see std.h
 *
 * The assembler copies the files in; their paths begin at the top of the tree, where make runs. */
#include "std.h"

#include <string.h>

#define M(name, whole) \
	__asm__(".pushsection .rodata\n" \
	    ".global konsil_std_" #name ", konsil_std_" #name "_end\n" \
	    "konsil_std_" #name ": .incbin \"circuits/std/" #name ".ksl\"\n" \
	    "konsil_std_" #name "_end: .byte 0\n" \
	    ".popsection\n"); \
	extern const char konsil_std_##name[], konsil_std_##name##_end[];
#include "std.def"
#undef M

enum {
#define M(name, whole) STD_##name,
#include "std.def"
#undef M
	N_STD
};

/* The lengths are differences of addresses, which C does not take for constants. */
static void
fill(struct std_module *m)
{
#define M(id, whole) m[STD_##id] = (struct std_module){ .name = #id, .source = konsil_std_##id, \
	.part_of = STD_##id == STD_##whole ? NULL : #whole, \
	.len = (size_t)(konsil_std_##id##_end - konsil_std_##id) };
#include "std.def"
#undef M
}

const struct std_module *
std_modules(size_t *n)
{
	static _Thread_local struct std_module modules[N_STD];

	fill(modules);
	*n = N_STD;
	return modules;
}

const struct std_module *
std_find(const char *name)
{
	size_t n;
	const struct std_module *m = std_modules(&n);

	for (size_t i = 0; i < n; i++)
		if (m[i].part_of == NULL && strcmp(m[i].name, name) == 0)
			return &m[i];
	return NULL;
}
