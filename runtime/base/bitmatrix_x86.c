/* bitmatrix_x86.c: transposition with SSE2, and with AVX-512 and GFNI.  See bitmatrix.h. */
#include "bitmatrix.h"

#include "cpu.h"
#include "mem.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

/* x[i] holds 16 bytes; afterwards x[i] byte j is what x[j] byte i was. */
static inline void
bytes16(__m128i x[16])
{
	__m128i y[16];

	for (int i = 0; i < 8; i++) {
		y[2 * i] = _mm_unpacklo_epi8(x[i], x[i + 8]);
		y[2 * i + 1] = _mm_unpackhi_epi8(x[i], x[i + 8]);
	}
	for (int i = 0; i < 8; i++) {
		x[2 * i] = _mm_unpacklo_epi8(y[i], y[i + 8]);
		x[2 * i + 1] = _mm_unpackhi_epi8(y[i], y[i + 8]);
	}
	for (int i = 0; i < 8; i++) {
		y[2 * i] = _mm_unpacklo_epi8(x[i], x[i + 8]);
		y[2 * i + 1] = _mm_unpackhi_epi8(x[i], x[i + 8]);
	}
	for (int i = 0; i < 8; i++) {
		x[2 * i] = _mm_unpacklo_epi8(y[i], y[i + 8]);
		x[2 * i + 1] = _mm_unpackhi_epi8(y[i], y[i + 8]);
	}
}

/* 16 rows and 128 columns: movemask takes the highest bit of 16 bytes at once. */
static void
sse2_tile(block *out, const uint8_t *rows, size_t stride, size_t r)
{
	__m128i x[16];

	for (size_t i = 0; i < 16; i++)
		x[i] = _mm_load_si128((const __m128i *)(rows + (r + i) * stride));
	bytes16(x);
	for (size_t byte = 0; byte < 16; byte++)
		for (size_t bit = 8; bit-- > 0;) {
			uint16_t m = (uint16_t)_mm_movemask_epi8(x[byte]);

			memcpy((uint8_t *)&out[8 * byte + bit] + r / 8, &m, sizeof m);
			x[byte] = _mm_slli_epi64(x[byte], 1);
		}
}

static void
transpose_sse2(block *out, const uint8_t *rows, size_t stride, size_t n)
{
	for (size_t c = 0; c < n; c += 128)
		for (size_t r = 0; r < 128; r += 16)
			sse2_tile(out + c, rows + c / 8, stride, r);
}

bitmatrix_fn *
bitmatrix_sse2(void)
{
	return transpose_sse2;
}

#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,gfni")))
#define INLINE TARGET static inline __attribute__((always_inline))

/* Rows 8g..8g+7 of 512 columns: interleave their bytes, last row first, then transpose 8 x 8 bits
 * in each 64-bit word (the identity times the matrix in the word; GFNI counts its rows downward).
 * Byte 16L + b of t[h] is then rows 8g.. of column 128L + 16h + b. */
INLINE void
eight_rows(__m512i t[8], const uint8_t *rows, size_t stride)
{
	const __m512i identity = _mm512_set1_epi64((long long)0x8040201008040201);
	__m512i x[8], y[8];

#pragma GCC unroll 8
	for (size_t i = 0; i < 8; i++)
		x[i] = _mm512_load_si512(rows + (7 - i) * stride);
#pragma GCC unroll 4
	for (int i = 0; i < 4; i++) {
		y[i] = _mm512_unpacklo_epi8(x[2 * i], x[2 * i + 1]);
		y[i + 4] = _mm512_unpackhi_epi8(x[2 * i], x[2 * i + 1]);
	}
#pragma GCC unroll 4
	for (int i = 0; i < 4; i++) {
		x[2 * i] = _mm512_unpacklo_epi16(y[2 * i], y[2 * i + 1]);
		x[2 * i + 1] = _mm512_unpackhi_epi16(y[2 * i], y[2 * i + 1]);
	}
	/* x[0], x[2] hold bytes 0..3 of a lane, x[1], x[3] bytes 4..7; x[4].. bytes 8..15 */
#pragma GCC unroll 2
	for (int i = 0; i < 2; i++) {
		y[4 * i] = _mm512_unpacklo_epi32(x[4 * i], x[4 * i + 2]);
		y[4 * i + 1] = _mm512_unpackhi_epi32(x[4 * i], x[4 * i + 2]);
		y[4 * i + 2] = _mm512_unpacklo_epi32(x[4 * i + 1], x[4 * i + 3]);
		y[4 * i + 3] = _mm512_unpackhi_epi32(x[4 * i + 1], x[4 * i + 3]);
	}
#pragma GCC unroll 8
	for (int h = 0; h < 8; h++)
		t[h] = _mm512_gf2p8affine_epi64_epi8(identity, y[h], 0);
}

