/* manual.h: what the standard library's source says about its functions, and the table of builtins
 * about those: the text of `konsil doc`.
 *
 * A function's comment is the block of `#` lines right before it.  Of functions for
 * users it has at least three lines: what they are, their arguments, what R calls them; others,
 * and those that begin with "Inside:", are helpers, and in no list. */
#ifndef KONSIL_MANUAL_H
#define KONSIL_MANUAL_H

#include "text.h"

/* All modules, a line each. */
void manual_modules(struct text *t);
/* A module's purpose and its functions; false: there is none of that name. */
bool manual_module(struct text *t, const char *module);
/* One function: "stats.welch", or "welch" of any module or a builtin; false: there is none. */
bool manual_function(struct text *t, const char *name);
/* All names, for "did you mean"; the array and each name are the caller's (mem_free). */
enum status manual_names(char ***names, size_t *n) MUST_USE;

#endif
