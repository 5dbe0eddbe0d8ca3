/* ring_matmul_avx2.c: matrix products modulo 2^64 with 256-bit registers.  See ring_matmul.h.
 *
 * AVX2 has no product of 64 bits.  With x = x1 2^32 + x0, x y is x0 y0 + (x1 y0 + x0 y1) 2^32, and
 * of the bracket 32 bits count.  So the sum of products is two sums: of the x0 y0, 64 bits each,
 * and of the 32-bit products of x with the halves of y swapped, which are added and shifted once in
 * the end. */
#include "ring_matmul.h"

#include "cpu.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx2")))

enum { TILE_ROWS = 4, TILE_COLUMNS = 4 };

#include "ring_tiles.h"

TARGET static inline __attribute__((always_inline)) void
tile_sized(const struct cut *c, const size_t rows)
{
	const __m256i lanes = _mm256_cmpgt_epi64(_mm256_set1_epi64x((long long)c->n),
	    _mm256_set_epi64x(3, 2, 1, 0));
	__m256i low[TILE_ROWS], cross[TILE_ROWS];
	const uint64_t *a = c->a, *b = c->b;

#pragma GCC unroll 4
	for (size_t i = 0; i < rows; i++)
		low[i] = cross[i] = _mm256_setzero_si256();
	for (size_t l = 0; l < c->k; l++, a += c->al, b += c->bn) {
		__m256i x = _mm256_maskload_epi64((const long long *)b, lanes);
		__m256i swapped = _mm256_shuffle_epi32(x, 0xb1);

#pragma GCC unroll 4
		for (size_t i = 0; i < rows; i++) {
			__m256i y = _mm256_set1_epi64x((long long)a[i * c->ai]);

			low[i] = _mm256_add_epi64(low[i], _mm256_mul_epu32(x, y));
			cross[i] = _mm256_add_epi32(cross[i], _mm256_mullo_epi32(swapped, y));
		}
	}
#pragma GCC unroll 4
	for (size_t i = 0; i < rows; i++) {
		long long *d = (long long *)(c->d + i * c->dn);
		__m256i high = _mm256_add_epi32(cross[i], _mm256_srli_epi64(cross[i], 32));
		__m256i sum = _mm256_add_epi64(low[i], _mm256_slli_epi64(high, 32));

		_mm256_maskstore_epi64(d, lanes,
		    _mm256_add_epi64(sum, _mm256_maskload_epi64(d, lanes)));
	}
}

TARGET static void
tile(const struct cut *c)
{
	switch (c->m) {
	case 4: tile_sized(c, 4); return;
	case 3: tile_sized(c, 3); return;
	case 2: tile_sized(c, 2); return;
	case 1: tile_sized(c, 1); return;
	}
}

matmul64_kernel *
matmul64_avx2(void)
{
	return cpu_has_avx2() ? multiply : NULL;
}

#else
matmul64_kernel *
matmul64_avx2(void)
{
	return NULL;
}
#endif
