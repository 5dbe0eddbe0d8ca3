/* ot_fold.c: see ot_fold.h */
#include "ot_fold.h"

#include "../runtime/base/cpu.h"
#include "../runtime/base/mem.h"

#include <assert.h>
#include <string.h>

/* Sanitizers put calls into the loop over leaves, and gcc then says that it cannot unroll it. */
#ifdef __SANITIZE_ADDRESS__
#define UNROLL_LEAVES
#else
#define UNROLL_LEAVES _Pragma("GCC unroll 8")
#endif

/* Leaves are taken in groups that share all bits but the lowest four, or two for k = 2. */
enum { GROUP_BITS = 4, GROUP = 1 << GROUP_BITS };

/* 64 bytes of a row: one register where the CPU has such. */
typedef uint64_t wide __attribute__((vector_size(64)));

enum { WIDE = sizeof(wide) };

struct streams {
	uint8_t of[GROUP][FOLD_ROW] __attribute__((aligned(64)));
};

/* Adds the leaves of group g at column c. */
static void
fold_column(const struct fold_job *j, const struct streams *s, unsigned low, size_t g, size_t c)
{
	wide sum = { 0 };

	for (size_t y = 0; y < (size_t)1 << low; y++) {
		wide x = *(const wide *)&s->of[y][c];

		sum ^= x;
		for (unsigned b = 0; b < low; b++)
			if (y >> b & 1)
				*(wide *)&j->v[b][c] ^= x;
	}
	*(wide *)(j->sum + c) ^= sum;
	for (unsigned b = low; b < j->k; b++)
		if (g >> (b - low) & 1)
			*(wide *)&j->v[b][c] ^= sum;
}

static void
fold_with(const struct aes_kernel *aes, const struct fold_job *j)
{
	unsigned low = j->k < GROUP_BITS ? j->k : GROUP_BITS;
	struct streams s;

	assert(j->k <= FOLD_K_MAX && j->len % WIDE == 0 && j->len <= FOLD_ROW);
	for (unsigned b = 0; b < j->k; b++)
		for (size_t c = 0; c < j->len; c += WIDE)
			*(wide *)&j->v[b][c] = *(const wide *)(j->u + c) & j->mask[b];
	memmove(j->sum, j->u, j->len);
	for (size_t g = 0; g < (size_t)1 << (j->k - low); g++) {
		for (size_t y = 0; y < (size_t)1 << low; y++)
			aes->ctr((block *)s.of[y], &j->leaf[(g << low) + y], 0, j->first,
			    j->len / 16);
		for (size_t c = 0; c < j->len; c += WIDE)
			fold_column(j, &s, low, g, c);
	}
	wipe(&s, sizeof s);
}

void
fold_ref(const struct fold_job *j)
{
	fold_with(aes_ref(), j);
}

void
fold_portable(const struct fold_job *j)
{
	fold_with(aes_best(), j);
}

fold_fn *
fold_best(void)
{
	fold_fn *f = fold_vaes();

	return f != NULL ? f : fold_portable;
}

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("aes,vaes,avx512f,avx512bw,avx512dq,avx512vl")))
#define INLINE TARGET static inline __attribute__((always_inline))

enum { COLS = 4 };                    /* registers of a row at once: two leaves fill the pipeline */

/* x[i] = AES of counters ctr + 4 i .. ctr + 4 i + 3 under k, for both leaves, or y's alone. */
INLINE void
two_leaves(__m512i x[COLS], __m512i y[COLS], const struct aes_key *k, __m512i ctr, int cols,
    bool lone)
{
	for (int r = 0; r <= 10; r++) {
		__m512i kx = _mm512_broadcast_i32x4(*(const __m128i *)&k[0].rk[r]);
		__m512i ky = _mm512_broadcast_i32x4(*(const __m128i *)&k[1].rk[r]);

#pragma GCC unroll 4
		for (int i = 0; i < cols; i++) {
			if (r == 0) {
				__m512i c = _mm512_add_epi64(
				    ctr, _mm512_maskz_set1_epi64(0x55, 4 * i));
				x[i] = lone ? _mm512_setzero_si512() : _mm512_xor_si512(c, kx);
				y[i] = _mm512_xor_si512(c, ky);
			} else if (r < 10) {
				x[i] = lone ? x[i] : _mm512_aesenc_epi128(x[i], kx);
				y[i] = _mm512_aesenc_epi128(y[i], ky);
			} else {
				x[i] = lone ? x[i] : _mm512_aesenclast_epi128(x[i], kx);
				y[i] = _mm512_aesenclast_epi128(y[i], ky);
			}
		}
	}
}