/* In each lane: z[i] byte b becomes z[b / 2] byte 8 (b % 2) + i. */
INLINE void
bytes8_wide(__m512i z[8])
{
	__m512i y[8];

#pragma GCC unroll 3
	for (int pass = 0; pass < 3; pass++) {
#pragma GCC unroll 4
		for (int i = 0; i < 4; i++) {
			y[2 * i] = _mm512_unpacklo_epi8(z[i], z[i + 4]);
			y[2 * i + 1] = _mm512_unpackhi_epi8(z[i], z[i + 4]);
		}
#pragma GCC unroll 8
		for (int i = 0; i < 8; i++)
			z[i] = y[i];
	}
}

/* Columns 128L + 4q .. 128L + 4q + 3 for each lane L: u and v hold the lower and the upper halves
 * of the first two in [0], of the others in [1]. */
INLINE void
four_columns(block *out, const __m512i u[2], const __m512i v[2])
{
	const __m512i low = _mm512_set_epi64(11, 3, 10, 2, 9, 1, 8, 0);
	const __m512i high = _mm512_set_epi64(15, 7, 14, 6, 13, 5, 12, 4);

#pragma GCC unroll 2
	for (int h = 0; h < 2; h++) {
		__m512i a = _mm512_permutex2var_epi64(u[0], h ? high : low, v[0]);
		__m512i b = _mm512_permutex2var_epi64(u[1], h ? high : low, v[1]);
		block *d = out + 256 * h;

		/* the halves of a and b: lanes 2h and 2h + 1 */
		_mm512_storeu_si512(d, _mm512_shuffle_i64x2(a, b, 0x44));
		_mm512_storeu_si512(d + 128, _mm512_shuffle_i64x2(a, b, 0xee));
	}
}

TARGET static void
transpose_gfni(block *out, const uint8_t *rows, size_t stride, size_t n)
{
	__m512i t[16][8], u[8], v[8];

	for (size_t c = 0; c < n; c += 512) {
		for (size_t g = 0; g < 16; g++)
			eight_rows(t[g], rows + 8 * g * stride + c / 8, stride);
		for (size_t h = 0; h < 8; h++) {
#pragma GCC unroll 8
			for (size_t g = 0; g < 8; g++) {
				u[g] = t[g][h];
				v[g] = t[g + 8][h];
			}
			bytes8_wide(u);
			bytes8_wide(v);
#pragma GCC unroll 4
			for (size_t q = 0; q < 4; q++)
				four_columns(out + c + 16 * h + 4 * q, u + 2 * q, v + 2 * q);
		}
	}
	wipe(t, sizeof t);
}

bitmatrix_fn *
bitmatrix_gfni(void)
{
	return cpu_has_gfni() ? transpose_gfni : NULL;
}

#else
bitmatrix_fn *
bitmatrix_sse2(void)
{
	return NULL;
}

bitmatrix_fn *
bitmatrix_gfni(void)
{
	return NULL;
}
#endif
