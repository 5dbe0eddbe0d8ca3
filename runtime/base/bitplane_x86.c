/* bitplane_x86.c: 64 x 64 bits turned with AVX2, and with AVX-512 and GFNI.  See bitplane.h. */
#include "bitplane.h"

#include "cpu.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

/* One round of swaps between rows that lie `apart` rows, a multiple of 4, from each other. */
AVX2 static inline __attribute__((always_inline)) void
swap_far(__m256i x[16], int apart, int64_t mask)
{
	const __m256i m = _mm256_set1_epi64x(mask);

	for (int k = 0; k < 16; k = ((k | apart / 4) + 1) & ~(apart / 4)) {
		__m256i t = _mm256_and_si256(m, _mm256_xor_si256(_mm256_srli_epi64(x[k], apart),
		    x[k | apart / 4]));

		x[k] = _mm256_xor_si256(x[k], _mm256_slli_epi64(t, apart));
		x[k | apart / 4] = _mm256_xor_si256(x[k | apart / 4], t);
	}
}

/* The same between rows 1 or 2 apart, of which each register holds 4: sw is x with the rows of each
 * pair in each other's place, low says which lanes are a pair's first. */
AVX2 static inline __attribute__((always_inline)) __m256i
swap_near(__m256i x, __m256i sw, __m256i low, int apart, int64_t mask)
{
	const __m256i m = _mm256_set1_epi64x(mask);
	const __m256i first = _mm256_and_si256(m, _mm256_xor_si256(_mm256_srli_epi64(x, apart), sw));
	const __m256i second = _mm256_and_si256(m, _mm256_xor_si256(_mm256_srli_epi64(sw, apart), x));

	return _mm256_xor_si256(x, _mm256_blendv_epi8(second, _mm256_slli_epi64(first, apart), low));
}

AVX2 static void
turn_avx2(uint64_t *d, const uint64_t *a, size_t n)
{
	const __m256i low1 = _mm256_set_epi64x(0, -1, 0, -1), low2 = _mm256_set_epi64x(0, 0, -1, -1);
	__m256i x[16];

	for (size_t s = 0; s < n; s++, a += GROUP, d += GROUP) {
		for (int i = 0; i < 16; i++)
			x[i] = _mm256_loadu_si256((const __m256i *)a + i);
		swap_far(x, 32, 0x00000000ffffffff);
		swap_far(x, 16, 0x0000ffff0000ffff);
		swap_far(x, 8, 0x00ff00ff00ff00ff);
		swap_far(x, 4, 0x0f0f0f0f0f0f0f0f);
		for (int i = 0; i < 16; i++) {
			x[i] = swap_near(x[i], _mm256_permute4x64_epi64(x[i], 0x4e), low2, 2,
			    0x3333333333333333);
			x[i] = swap_near(x[i], _mm256_permute4x64_epi64(x[i], 0xb1), low1, 1,
			    0x5555555555555555);
			_mm256_storeu_si256((__m256i *)d + i, x[i]);
		}
	}
}

bitplane_turn_fn *
bitplane_turn_avx2(void)
{
	return cpu_has_avx2() ? turn_avx2 : NULL;
}

#define GFNI __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,gfni")))
#define INLINE GFNI static inline __attribute__((always_inline))

/* Byte 8 i + j of x goes to 8 j + i. */
INLINE __m512i
turn_bytes(__m512i x)
{
	const __m512i from = _mm512_set_epi8(
	    63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6,
	    61, 53, 45, 37, 29, 21, 13, 5, 60, 52, 44, 36, 28, 20, 12, 4,
	    59, 51, 43, 35, 27, 19, 11, 3, 58, 50, 42, 34, 26, 18, 10, 2,
	    57, 49, 41, 33, 25, 17, 9, 1, 56, 48, 40, 32, 24, 16, 8, 0);

	return _mm512_permutexvar_epi8(from, x);
}

/* Byte 8 i + j of x goes to 8 j + 7 - i. */
INLINE __m512i
turn_bytes_down(__m512i x)
{
	const __m512i from = _mm512_set_epi8(
	    7, 15, 23, 31, 39, 47, 55, 63, 6, 14, 22, 30, 38, 46, 54, 62,
	    5, 13, 21, 29, 37, 45, 53, 61, 4, 12, 20, 28, 36, 44, 52, 60,
	    3, 11, 19, 27, 35, 43, 51, 59, 2, 10, 18, 26, 34, 42, 50, 58,
	    1, 9, 17, 25, 33, 41, 49, 57, 0, 8, 16, 24, 32, 40, 48, 56);

	return _mm512_permutexvar_epi8(from, x);
}

/* Word j of x[i] goes to word i of x[j]. */
INLINE void
turn_words(__m512i x[8])
{
	const __m512i lo = _mm512_set_epi64(13, 12, 5, 4, 9, 8, 1, 0);
	const __m512i hi = _mm512_set_epi64(15, 14, 7, 6, 11, 10, 3, 2);
	__m512i y[8], z[8];

#pragma GCC unroll 4
	for (int i = 0; i < 4; i++) {
		y[2 * i] = _mm512_unpacklo_epi64(x[2 * i], x[2 * i + 1]);
		y[2 * i + 1] = _mm512_unpackhi_epi64(x[2 * i], x[2 * i + 1]);
	}
	/* y[2 i + odd]: words `odd`, +2, +4, +6 of rows 2 i and 2 i + 1, in pairs */
#pragma GCC unroll 4
	for (int i = 0; i < 4; i++) {
		const int a = i / 2 * 4 + i % 2;

		z[a] = _mm512_permutex2var_epi64(y[a], lo, y[a + 2]);
		z[a + 2] = _mm512_permutex2var_epi64(y[a], hi, y[a + 2]);
	}
	/* z[odd]: word odd and 4 + odd of rows 0..3; z[2 + odd]: 2 + odd and 6 + odd; z[4..]: rows 4..7 */
#pragma GCC unroll 4
	for (int i = 0; i < 4; i++) {
		x[i] = _mm512_shuffle_i64x2(z[i], z[i + 4], 0x44);
		x[i + 4] = _mm512_shuffle_i64x2(z[i], z[i + 4], 0xee);
	}
}

/* Byte c of 8 rows becomes a word, 8 x 8 bits, which GFNI turns (the identity times the matrix in
 * the word; GFNI counts its rows downward); the words of equal c of all rows come together before,
 * so that then only bytes are left to turn. */
GFNI static void
turn_gfni(uint64_t *d, const uint64_t *a, size_t n)
{
	const __m512i identity = _mm512_set1_epi64((long long)0x8040201008040201);
	__m512i x[8];

	for (size_t s = 0; s < n; s++, a += GROUP, d += GROUP) {
#pragma GCC unroll 8
		for (int i = 0; i < 8; i++)
			x[i] = turn_bytes_down(_mm512_loadu_si512(a + 8 * i));
		turn_words(x);
#pragma GCC unroll 8
		for (int i = 0; i < 8; i++) {
			x[i] = _mm512_gf2p8affine_epi64_epi8(identity, x[i], 0);
			_mm512_storeu_si512(d + 8 * i, turn_bytes(x[i]));
		}
	}
}

bitplane_turn_fn *
bitplane_turn_gfni(void)
{
	return cpu_has_gfni() ? turn_gfni : NULL;
}

#else
bitplane_turn_fn *
bitplane_turn_avx2(void)
{
	return NULL;
}

bitplane_turn_fn *
bitplane_turn_gfni(void)
{
	return NULL;
}
#endif
