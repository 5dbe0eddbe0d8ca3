/* gmp_arena.c: the memory of GMP's numbers.
 *
 * While a compilation runs in a thread, its numbers live in that compilation's arena, so that an
 * error may leave from anywhere and nothing is lost.  A number that is cleared or grows leaves its
 * block to the next one of that size.  Outside of a compilation GMP's memory is the heap's.  Each
 * block says in front where it came from, so either may be freed at any time. */
#include <assert.h>
#include <pthread.h>
#include <string.h>

#include "../runtime/base/mem.h"
#include "internal.h"

enum { HEAD_BYTES = 16, N_CLASS = 16, CLASS_SHIFT = 4 };        /* classes: 16, 32, ... bytes */

struct head {
	uint64_t owner;                 /* number of the compilation; 0: the heap */
	uint64_t class;
};
_Static_assert(sizeof(struct head) == HEAD_BYTES, "what GMP gets stays aligned");

struct free_block {
	struct free_block *next;
};

static _Thread_local struct compile *current;
static _Thread_local uint64_t generation;
static _Thread_local struct free_block *free_list[N_CLASS];

static size_t
class_of(size_t n)
{
	size_t k = 0;

	while (k < N_CLASS && ((size_t)1 << (k + CLASS_SHIFT)) < n)
		k++;
	return k;
}

static void *
take(size_t n)
{
	size_t k = class_of(n), bytes = k < N_CLASS ? (size_t)1 << (k + CLASS_SHIFT) : n;

	if (current != NULL && k < N_CLASS && free_list[k] != NULL) {
		struct free_block *b = free_list[k];
		free_list[k] = b->next;
		return b;
	}
	struct head *h = current != NULL ? compile_alloc(current, HEAD_BYTES + bytes)
	    : mem_alloc(HEAD_BYTES + bytes);
	assert(h != NULL && "GMP cannot go on without memory");
	*h = (struct head){ .owner = current != NULL ? generation : 0, .class = k };
	return h + 1;
}

static void
give(void *p, size_t n)
{
	(void)n;
	struct head *h = (struct head *)p - 1;
	if (h->owner == 0) {
		mem_free(h);
		return;
	}
	/* A block of an outer or earlier compilation goes with its arena. */
	if (current == NULL || h->owner != generation || h->class >= N_CLASS)
		return;
	struct free_block *b = p;
	b->next = free_list[h->class];
	free_list[h->class] = b;
}

static void *
grow(void *p, size_t old, size_t n)
{
	void *q = take(n);

	memcpy(q, p, old < n ? old : n);
	give(p, old);
	return q;
}

static void
install(void)
{
	mp_set_memory_functions(take, grow, give);
}

void
compile_gmp_enter(struct compile *c)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	static _Atomic uint64_t last;

	(void)pthread_once(&once, install);
	assert(current == NULL && "one compilation a thread at a time");
	current = c;
	generation = ++last;
	memset(free_list, 0, sizeof free_list);
}

void
compile_gmp_leave(void)
{
	current = NULL;
	memset(free_list, 0, sizeof free_list);
}