/* One group at `cols` registers of columns: adds to v[b], b < low, and gives the sum of all. */
INLINE void
fold_group(__m512i v[GROUP_BITS][COLS], __m512i sum[COLS], const struct aes_key *leaf,
    unsigned low, __m512i ctr, int cols, bool punctured)
{
	__m512i x[COLS], y[COLS];

#pragma GCC unroll 4
	for (int i = 0; i < cols; i++)
		sum[i] = _mm512_setzero_si512();
	UNROLL_LEAVES
	for (unsigned p = 0; p < (1u << low); p += 2) {
		if (p == 0 && punctured)
			two_leaves(x, y, leaf + p, ctr, cols, true);
		else
			two_leaves(x, y, leaf + p, ctr, cols, false);
#pragma GCC unroll 4
		for (int i = 0; i < cols; i++) {
			v[0][i] = _mm512_xor_si512(v[0][i], y[i]);
			x[i] = _mm512_xor_si512(x[i], y[i]);
			sum[i] = _mm512_xor_si512(sum[i], x[i]);
#pragma GCC unroll 4
			for (unsigned b = 1; b < low; b++)
				if (p >> b & 1)
					v[b][i] = _mm512_xor_si512(v[b][i], x[i]);
		}
	}
}

INLINE void
add_to(uint8_t *row, const __m512i *x, int cols)
{
#pragma GCC unroll 4
	for (int i = 0; i < cols; i++)
		_mm512_store_si512(row + WIDE * i,
		    _mm512_xor_si512(_mm512_load_si512(row + WIDE * i), x[i]));
}

/* All groups at the `cols` registers from byte c on. */
INLINE void
fold_columns(const struct fold_job *j, unsigned low, size_t c, int cols)
{
	const __m512i ctr = _mm512_add_epi64(_mm512_set_epi64(0, 3, 0, 2, 0, 1, 0, 0),
	    _mm512_maskz_set1_epi64(0x55, (long long)(j->first + c / 16)));
	__m512i v[GROUP_BITS][COLS], sum[COLS];

	for (int i = 0; i < cols; i++) {
		__m512i u = _mm512_load_si512(j->u + c + (size_t)(WIDE * i));

		_mm512_store_si512(j->sum + c + (size_t)(WIDE * i), u);
#pragma GCC unroll 4
		for (unsigned b = 0; b < low; b++)
			v[b][i] = _mm512_and_si512(u, _mm512_set1_epi64((long long)j->mask[b]));
		for (unsigned b = low; b < j->k; b++)
			_mm512_store_si512(j->v[b] + c + WIDE * i,
			    _mm512_and_si512(u, _mm512_set1_epi64((long long)j->mask[b])));
	}
	for (size_t g = 0; g < (size_t)1 << (j->k - low); g++) {
		fold_group(v, sum, j->leaf + (g << low), low, ctr, cols, j->punctured && g == 0);
		add_to(j->sum + c, sum, cols);
		for (unsigned b = low; b < j->k; b++)
			if (g >> (b - low) & 1)
				add_to(j->v[b] + c, sum, cols);
	}
#pragma GCC unroll 4
	for (unsigned b = 0; b < low; b++)
#pragma GCC unroll 4
		for (int i = 0; i < cols; i++)
			_mm512_store_si512(j->v[b] + c + WIDE * i, v[b][i]);
}

TARGET static void
vaes_two(const struct fold_job *j)
{
	size_t c = 0;

	for (; j->len - c >= COLS * WIDE; c += COLS * WIDE)
		fold_columns(j, 2, c, COLS);
	for (; c < j->len; c += WIDE)
		fold_columns(j, 2, c, 1);
}

TARGET static void
vaes_four(const struct fold_job *j)
{
	size_t c = 0;

	for (; j->len - c >= COLS * WIDE; c += COLS * WIDE)
		fold_columns(j, GROUP_BITS, c, COLS);
	for (; c < j->len; c += WIDE)
		fold_columns(j, GROUP_BITS, c, 1);
}

static void
fold_by_vaes(const struct fold_job *j)
{
	assert(j->k <= FOLD_K_MAX && j->len % WIDE == 0 && j->len <= FOLD_ROW);
	if (j->k == 2)
		vaes_two(j);
	else
		vaes_four(j);
}

fold_fn *
fold_vaes(void)
{
	return cpu_has_vaes() ? fold_by_vaes : NULL;
}

#else
fold_fn *
fold_vaes(void)
{
	return NULL;
}
#endif
