/* vm_scratch.c: memory for instructions to work in between rounds; see vm_state.h.
 *
 * Loops issue the same instructions again and again, so blocks are kept and handed on; a page that
 * nobody touched costs nothing, so sizes are rounded up without harm. */
#include "vm_state.h"

#include "base/mem.h"

/* The list for so many bytes; N_SCRATCH: there is none. */
static unsigned
class_of(uint64_t bytes)
{
	unsigned i = SCRATCH_LEAST_LOG2;

	while (i < N_SCRATCH && (uint64_t)1 << i < bytes)
		i++;
	return i;
}

/* A block that somebody gave back, or NULL. */
static void *
idle_block(struct scratches *s, unsigned i)
{
	struct scratch *e = s->idle[i];
	void *block;

	if (e == NULL)
		return NULL;
	s->idle[i] = e->next;
	e->next = s->spare;
	s->spare = e;
	block = e->block;
	e->block = NULL;
	return block;
}

void *
scratch_take(struct scratches *s, uint64_t bytes)
{
	unsigned i = class_of(bytes);
	struct scratch *e;
	void *block;

	if (i == N_SCRATCH)
		return NULL;
	block = idle_block(s, i);
	if (block == NULL) {
		/* The entry that it will be kept in is there from the beginning: giving back cannot
		 * fail. */
		e = mem_zalloc(sizeof *e);
		if (e == NULL)
			return NULL;
		e->next = s->spare;
		s->spare = e;
		block = mem_map((size_t)1 << i);
	}
	if (block == NULL)
		return NULL;
	s->now += bytes;
	s->peak = s->now > s->peak ? s->now : s->peak;
	return block;
}

void
scratch_give(struct scratches *s, void *block, uint64_t bytes)
{
	unsigned i = class_of(bytes);
	struct scratch *e = s->spare;

	if (block == NULL)
		return;
	assert(e != NULL && s->now >= bytes);
	s->spare = e->next;
	e->block = block;
	e->next = s->idle[i];
	s->idle[i] = e;
	s->now -= bytes;
}

static void
free_list(struct scratch *e, size_t bytes)
{
	while (e != NULL) {
		struct scratch *next = e->next;
		mem_unmap(e->block, bytes);
		mem_free(e);
		e = next;
	}
}

void
scratch_fini(struct scratches *s)
{
	assert(s->now == 0);
	for (unsigned i = 0; i < N_SCRATCH; i++)
		free_list(s->idle[i], (size_t)1 << i);
	free_list(s->spare, 0);
	*s = (struct scratches){ .spare = NULL };
}
