/* arena.h: memory of one compilation: taken piece by piece, freed at once. */
#ifndef KONSIL_ARENA_H
#define KONSIL_ARENA_H

#include <stddef.h>

struct arena;

struct arena *arena_new(void);           /* NULL if there is no memory */
void arena_free(struct arena *);
/* Overwrites everything in it, for what held secrets; arena_free is still due. */
void arena_wipe(struct arena *);
/* Zeroed, 16-aligned; NULL if there is no memory: use compile_alloc, which fails the
 * compilation. */
void *arena_alloc(struct arena *, size_t n);

#endif
