/* ring_matmul_ifma.c: matrix products modulo 2^128 with 52-bit multiplications.  See ring_matmul.h.
 *
 * A number is x = x0 + x1 2^52 + x2 2^104, x2 of 24 bits.  vpmadd52 multiplies 52 bits by 52 bits
 * and adds the lower or the upper half of the product to 64 bits, so that x y takes nine of them:
 *     at 1:      lo(x0 y0)
 *     at 2^52:   hi(x0 y0) + lo(x0 y1) + lo(x1 y0)
 *     at 2^104:  hi(x0 y1) + hi(x1 y0) + lo(x0 y2) + lo(x1 y1) + lo(x2 y0)
 * The three sums run over DEPTH steps without a carry: 3 DEPTH < 2^12; of the last one 24 bits
 * count.  vpmadd52 ignores what is above bit 52 of its factors, so x0 is the lower word as it is.
 *
 * Tiles are 8 x 8: 24 registers of sums.  Both factors are packed as limbs, A in blocks, B in
 * panels of 8 columns. */
#include "ring_matmul.h"

#include "cpu.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include "mem.h"

#define TARGET __attribute__((target("avx512f,avx512dq,avx512vl,avx512ifma")))
#define INLINE TARGET static inline __attribute__((always_inline))

enum {
	LANES = 8,              /* numbers in a pair of registers */
	TILE_ROWS = 8,
	LIMBS = 3,
	DEPTH = 256,
	BLOCK_ROWS = 16,        /* of A: 96 KiB as limbs */
	FEW_COLUMNS = 4,        /* up to here, dot products */
	SETS = 4,               /* of sums, if the rows are few: an addition waits for the last */
};
_Static_assert(LIMBS * DEPTH < 1 << 12, "sums have no carries");

struct limbs {
	__m512i x[LIMBS];
};

/* A in vectors of limbs: of each row, along k; if turned, of eight rows, one a step.  And a panel
 * of B, a vector a step. */
struct packed {
	struct limbs a[BLOCK_ROWS * DEPTH / LANES];
	struct limbs b[DEPTH];
};

INLINE __mmask8
first(size_t n)
{
	return (__mmask8)(n >= LANES ? 0xff : (1u << n) - 1);
}

/* The lower (of which: 0) or upper (1) words of the numbers in u and v. */
INLINE __m512i
words(__m512i u, __m512i v, long long which)
{
	const __m512i even = _mm512_set_epi64(14, 12, 10, 8, 6, 4, 2, 0);

	return _mm512_permutex2var_epi64(u, _mm512_add_epi64(even, _mm512_set1_epi64(which)), v);
}

/* The first n of eight numbers, the others 0. */
INLINE struct limbs
load(const u128 *p, size_t n)
{
	__m512i u = _mm512_maskz_loadu_epi64(first(2 * n), p);
	__m512i v = _mm512_maskz_loadu_epi64(first(n < 4 ? 0 : 2 * n - LANES), p + 4);
	__m512i lo = words(u, v, 0), hi = words(u, v, 1);

	return (struct limbs){ { lo, _mm512_or_si512(_mm512_srli_epi64(lo, 52),
	    _mm512_slli_epi64(hi, 12)), _mm512_srli_epi64(hi, 40) } };
}

/* Sums of limbs to numbers: their lower words, and in *hi the upper ones. */
INLINE __m512i
settle(const struct limbs *s, __m512i *hi)
{
	__m512i lo = _mm512_add_epi64(s->x[0], _mm512_slli_epi64(s->x[1], 52));
	__m512i top = _mm512_add_epi64(_mm512_srli_epi64(s->x[1], 12),
	    _mm512_slli_epi64(s->x[2], 40));

	*hi = _mm512_mask_sub_epi64(top, _mm512_cmplt_epu64_mask(lo, s->x[0]), top,
	    _mm512_set1_epi64(-1));
	return lo;
}

