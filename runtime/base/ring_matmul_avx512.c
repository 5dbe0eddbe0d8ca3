/* ring_matmul_avx512.c: matrix products modulo 2^64 with 512-bit registers.  See ring_matmul.h.
 *
 * Tiles are 8 x 24: 24 registers of sums, one multiplication and one addition a step each, both
 * of constant time. */
#include "ring_matmul.h"

#include "cpu.h"

#if defined(__x86_64__)
#include <immintrin.h>

/* gcc's loops use half of a register if one does not insist; clang knows no such attribute. */
#ifdef __clang__
#define TARGET __attribute__((target("avx512f,avx512dq,avx512vl")))
#else
#define TARGET __attribute__((target("avx512f,avx512dq,avx512vl,prefer-vector-width=512")))
#endif

enum { LANES = 8, TILE_ROWS = 8, TILE_VECTORS = 3, TILE_COLUMNS = LANES * TILE_VECTORS };

#include "ring_tiles.h"

/* One of `rows` x `vectors`; the last vector may be short. */
TARGET static inline __attribute__((always_inline)) void
tile_sized(const struct cut *c, const size_t rows, const size_t vectors)
{
	const __mmask8 last = (__mmask8)((1u << (c->n - LANES * (vectors - 1))) - 1);
	__m512i sum[TILE_ROWS][TILE_VECTORS], x[TILE_VECTORS];
	const uint64_t *a = c->a, *b = c->b;
	const size_t ai = c->ai, al = c->al, bn = c->bn;

#pragma GCC unroll 8
	for (size_t i = 0; i < rows; i++)
#pragma GCC unroll 3
		for (size_t v = 0; v < vectors; v++)
			sum[i][v] = _mm512_maskz_loadu_epi64(v + 1 == vectors ? last : 0xff,
			    c->d + i * c->dn + LANES * v);
	for (size_t l = 0; l < c->k; l++, a += al, b += bn) {
#pragma GCC unroll 3
		for (size_t v = 0; v < vectors; v++)
			x[v] = _mm512_maskz_loadu_epi64(v + 1 == vectors ? last : 0xff, b + LANES * v);
#pragma GCC unroll 8
		for (size_t i = 0; i < rows; i++) {
			__m512i y = _mm512_set1_epi64((long long)a[i * ai]);

#pragma GCC unroll 3
			for (size_t v = 0; v < vectors; v++)
				sum[i][v] = _mm512_add_epi64(sum[i][v], _mm512_mullo_epi64(y, x[v]));
		}
	}
#pragma GCC unroll 8
	for (size_t i = 0; i < rows; i++)
#pragma GCC unroll 3
		for (size_t v = 0; v < vectors; v++)
			_mm512_mask_storeu_epi64(c->d + i * c->dn + LANES * v,
			    v + 1 == vectors ? last : 0xff, sum[i][v]);
}

#define TILE(r, v) \
TARGET static void \
tile_##r##_##v(const struct cut *c) \
{ \
	tile_sized(c, r, v); \
}
#define TILES(r) TILE(r, 1) TILE(r, 2) TILE(r, 3)
#define ENTRIES(r) { tile_##r##_1, tile_##r##_2, tile_##r##_3 }

TILES(1) TILES(2) TILES(3) TILES(4) TILES(5) TILES(6) TILES(7) TILES(8)

TARGET static void
tile(const struct cut *c)
{
	static void (*const of[TILE_ROWS][TILE_VECTORS])(const struct cut *) = {
		ENTRIES(1), ENTRIES(2), ENTRIES(3), ENTRIES(4), ENTRIES(5), ENTRIES(6), ENTRIES(7),
		ENTRIES(8),
	};

	of[c->m - 1][(c->n - 1) / LANES](c);
}

matmul64_kernel *
matmul64_avx512(void)
{
	return cpu_has_avx512() ? multiply : NULL;
}

#else
matmul64_kernel *
matmul64_avx512(void)
{
	return NULL;
}
#endif
