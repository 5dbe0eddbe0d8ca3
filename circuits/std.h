/* std.h: the standard library, Konsil source embedded in the binary. */
#ifndef KONSIL_STD_H
#define KONSIL_STD_H

#include <stddef.h>

struct std_module {
	const char *name;               /* "stats" */
	const char *source;             /* not ended by a zero byte */
	size_t len;
};

/* NULL if there is none of that name. */
const struct std_module *std_find(const char *name);
const struct std_module *std_modules(size_t *n);

#endif
