/* load.h: how a program's files come together. */
#ifndef KONSIL_COMPILER_LOAD_H
#define KONSIL_COMPILER_LOAD_H

#include "internal.h"

enum { N_MODULE_MAX = 256 };            /* files of a program, and values from -D */

struct program {
	struct compile c;               /* arena: lives as long as the program */
	char *folder;                   /* of the program, for `use`;
	    NULL: only the library is looked at */
	struct named_hash *hash;
	uint32_t n_hashes;
	uint32_t n_files;               /* the first modules; the others are values */
	uint32_t n_circuits;            /* files of circuits */
};

/* Reads a whole file into arena memory; false: errno says why, or EFBIG. */
bool load_file(struct compile *c, const char *path, char **text, uint32_t *len);
/* Parses module 0, whose source is there, and all that is used, and puts values from -D in. */
void load_modules(struct program *p, const struct load_options *o);
void load_hashes(struct program *p);

#endif