/* Adds s to the first n of eight numbers. */
INLINE void
add(u128 *d, const struct limbs *s, size_t n)
{
	const __mmask8 low = first(2 * n), high = first(n < 4 ? 0 : 2 * n - LANES);
	const __m512i left = _mm512_set_epi64(11, 3, 10, 2, 9, 1, 8, 0);
	const __m512i right = _mm512_set_epi64(15, 7, 14, 6, 13, 5, 12, 4);
	__m512i u = _mm512_maskz_loadu_epi64(low, d), v = _mm512_maskz_loadu_epi64(high, d + 4);
	__m512i hi, lo = settle(s, &hi), sum = _mm512_add_epi64(lo, words(u, v, 0));
	__mmask8 carry = _mm512_cmplt_epu64_mask(sum, lo);

	hi = _mm512_add_epi64(hi, words(u, v, 1));
	hi = _mm512_mask_sub_epi64(hi, carry, hi, _mm512_set1_epi64(-1));
	_mm512_mask_storeu_epi64(d, low, _mm512_permutex2var_epi64(sum, left, hi));
	_mm512_mask_storeu_epi64(d + 4, high, _mm512_permutex2var_epi64(sum, right, hi));
}

INLINE struct limbs
none(void)
{
	return (struct limbs){ { _mm512_setzero_si512(), _mm512_setzero_si512(),
	    _mm512_setzero_si512() } };
}

/* s += x */
INLINE void
merge(struct limbs *s, const struct limbs *x)
{
#pragma GCC unroll 3
	for (size_t t = 0; t < LIMBS; t++)
		s->x[t] = _mm512_add_epi64(s->x[t], x->x[t]);
}

/* One of eight numbers, in all lanes. */
INLINE struct limbs
spread(const uint64_t *p)
{
	return (struct limbs){ { _mm512_set1_epi64((long long)p[0]),
	    _mm512_set1_epi64((long long)p[LANES]), _mm512_set1_epi64((long long)p[2 * LANES]) } };
}

/* s += x y */
INLINE void
mac(struct limbs *s, const struct limbs *x, const struct limbs *y)
{
	s->x[0] = _mm512_madd52lo_epu64(s->x[0], x->x[0], y->x[0]);
	s->x[1] = _mm512_madd52hi_epu64(s->x[1], x->x[0], y->x[0]);
	s->x[2] = _mm512_madd52hi_epu64(s->x[2], x->x[0], y->x[1]);
	s->x[1] = _mm512_madd52lo_epu64(s->x[1], x->x[0], y->x[1]);
	s->x[2] = _mm512_madd52lo_epu64(s->x[2], x->x[0], y->x[2]);
	s->x[1] = _mm512_madd52lo_epu64(s->x[1], x->x[1], y->x[0]);
	s->x[2] = _mm512_madd52hi_epu64(s->x[2], x->x[1], y->x[0]);
	s->x[2] = _mm512_madd52lo_epu64(s->x[2], x->x[1], y->x[1]);
	s->x[2] = _mm512_madd52lo_epu64(s->x[2], x->x[2], y->x[0]);
}

/* `rows` x n of d.  A is packed, its rows ai vectors apart.  k is a multiple of sets. */
INLINE void
tile_sized(u128 *d, const struct limbs *a, const struct limbs *b, size_t k, size_t n, size_t dn,
    size_t ai, const bool turned, const size_t rows, const size_t sets)
{
	const size_t step = turned ? 1 : ai * LIMBS * LANES;
	struct limbs sum[TILE_ROWS], more[SETS][SETS], x;

#pragma GCC unroll 8
	for (size_t i = 0; i < rows; i++)
		sum[i] = none();
#pragma GCC unroll 4
	for (size_t r = 1; r < sets; r++)
#pragma GCC unroll 4
		for (size_t i = 0; i < rows; i++)
			more[r][i] = none();
	for (size_t l = 0; l < k; l += sets)
#pragma GCC unroll 4
		for (size_t r = 0; r < sets; r++) {
			size_t at = turned ? l + r : l / LANES, lane = turned ? 0 : l % LANES + r;

#pragma GCC unroll 8
			for (size_t i = 0; i < rows; i++) {
				x = spread((const uint64_t *)&a[at] + lane + i * step);
				mac(r == 0 ? &sum[i] : &more[r][i], &x, &b[l + r]);
			}
		}
#pragma GCC unroll 8
	for (size_t i = 0; i < rows; i++) {
#pragma GCC unroll 4
		for (size_t r = 1; r < sets; r++)
			merge(&sum[i], &more[r][i]);
		add(d + i * dn, &sum[i], n);
	}
}

