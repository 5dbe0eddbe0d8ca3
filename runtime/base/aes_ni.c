/* aes_ni.c: AES-128 with the AES instructions, a few blocks in flight.  See aes.h.
 *
 * A key schedule step is done without aeskeygenassist, which is slow: the last word is rotated and
 * copied to all four columns, and then aesenclast is S-box and round constant, for ShiftRows moves
 * nothing when all columns are equal. */
#include "aes.h"

#include "cpu.h"
#include "mem.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("aes,sse4.1")))
#define INLINE TARGET static inline __attribute__((always_inline))

enum { WIDE = 8, KEYS = 4 };

static const uint32_t rcon[10] = { 1, 2, 4, 8, 16, 32, 64, 128, 27, 54 };

INLINE __m128i
load(const block *p)
{
	return _mm_load_si128((const __m128i *)p);
}

INLINE void
store(block *p, __m128i x)
{
	_mm_store_si128((__m128i *)p, x);
}

INLINE __m128i
sigma(__m128i x)
{
	return _mm_xor_si128(_mm_shuffle_epi32(x, 0x4e), _mm_and_si128(x, _mm_set_epi64x(-1, 0)));
}

INLINE __m128i
next_key(__m128i k, int r)
{
	const __m128i turn = _mm_set1_epi32(0x0c0f0e0d);
	__m128i t = _mm_aesenclast_si128(_mm_shuffle_epi8(k, turn), _mm_set1_epi32((int)rcon[r]));

	k = _mm_xor_si128(k, _mm_slli_si128(k, 4));
	k = _mm_xor_si128(k, _mm_slli_si128(k, 8));
	return _mm_xor_si128(k, t);
}

TARGET static void
ni_expand(struct aes_key *d, block key)
{
	__m128i k = load(&key);

	store(&d->rk[0], k);
	for (int r = 0; r < 10; r++) {
		k = next_key(k, r);
		store(&d->rk[r + 1], k);
	}
}

/* n <= WIDE blocks, in place. */
INLINE void
encrypt(__m128i *x, const struct aes_key *k, int n)
{
	__m128i rk = load(&k->rk[0]);

#pragma GCC unroll 8
	for (int i = 0; i < n; i++)
		x[i] = _mm_xor_si128(x[i], rk);
#pragma GCC unroll 9
	for (int r = 1; r < 10; r++) {
		rk = load(&k->rk[r]);
#pragma GCC unroll 8
		for (int i = 0; i < n; i++)
			x[i] = _mm_aesenc_si128(x[i], rk);
	}
	rk = load(&k->rk[10]);
#pragma GCC unroll 8
	for (int i = 0; i < n; i++)
		x[i] = _mm_aesenclast_si128(x[i], rk);
}

INLINE void
ecb_some(block *out, const block *in, const struct aes_key *k, int n)
{
	__m128i x[WIDE];

#pragma GCC unroll 8
	for (int i = 0; i < n; i++)
		x[i] = load(in + i);
	encrypt(x, k, n);
#pragma GCC unroll 8
	for (int i = 0; i < n; i++)
		store(out + i, x[i]);
}

TARGET static void
ni_ecb(block *out, const block *in, const struct aes_key *k, size_t n)
{
	size_t i = 0;

	for (; n - i >= WIDE; i += WIDE)
		ecb_some(out + i, in + i, k, WIDE);
	for (; i < n; i++)
		ecb_some(out + i, in + i, k, 1);
}

INLINE void
ctr_some(block *out, const struct aes_key *k, uint64_t seq, uint64_t first, int n)
{
	__m128i x[WIDE];

#pragma GCC unroll 8
	for (int i = 0; i < n; i++)
		x[i] = _mm_set_epi64x((long long)seq, (long long)(first + (uint64_t)i));
	encrypt(x, k, n);
#pragma GCC unroll 8
	for (int i = 0; i < n; i++)
		store(out + i, x[i]);
}

TARGET static void
ni_ctr(block *out, const struct aes_key *k, uint64_t seq, uint64_t first, size_t n)
{
	size_t i = 0;

	for (; n - i >= WIDE; i += WIDE)
		ctr_some(out + i, k, seq, first + i, WIDE);
	for (; i < n; i++)
		ctr_some(out + i, k, seq, first + i, 1);
}

TARGET static void
ni_ctr_keys(block *out, const block *key, size_t n_keys, uint64_t first, size_t n)
{
	struct aes_key k;

	for (size_t j = 0; j < n_keys; j++) {
		ni_expand(&k, key[j]);
		ni_ctr(out + j * n, &k, 0, first, n);
	}
	wipe(&k, sizeof k);
}

