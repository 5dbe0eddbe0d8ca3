/* pool_layout.h: sizes that the pool and its cost functions must agree on. */
#ifndef KONSIL_POOL_LAYOUT_H
#define KONSIL_POOL_LAYOUT_H

#include "gilboa.h"
#include "pool.h"

/* Entries in a full chunk.  A chunk of triples is 4 MiB of choices and 4.5 or 8.5 MiB of
 * corrections to each peer: enough to hide a round trip, and little enough to keep 10^6 triples,
 * with what waits in the channels, far below 100 MiB. */
enum {
	CHUNK_TRIPLE64 = 1 << 14,
	CHUNK_TRIPLE128 = 1 << 13,
	CHUNK_WRAP = 1 << 15,
	CHUNK_BIT = 1 << 17,
	CHUNK_AND = 1 << 13,            /* words: 2 MiB of choices to each peer */
	CHUNK_MULB = 1 << 15,
	/* Chunks that one request may span: so that an online message can be as long as messages may
	 * be (2^16 triples of 128 bits), and a long instruction waits for its peers eight times less
	 * often. */
	STORE_CHUNKS = 8,
	/* Terms of a matrix triple at once: as many as keep choices and corrections below these. */
	MATRIX_CHOICE_MAX = 2 << 20,
	MATRIX_CORRECTION_MAX = 4 << 20,
};

/* The chunk in which a kind is made; 0 for CORR_MATRIX. */
static inline size_t
chunk_of(enum corr kind)
{
	static const size_t chunk[N_CORR] = {
		[CORR_TRIPLE64] = CHUNK_TRIPLE64,
		[CORR_TRIPLE128] = CHUNK_TRIPLE128,
		[CORR_WRAP] = CHUNK_WRAP,
		[CORR_BIT64] = CHUNK_BIT,
		[CORR_BIT128] = CHUNK_BIT,
		[CORR_AND] = CHUNK_AND,
		[CORR_MULB64] = CHUNK_MULB,
		[CORR_MULB128] = CHUNK_MULB,
	};

	return chunk[kind];
}

/* The matrix product is done as x y, x of `rows` rows and k columns that choose, y of k rows of s
 * numbers; the side with fewer numbers chooses, so A B is done as such or as B' A'. */
struct matrix_plan {
	bool turned;
	size_t rows, s, terms;          /* terms = rows * k */
	size_t chunk;                   /* terms at once */
};

static inline struct matrix_plan
matrix_plan(unsigned cot_k, unsigned ring_bits, size_t m, size_t k, size_t n)
{
	struct matrix_plan p = { .turned = m > n };
	uint64_t by_choice = MATRIX_CHOICE_MAX / gilboa_choose_bytes(cot_k, ring_bits, 1);

	p.rows = p.turned ? n : m;
	p.s = p.turned ? m : n;
	p.terms = p.rows * k;
	p.chunk = MATRIX_CORRECTION_MAX / gilboa_correct_bytes(ring_bits, 1, p.s);
	if (p.chunk > by_choice)
		p.chunk = by_choice;
	if (p.chunk == 0)
		p.chunk = 1;
	return p;
}

static inline bool
any_demand(const uint64_t demand[N_CORR])
{
	for (int i = 0; i < N_CORR; i++)
		if (demand[i] > 0)
			return true;
	return false;
}

#endif