/* rows, sets of sums */
#define TILE(r, s) \
TARGET static void \
tile_##r(u128 *d, const struct limbs *a, const struct limbs *b, size_t k, size_t n, size_t dn, \
    size_t ai, bool turned) \
{ \
	if (turned) \
		tile_sized(d, a, b, k, n, dn, ai, true, r, s); \
	else \
		tile_sized(d, a, b, k, n, dn, ai, false, r, s); \
}

TILE(1, 4) TILE(2, 4) TILE(3, 2) TILE(4, 2) TILE(5, 1) TILE(6, 1) TILE(7, 1) TILE(8, 1)

typedef void tile_fn(u128 *d, const struct limbs *a, const struct limbs *b, size_t k, size_t n,
    size_t dn, size_t ai, bool turned);
static tile_fn *const tiles[TILE_ROWS] = {
	tile_1, tile_2, tile_3, tile_4, tile_5, tile_6, tile_7, tile_8,
};

static size_t
round_up(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

/* m <= BLOCK_ROWS rows, k <= DEPTH steps. */
TARGET static void
pack_rows(struct limbs *d, const u128 *a, size_t k_all, size_t m, size_t k)
{
	for (size_t i = 0; i < m; i++)
		for (size_t l = 0; l < k; l += LANES)
			*d++ = load(a + i * k_all + l, k - l);
}

TARGET static void
pack_turned(struct limbs *d, const u128 *a, size_t m_all, size_t m, size_t k)
{
	const size_t padded = round_up(k, SETS);

	for (size_t i = 0; i < m; i += LANES)
		for (size_t l = 0; l < padded; l++)
			*d++ = l < k ? load(a + l * m_all + i, m - i) : none();
}

/* d += A B, A packed. */
TARGET static void
multiply_block(u128 *d, struct packed *s, const u128 *b, size_t m, size_t k, size_t n, bool turned)
{
	const size_t padded = round_up(k, SETS), ai = round_up(k, LANES) / LANES;

	for (size_t j = 0; j < n; j += LANES) {
		size_t w = n - j < LANES ? n - j : LANES;

		for (size_t l = 0; l < padded; l++)
			s->b[l] = l < k ? load(b + l * n + j, w) : none();
		for (size_t i = 0; i < m; i += TILE_ROWS)
			tiles[m - i < TILE_ROWS ? m - i - 1 : TILE_ROWS - 1](d + i * n + j,
			    s->a + (turned ? i / LANES * padded : i * ai), s->b, padded, w, n, ai,
			    turned);
	}
}

TARGET static void
multiply_blocks(u128 *d, const u128 *a, const u128 *b, size_t m, size_t k, size_t n, bool turned)
{
	struct packed s;

	for (size_t l = 0; l < k; l += DEPTH)
		for (size_t i = 0; i < m; i += BLOCK_ROWS) {
			size_t depth = k - l < DEPTH ? k - l : DEPTH;
			size_t rows = m - i < BLOCK_ROWS ? m - i : BLOCK_ROWS;

			if (turned)
				pack_turned(s.a, a + l * m + i, m, rows, depth);
			else
				pack_rows(s.a, a + i * k + l, k, rows, depth);
			multiply_block(d + i * n, &s, b + l * n, rows, depth, n, turned);
		}
	k = round_up(k < DEPTH ? k : DEPTH, LANES);
	m = round_up(m < BLOCK_ROWS ? m : BLOCK_ROWS, LANES);
	wipe(s.a, m * k / LANES * sizeof s.a[0]);
	wipe(s.b, k * sizeof s.b[0]);
}

/* a b over n numbers; b as limbs.  Lanes have no carries to one another either. */
TARGET static u128
dot(const u128 *a, const struct limbs *b, size_t n)
{
	struct limbs sum[SETS] = { none(), none(), none(), none() }, x;
	size_t i = 0;

	for (; n - i >= SETS * LANES; i += SETS * LANES)
#pragma GCC unroll 4
		for (size_t r = 0; r < SETS; r++) {
			x = load(a + i + r * LANES, LANES);
			mac(&sum[r], &x, &b[i / LANES + r]);
		}
	for (; i < n; i += LANES) {
		x = load(a + i, n - i);
		mac(&sum[i / LANES % 2], &x, &b[i / LANES]);
	}
#pragma GCC unroll 4
	for (size_t r = 1; r < SETS; r++)
		merge(&sum[0], &sum[r]);
	return (uint64_t)_mm512_reduce_add_epi64(sum[0].x[0]) +
	    ((u128)(uint64_t)_mm512_reduce_add_epi64(sum[0].x[1]) << 52) +
	    ((u128)(uint64_t)_mm512_reduce_add_epi64(sum[0].x[2]) << 104);
}

/* A column of B, n apart, as limbs. */
TARGET static void
pack_column(struct limbs *d, const u128 *b, size_t n, size_t k)
{
	u128 line[LANES] = { 0 };

	for (size_t l = 0; l < k; l += LANES) {
		size_t w = k - l < LANES ? k - l : LANES;

		if (n == 1) {
			*d++ = load(b + l, w);
			continue;
		}
		for (size_t i = 0; i < w; i++)
			line[i] = b[(l + i) * n];
		*d++ = load(line, w);
	}
	wipe(line, sizeof line);
}

/* n <= FEW_COLUMNS: a tile would be mostly empty. */
TARGET static void
multiply_columns(u128 *d, const u128 *a, const u128 *b, size_t m, size_t k, size_t n)
{
	struct limbs column[FEW_COLUMNS][DEPTH / LANES];

	for (size_t l = 0; l < k; l += DEPTH) {
		size_t depth = k - l < DEPTH ? k - l : DEPTH;

		for (size_t j = 0; j < n; j++)
			pack_column(column[j], b + l * n + j, n, depth);
		for (size_t i = 0; i < m; i++)
			for (size_t j = 0; j < n; j++)
				d[i * n + j] += dot(a + i * k + l, column[j], depth);
	}
	for (size_t j = 0; j < n; j++)
		wipe(column[j], round_up(k < DEPTH ? k : DEPTH, LANES) / LANES * sizeof **column);
}

TARGET static void
multiply(u128 *d, const u128 *a, const u128 *b, size_t m, size_t k, size_t n, bool turned)
{
	/* A column is also a row: transpose(A) b is transpose(b) A. */
	if (n == 1 && turned && m > 1)
		multiply(d, b, a, 1, k, m, false);
	else if (k < LANES && m < LANES && n < LANES)
		matmul128_ref()(d, a, b, m, k, n, turned);
	else if (n <= FEW_COLUMNS && (!turned || m == 1))
		multiply_columns(d, a, b, m, k, n);
	else
		multiply_blocks(d, a, b, m, k, n, turned);
}

matmul128_kernel *
matmul128_ifma(void)
{
	return cpu_has_ifma() ? multiply : NULL;
}

#else
matmul128_kernel *
matmul128_ifma(void)
{
	return NULL;
}
#endif