/* x[j] = AES under key s ^ (tweak + j), n <= KEYS keys; y too if two. */
INLINE void
encrypt_rekeyed(__m128i *x, __m128i *y, __m128i s, uint64_t tweak, int n, bool two)
{
	__m128i k[KEYS];

#pragma GCC unroll 4
	for (int j = 0; j < n; j++) {
		k[j] = _mm_xor_si128(s, _mm_set_epi64x(0, (long long)(tweak + (uint64_t)j)));
		x[j] = _mm_xor_si128(x[j], k[j]);
		if (two)
			y[j] = _mm_xor_si128(y[j], k[j]);
	}
#pragma GCC unroll 9
	for (int r = 0; r < 9; r++) {
#pragma GCC unroll 4
		for (int j = 0; j < n; j++) {
			k[j] = next_key(k[j], r);
			x[j] = _mm_aesenc_si128(x[j], k[j]);
			if (two)
				y[j] = _mm_aesenc_si128(y[j], k[j]);
		}
	}
#pragma GCC unroll 4
	for (int j = 0; j < n; j++) {
		k[j] = next_key(k[j], 9);
		x[j] = _mm_aesenclast_si128(x[j], k[j]);
		if (two)
			y[j] = _mm_aesenclast_si128(y[j], k[j]);
	}
}

INLINE void
hash_some(block *out0, block *out1, const block *in, __m128i delta, __m128i s, uint64_t tweak,
    int n, bool two)
{
	__m128i x[KEYS], y[KEYS], x0[KEYS], y0[KEYS];

#pragma GCC unroll 4
	for (int j = 0; j < n; j++) {
		x[j] = x0[j] = sigma(load(in + j));
		if (two)
			y[j] = y0[j] = sigma(_mm_xor_si128(load(in + j), delta));
	}
	encrypt_rekeyed(x, y, s, tweak, n, two);
#pragma GCC unroll 4
	for (int j = 0; j < n; j++) {
		store(out0 + j, _mm_xor_si128(x[j], x0[j]));
		if (two)
			store(out1 + j, _mm_xor_si128(y[j], y0[j]));
	}
}

TARGET static void
ni_hash2(block *out0, block *out1, const block *in, block delta, block s, uint64_t tweak, size_t n)
{
	size_t i = 0;
	__m128i d = load(&delta), sv = load(&s);

	for (; n - i >= KEYS; i += KEYS)
		hash_some(out0 + i, out1 + i, in + i, d, sv, tweak + i, KEYS, true);
	for (; i < n; i++)
		hash_some(out0 + i, out1 + i, in + i, d, sv, tweak + i, 1, true);
}

TARGET static void
ni_hash(block *out, const block *in, block s, uint64_t tweak, size_t n)
{
	size_t i = 0;
	__m128i sv = load(&s), zero = _mm_setzero_si128();

	for (; n - i >= KEYS; i += KEYS)
		hash_some(out + i, NULL, in + i, zero, sv, tweak + i, KEYS, false);
	for (; i < n; i++)
		hash_some(out + i, NULL, in + i, zero, sv, tweak + i, 1, false);
}

enum { GATES = 2 };     /* gates in flight: four blocks each under two keys */

/* `each` blocks of x, one or two, under each key s ^ (tweak + j). */
INLINE void
encrypt_halves(__m128i *x, __m128i s, uint64_t tweak, int n_keys, int each)
{
	__m128i k[2 * GATES];

#pragma GCC unroll 4
	for (int j = 0; j < n_keys; j++) {
		k[j] = _mm_xor_si128(s, _mm_set_epi64x(0, (long long)(tweak + (uint64_t)j)));
#pragma GCC unroll 2
		for (int i = 0; i < each; i++)
			x[each * j + i] = _mm_xor_si128(x[each * j + i], k[j]);
	}
#pragma GCC unroll 9
	for (int r = 0; r < 9; r++) {
#pragma GCC unroll 4
		for (int j = 0; j < n_keys; j++) {
			k[j] = next_key(k[j], r);
#pragma GCC unroll 2
			for (int i = 0; i < each; i++)
				x[each * j + i] = _mm_aesenc_si128(x[each * j + i], k[j]);
		}
	}
#pragma GCC unroll 4
	for (int j = 0; j < n_keys; j++) {
		k[j] = next_key(k[j], 9);
#pragma GCC unroll 2
		for (int i = 0; i < each; i++)
			x[each * j + i] = _mm_aesenclast_si128(x[each * j + i], k[j]);
	}
}

/* All ones if the label's colour is 1. */
INLINE __m128i
colour(__m128i x)
{
	const __m128i one = _mm_set1_epi64x(1);

	return _mm_cmpeq_epi64(_mm_and_si128(_mm_shuffle_epi32(x, 0x44), one), one);
}

