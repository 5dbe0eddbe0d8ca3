/* std.h: the standard library, Konsil source embedded in the binary. */
#ifndef KONSIL_STD_H
#define KONSIL_STD_H

#include <stddef.h>

struct std_module {
	const char *name;               /* "stats" */
	const char *part_of;            /* of which module it is a further file; NULL: a module */
	const char *source;             /* not ended by a zero byte */
	size_t len;
};

/* NULL if there is no module of that name. */
const struct std_module *std_find(const char *name);
/* All files, modules and their parts. */
const struct std_module *std_modules(size_t *n);

#endif
