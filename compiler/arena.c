/* arena.c: see arena.h */
#include "arena.h"

#include <stdint.h>

#include "../runtime/base/mem.h"

enum { CHUNK_BYTES = 64 << 10, ALIGN_BYTES = 16 };

struct chunk {
	struct chunk *next;
	size_t used, cap;
};

struct arena {
	struct chunk *chunk;
};

enum { HEAD_BYTES = (sizeof(struct chunk) + ALIGN_BYTES - 1) / ALIGN_BYTES * ALIGN_BYTES };

struct arena *
arena_new(void)
{
	return mem_zalloc(sizeof(struct arena));
}

void
arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	for (struct chunk *c = a->chunk, *next; c != NULL; c = next) {
		next = c->next;
		mem_free(c);
	}
	mem_free(a);
}

void
arena_wipe(struct arena *a)
{
	for (struct chunk *c = a != NULL ? a->chunk : NULL; c != NULL; c = c->next)
		wipe((char *)c + HEAD_BYTES, c->used);
}

void *
arena_alloc(struct arena *a, size_t n)
{
	if (n > SIZE_MAX / 2)
		return NULL;
	n = (n + ALIGN_BYTES - 1) / ALIGN_BYTES * ALIGN_BYTES;
	struct chunk *c = a->chunk;
	if (c == NULL || c->cap - c->used < n) {
		size_t cap = n > CHUNK_BYTES ? n : CHUNK_BYTES;
		c = mem_zalloc(HEAD_BYTES + cap);
		if (c == NULL)
			return NULL;
		c->cap = cap;
		c->next = a->chunk;
		a->chunk = c;
	}
	void *p = (char *)c + HEAD_BYTES + c->used;
	c->used += n;
	return p;
}