/* m <= GATES gates; tg and te are their halves' blocks.  sigma is linear. */
INLINE void
garble_some(block *d, block *tg, block *te, const block *a, const block *b, __m128i delta,
    __m128i s, uint64_t tweak, int m)
{
	const __m128i turned = sigma(delta);
	__m128i x[4 * GATES];

#pragma GCC unroll 2
	for (int j = 0; j < m; j++) {
		x[4 * j] = sigma(load(a + j));
		x[4 * j + 1] = _mm_xor_si128(x[4 * j], turned);
		x[4 * j + 2] = sigma(load(b + j));
		x[4 * j + 3] = _mm_xor_si128(x[4 * j + 2], turned);
	}
	encrypt_halves(x, s, tweak, 2 * m, 2);
#pragma GCC unroll 2
	for (int j = 0; j < m; j++) {
		__m128i a0 = load(a + j), b0 = load(b + j), pb = colour(b0), g, e, w;

		g = _mm_xor_si128(_mm_xor_si128(x[4 * j], x[4 * j + 1]), turned);
		g = _mm_xor_si128(g, _mm_and_si128(delta, pb));
		e = _mm_xor_si128(_mm_xor_si128(x[4 * j + 2], x[4 * j + 3]), turned);
		w = _mm_xor_si128(_mm_xor_si128(x[4 * j], x[4 * j + 2]),
		    sigma(_mm_xor_si128(a0, b0)));
		w = _mm_xor_si128(w, _mm_and_si128(g, colour(a0)));
		w = _mm_xor_si128(w, _mm_and_si128(e, pb));
		store(tg + j, g);
		store(te + j, _mm_xor_si128(e, a0));
		store(d + j, w);
	}
}

TARGET static void
ni_garble(block *d, block *table, const block *a, const block *b, block delta, block s,
    uint64_t tweak, size_t n)
{
	__m128i dv = load(&delta), sv = load(&s);

	for (size_t i = 0; i < n; i += 4) {
		size_t m = n - i < 4 ? n - i : 4, j = 0;
		block *t = table + 2 * i;

		for (; m - j >= GATES; j += GATES)
			garble_some(d + i + j, t + j, t + m + j, a + i + j, b + i + j, dv, sv,
			    tweak + 2 * (i + j), GATES);
		for (; j < m; j++)
			garble_some(d + i + j, t + j, t + m + j, a + i + j, b + i + j, dv, sv,
			    tweak + 2 * (i + j), 1);
	}
}

INLINE void
evaluate_some(block *d, const block *tg, const block *te, const block *a, const block *b,
    __m128i s, uint64_t tweak, int m)
{
	__m128i x[2 * GATES];

#pragma GCC unroll 2
	for (int j = 0; j < m; j++) {
		x[2 * j] = sigma(load(a + j));
		x[2 * j + 1] = sigma(load(b + j));
	}
	encrypt_halves(x, s, tweak, 2 * m, 1);
#pragma GCC unroll 2
	for (int j = 0; j < m; j++) {
		__m128i av = load(a + j), bv = load(b + j), w;

		w = _mm_xor_si128(_mm_xor_si128(x[2 * j], x[2 * j + 1]),
		    sigma(_mm_xor_si128(av, bv)));
		w = _mm_xor_si128(w, _mm_and_si128(load(tg + j), colour(av)));
		w = _mm_xor_si128(w,
		    _mm_and_si128(_mm_xor_si128(load(te + j), av), colour(bv)));
		store(d + j, w);
	}
}

TARGET static void
ni_evaluate(block *d, const block *table, const block *a, const block *b, block s, uint64_t tweak,
    size_t n)
{
	__m128i sv = load(&s);

	for (size_t i = 0; i < n; i += 4) {
		size_t m = n - i < 4 ? n - i : 4, j = 0;
		const block *t = table + 2 * i;

		for (; m - j >= GATES; j += GATES)
			evaluate_some(d + i + j, t + j, t + m + j, a + i + j, b + i + j, sv,
			    tweak + 2 * (i + j), GATES);
		for (; j < m; j++)
			evaluate_some(d + i + j, t + j, t + m + j, a + i + j, b + i + j, sv,
			    tweak + 2 * (i + j), 1);
	}
}

const struct aes_kernel *
aes_ni(void)
{
	static const struct aes_kernel k = {
		"ni", ni_expand, ni_ecb, ni_ctr, ni_ctr_keys, ni_hash, ni_hash2,
		ni_garble, ni_evaluate,
	};

	return cpu_has_aes() ? &k : NULL;
}

#else
const struct aes_kernel *
aes_ni(void)
{
	return NULL;
}
#endif
