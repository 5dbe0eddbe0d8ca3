/* aes_vaes.c: AES-128 with 512-bit registers, four blocks in each.  See aes.h and aes_ni.c.
 *
 * Ends of vectors go through masked loads and stores, so that there is one code path. */
#include "aes.h"

#include "cpu.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("aes,vaes,avx512f,avx512bw,avx512dq,avx512vl")))
#define INLINE TARGET static inline __attribute__((always_inline))

enum {
	WIDE = 8,       /* registers in flight under one key: throughput over latency */
	KEYS = 4,       /* registers of keys where every block has its own: sixteen keys */
};

static const uint32_t rcon[10] = { 1, 2, 4, 8, 16, 32, 64, 128, 27, 54 };

/* Lanes of register g of what is n blocks long. */
INLINE __mmask8
lanes(size_t n, size_t g)
{
	size_t left = n > 4 * g ? n - 4 * g : 0;

	return (__mmask8)(left >= 4 ? 0xff : (1u << 2 * left) - 1);
}

INLINE __m512i
all(const block *p)
{
	return _mm512_broadcast_i32x4(_mm_load_si128((const __m128i *)p));
}

INLINE __m512i
load(const block *p, size_t n, size_t g)
{
	return _mm512_maskz_loadu_epi64(lanes(n, g), p + 4 * g);
}

INLINE void
store(block *p, size_t n, size_t g, __m512i x)
{
	_mm512_mask_storeu_epi64(p + 4 * g, lanes(n, g), x);
}

INLINE __m512i
sigma(__m512i x)
{
	return _mm512_xor_si512(_mm512_shuffle_epi32(x, (_MM_PERM_ENUM)0x4e),
	    _mm512_maskz_mov_epi64(0xaa, x));
}

INLINE __m512i
xor3(__m512i a, __m512i b, __m512i c)
{
	return _mm512_ternarylogic_epi64(a, b, c, 0x96);
}

INLINE __m512i
next_key(__m512i k, int r)
{
	const __m512i turn = _mm512_set1_epi32(0x0c0f0e0d);
	__m512i t = _mm512_aesenclast_epi128(_mm512_shuffle_epi8(k, turn),
	    _mm512_set1_epi32((int)rcon[r]));

	k = _mm512_xor_si512(k, _mm512_bslli_epi128(k, 4));
	return _mm512_ternarylogic_epi64(k, _mm512_bslli_epi128(k, 8), t, 0x96);
}

TARGET static void
vaes_expand(struct aes_key *d, block key)
{
	const __m128i turn = _mm_set1_epi32(0x0c0f0e0d);
	__m128i k = _mm_load_si128((const __m128i *)&key);

	_mm_store_si128((__m128i *)&d->rk[0], k);
	for (int r = 0; r < 10; r++) {
		__m128i t = _mm_aesenclast_si128(_mm_shuffle_epi8(k, turn),
		    _mm_set1_epi32((int)rcon[r]));

		k = _mm_xor_si128(k, _mm_slli_si128(k, 4));
		k = _mm_xor_si128(k, _mm_slli_si128(k, 8));
		k = _mm_xor_si128(k, t);
		_mm_store_si128((__m128i *)&d->rk[r + 1], k);
	}
}

INLINE void
encrypt(__m512i x[WIDE], const struct aes_key *k, int n)
{
	__m512i rk = all(&k->rk[0]);

#pragma GCC unroll 8
	for (int i = 0; i < n; i++)
		x[i] = _mm512_xor_si512(x[i], rk);
#pragma GCC unroll 9
	for (int r = 1; r < 10; r++) {
		rk = all(&k->rk[r]);
#pragma GCC unroll 8
		for (int i = 0; i < n; i++)
			x[i] = _mm512_aesenc_epi128(x[i], rk);
	}
	rk = all(&k->rk[10]);
#pragma GCC unroll 8
	for (int i = 0; i < n; i++)
		x[i] = _mm512_aesenclast_epi128(x[i], rk);
}

/* groups registers hold n <= 4 * groups blocks. */
INLINE void
ecb_some(block *out, const block *in, const struct aes_key *k, size_t n, int groups)
{
	__m512i x[WIDE];

#pragma GCC unroll 8
	for (int i = 0; i < groups; i++)
		x[i] = load(in, n, (size_t)i);
	encrypt(x, k, groups);
#pragma GCC unroll 8
	for (int i = 0; i < groups; i++)
		store(out, n, (size_t)i, x[i]);
}

TARGET static void
vaes_ecb(block *out, const block *in, const struct aes_key *k, size_t n)
{
	size_t i = 0;

	for (; n - i >= 4 * WIDE; i += 4 * WIDE)
		ecb_some(out + i, in + i, k, 4 * WIDE, WIDE);
	for (; i < n; i += 4)
		ecb_some(out + i, in + i, k, n - i, 1);
}

INLINE void
ctr_some(block *out, const struct aes_key *k, __m512i first, size_t n, int groups)
{
	__m512i x[WIDE];

#pragma GCC unroll 8
	for (int i = 0; i < groups; i++)
		x[i] = _mm512_add_epi64(first, _mm512_maskz_set1_epi64(0x55, 4 * i));
	encrypt(x, k, groups);
#pragma GCC unroll 8
	for (int i = 0; i < groups; i++)
		store(out, n, (size_t)i, x[i]);
}

TARGET static void
vaes_ctr(block *out, const struct aes_key *k, uint64_t seq, uint64_t first, size_t n)
{
	const long long hi = (long long)seq;
	__m512i c = _mm512_add_epi64(_mm512_set_epi64(hi, 3, hi, 2, hi, 1, hi, 0),
	    _mm512_maskz_set1_epi64(0x55, (long long)first));
	size_t i = 0;

	for (; n - i >= 4 * WIDE; i += 4 * WIDE) {
		ctr_some(out + i, k, c, 4 * WIDE, WIDE);
		c = _mm512_add_epi64(c, _mm512_maskz_set1_epi64(0x55, 4 * WIDE));
	}
	for (; i < n; i += 4) {
		ctr_some(out + i, k, c, n - i, 1);
		c = _mm512_add_epi64(c, _mm512_maskz_set1_epi64(0x55, 4));
	}
}

/* Block i of each of the keys j < 4 goes to out[j * stride + i]. */
INLINE void
scatter(block *out, size_t stride, size_t n_keys, __m512i x)
{
	block lane[4] __attribute__((aligned(64)));

	_mm512_store_si512(lane, x);
	for (size_t j = 0; j < n_keys; j++)
		out[j * stride] = lane[j];
}

/* Blocks i .. i + 4 of each key j < 4, of which the first m count, to out[j * stride + i]: four
 * registers are a square of blocks, which is turned over. */
INLINE void
scatter_square(block *out, size_t stride, size_t n_keys, const __m512i x[4], size_t m)
{
	__m512i a = _mm512_shuffle_i32x4(x[0], x[1], 0x44);
	__m512i b = _mm512_shuffle_i32x4(x[0], x[1], 0xee);
	__m512i c = _mm512_shuffle_i32x4(x[2], x[3], 0x44);
	__m512i d = _mm512_shuffle_i32x4(x[2], x[3], 0xee);

	store(out, m, 0, _mm512_shuffle_i32x4(a, c, 0x88));
	if (n_keys > 1)
		store(out + stride, m, 0, _mm512_shuffle_i32x4(a, c, 0xdd));
	if (n_keys > 2)
		store(out + 2 * stride, m, 0, _mm512_shuffle_i32x4(b, d, 0x88));
	if (n_keys > 3)
		store(out + 3 * stride, m, 0, _mm512_shuffle_i32x4(b, d, 0xdd));
}

/* The first m of count <= WIDE blocks under each of n_keys <= 4 keys, whose schedule is made on the
 * way.  A schedule takes as long as several blocks do: better a few blocks too many than two. */
INLINE void
ctr_keys_some(block *out, size_t stride, __m512i k, size_t n_keys, uint64_t first, size_t m,
    int count)
{
	__m512i x[WIDE];

#pragma GCC unroll 8
	for (int i = 0; i < count; i++)
		x[i] = _mm512_xor_si512(k, _mm512_maskz_set1_epi64(0x55, (long long)first + i));
#pragma GCC unroll 9
	for (int r = 0; r < 9; r++) {
		k = next_key(k, r);
#pragma GCC unroll 8
		for (int i = 0; i < count; i++)
			x[i] = _mm512_aesenc_epi128(x[i], k);
	}
	k = next_key(k, 9);
#pragma GCC unroll 8
	for (int i = 0; i < count; i++)
		x[i] = _mm512_aesenclast_epi128(x[i], k);
#pragma GCC unroll 2
	for (int i = 0; i + 4 <= count; i += 4)
		scatter_square(out + i, stride, n_keys, x + i, m - (size_t)i);
#pragma GCC unroll 2
	for (int i = 0; i < count && count < 4; i++)
		scatter(out + i, stride, n_keys, x[i]);
}

TARGET static void
vaes_ctr_keys(block *out, const block *key, size_t n_keys, uint64_t first, size_t n)
{
	for (size_t j = 0; j < n_keys; j += 4) {
		size_t m = n_keys - j < 4 ? n_keys - j : 4, i = 0;
		__m512i k = load(key + j, m, 0);
		block *d = out + j * n;

		for (; n - i > 4; i += n - i < WIDE ? n - i : WIDE)
			ctr_keys_some(d + i, n, k, m, first + i, n - i, WIDE);
		if (n - i > 2)
			ctr_keys_some(d + i, n, k, m, first + i, n - i, 4);
		else if (n - i == 2)
			ctr_keys_some(d + i, n, k, m, first + i, 2, 2);
		else if (n - i == 1)
			ctr_keys_some(d + i, n, k, m, first + i, 1, 1);
	}
}

/* Sixteen keys that differ in their lower halves, word by word: w[i] is their words i.  Lane l of
 * keys[j] is number 4 l + j in each w, so that its xor-chain costs no shuffles. */
struct keys {
	__m512i w[4];
};

/* low and high: the tweaks of elements 0..7 and 8..15. */
INLINE void
keys_init(struct keys *k, const block *s, uint64_t tweak, __m512i low, __m512i high)
{
	const __m512i even = _mm512_set_epi32(
	    30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
	__m512i first = _mm512_set1_epi64((long long)tweak);
	__m512i s0 = _mm512_set1_epi64((long long)s->w[0]);

	low = _mm512_xor_si512(_mm512_add_epi64(first, low), s0);
	high = _mm512_xor_si512(_mm512_add_epi64(first, high), s0);
	k->w[0] = _mm512_permutex2var_epi32(low, even, high);
	k->w[1] = _mm512_permutex2var_epi32(_mm512_srli_epi64(low, 32), even,
	    _mm512_srli_epi64(high, 32));
	k->w[2] = _mm512_set1_epi32((int)(uint32_t)s->w[1]);
	k->w[3] = _mm512_set1_epi32((int)(uint32_t)(s->w[1] >> 32));
}

/* Tweaks of sixteen blocks in order: lane l of keys[j] is that of block 4 j + l. */
INLINE void
keys_of_blocks(struct keys *k, const block *s, uint64_t tweak)
{
	keys_init(k, s, tweak, _mm512_set_epi64(13, 9, 5, 1, 12, 8, 4, 0),
	    _mm512_set_epi64(15, 11, 7, 3, 14, 10, 6, 2));
}

/* Of both halves of eight gates: lane l of keys[2 j] and keys[2 j + 1] is gate 4 j + l. */
INLINE void
keys_of_halves(struct keys *k, const block *s, uint64_t tweak)
{
	keys_init(k, s, tweak, _mm512_set_epi64(11, 10, 3, 2, 9, 8, 1, 0),
	    _mm512_set_epi64(15, 14, 7, 6, 13, 12, 5, 4));
}

/* Half of a key schedule step: SubWord(RotWord()) of words 3, which is one AES round whose
 * ShiftRows is undone beforehand. */
INLINE __m512i
keys_sub(const struct keys *k, int r)
{
	const __m512i turn = _mm512_set_epi32(
	    0x00070a0d, 0x0c030609, 0x080f0205, 0x040b0e01, 0x00070a0d, 0x0c030609, 0x080f0205,
	    0x040b0e01, 0x00070a0d, 0x0c030609, 0x080f0205, 0x040b0e01, 0x00070a0d, 0x0c030609,
	    0x080f0205, 0x040b0e01);

	return _mm512_aesenclast_epi128(_mm512_shuffle_epi8(k->w[3], turn),
	    _mm512_set1_epi32((int)rcon[r]));
}

/* The other half.  Words 3 come first: the next step waits for them. */
INLINE void
keys_next(struct keys *k, __m512i sub)
{
	k->w[3] = xor3(xor3(k->w[1], k->w[2], k->w[3]), k->w[0], sub);
	k->w[0] = _mm512_xor_si512(k->w[0], sub);
	k->w[1] = _mm512_xor_si512(k->w[1], k->w[0]);
	k->w[2] = _mm512_xor_si512(k->w[2], k->w[1]);
}

INLINE __m512i
key_block(__m512i low, __m512i high, int odd)
{
	return odd ? _mm512_unpackhi_epi64(low, high) : _mm512_unpacklo_epi64(low, high);
}

INLINE void
aes_round(__m512i *x, __m512i rk, int r)
{
	*x = r == 0 ? _mm512_xor_si512(*x, rk) : r < 10 ? _mm512_aesenc_epi128(*x, rk) :
	    _mm512_aesenclast_epi128(*x, rk);
}

/* Every block of x under its key, y too if two.  Round keys as blocks are a transposition of 4 x 4
 * words in each lane.  Shuffles, rounds and xors take turns, since they want different ports and
 * the CPU looks only so far ahead. */
INLINE void
encrypt_rekeyed(__m512i x[KEYS], __m512i y[KEYS], struct keys *k, bool two)
{
#pragma GCC unroll 11
	for (int r = 0; r <= 10; r++) {
		__m512i c = _mm512_unpacklo_epi32(k->w[2], k->w[3]), sub = c;
		__m512i d = _mm512_unpackhi_epi32(k->w[2], k->w[3]);
		__m512i a = _mm512_unpacklo_epi32(k->w[0], k->w[1]);
		__m512i b = _mm512_unpackhi_epi32(k->w[0], k->w[1]);

		if (r < 10)
			sub = keys_sub(k, r);
#pragma GCC unroll 4
		for (int j = 0; j < KEYS; j++) {
			__m512i rk = key_block(j < 2 ? a : b, j < 2 ? c : d, j & 1);

			aes_round(&x[j], rk, r);
			if (two)
				aes_round(&y[j], rk, r);
			if (r < 10 && j == 1)
				keys_next(k, sub);
		}
	}
}

/* n <= 16 hashes. */
INLINE void
hash_some(block *out0, block *out1, const block *in, __m512i delta, const block *s,
    uint64_t tweak, size_t n, bool two)
{
	__m512i x[KEYS], y[KEYS], x0[KEYS], y0[KEYS];
	struct keys k;

	keys_of_blocks(&k, s, tweak);
#pragma GCC unroll 4
	for (size_t j = 0; j < KEYS; j++) {
		__m512i q = load(in, n, j);

		x[j] = x0[j] = sigma(q);
		if (two)
			y[j] = y0[j] = sigma(_mm512_xor_si512(q, delta));
	}
	encrypt_rekeyed(x, y, &k, two);
#pragma GCC unroll 4
	for (size_t j = 0; j < KEYS; j++) {
		store(out0, n, j, _mm512_xor_si512(x[j], x0[j]));
		if (two)
			store(out1, n, j, _mm512_xor_si512(y[j], y0[j]));
	}
}

TARGET static void
vaes_hash2(block *out0, block *out1, const block *in, block delta, block s, uint64_t tweak,
    size_t n)
{
	__m512i d = all(&delta);
	size_t i = 0;

	for (; n - i >= 4 * KEYS; i += 4 * KEYS)
		hash_some(out0 + i, out1 + i, in + i, d, &s, tweak + i, 4 * KEYS, true);
	if (i < n)
		hash_some(out0 + i, out1 + i, in + i, d, &s, tweak + i, n - i, true);
}

TARGET static void
vaes_hash(block *out, const block *in, block s, uint64_t tweak, size_t n)
{
	__m512i zero = _mm512_setzero_si512();
	size_t i = 0;

	for (; n - i >= 4 * KEYS; i += 4 * KEYS)
		hash_some(out + i, NULL, in + i, zero, &s, tweak + i, 4 * KEYS, false);
	if (i < n)
		hash_some(out + i, NULL, in + i, zero, &s, tweak + i, n - i, false);
}

enum { GATES = 8 };     /* gates in flight, in groups of four: sixteen keys */

/* Both halves of the lanes whose labels have colour 1. */
INLINE __mmask8
colours(__m512i x)
{
	return _mm512_test_epi64_mask(_mm512_shuffle_epi32(x, (_MM_PERM_ENUM)0x44),
	    _mm512_set1_epi64(1));
}

/* Gates in group j of n. */
INLINE size_t
in_group(size_t n, size_t j)
{
	return n < 4 * j ? 0 : n - 4 * j < 4 ? n - 4 * j : 4;
}

/* n <= GATES gates.  sigma is linear. */
INLINE void
garble_some(block *d, block *table, const block *a, const block *b, __m512i delta, const block *s,
    uint64_t tweak, size_t n)
{
	const __m512i turned = sigma(delta);
	__m512i x[KEYS], y[KEYS];
	struct keys k;

	keys_of_halves(&k, s, tweak);
#pragma GCC unroll 2
	for (size_t j = 0; j < 2; j++) {
		x[2 * j] = sigma(load(a, n, j));
		y[2 * j] = _mm512_xor_si512(x[2 * j], turned);
		x[2 * j + 1] = sigma(load(b, n, j));
		y[2 * j + 1] = _mm512_xor_si512(x[2 * j + 1], turned);
	}
	encrypt_rekeyed(x, y, &k, true);
#pragma GCC unroll 2
	for (size_t j = 0; j < 2; j++) {
		size_t m = in_group(n, j);
		__m512i a0 = load(a, n, j), b0 = load(b, n, j), g, e, w;
		__mmask8 pb = colours(b0);

		g = xor3(x[2 * j], y[2 * j], turned);
		g = _mm512_mask_xor_epi64(g, pb, g, delta);
		e = xor3(x[2 * j + 1], y[2 * j + 1], turned);
		w = xor3(x[2 * j], x[2 * j + 1], sigma(_mm512_xor_si512(a0, b0)));
		w = _mm512_mask_xor_epi64(w, colours(a0), w, g);
		w = _mm512_mask_xor_epi64(w, pb, w, e);
		store(table + 8 * j, m, 0, g);
		store(table + 8 * j + m, m, 0, _mm512_xor_si512(e, a0));
		store(d, n, j, w);
	}
}

TARGET static void
vaes_garble(block *d, block *table, const block *a, const block *b, block delta, block s,
    uint64_t tweak, size_t n)
{
	__m512i dv = all(&delta);
	size_t i = 0;

	for (; n - i >= GATES; i += GATES)
		garble_some(d + i, table + 2 * i, a + i, b + i, dv, &s, tweak + 2 * i, GATES);
	if (i < n)
		garble_some(d + i, table + 2 * i, a + i, b + i, dv, &s, tweak + 2 * i, n - i);
}

INLINE void
evaluate_some(block *d, const block *table, const block *a, const block *b, const block *s,
    uint64_t tweak, size_t n)
{
	__m512i x[KEYS];
	struct keys k;

	keys_of_halves(&k, s, tweak);
#pragma GCC unroll 2
	for (size_t j = 0; j < 2; j++) {
		x[2 * j] = sigma(load(a, n, j));
		x[2 * j + 1] = sigma(load(b, n, j));
	}
	encrypt_rekeyed(x, NULL, &k, false);
#pragma GCC unroll 2
	for (size_t j = 0; j < 2; j++) {
		size_t m = in_group(n, j);
		__m512i av = load(a, n, j), bv = load(b, n, j), w;
		__m512i tg = load(table + 8 * j, m, 0), te = load(table + 8 * j + m, m, 0);

		w = xor3(x[2 * j], x[2 * j + 1], sigma(_mm512_xor_si512(av, bv)));
		w = _mm512_mask_xor_epi64(w, colours(av), w, tg);
		w = _mm512_mask_xor_epi64(w, colours(bv), w, _mm512_xor_si512(te, av));
		store(d, n, j, w);
	}
}

TARGET static void
vaes_evaluate(block *d, const block *table, const block *a, const block *b, block s,
    uint64_t tweak, size_t n)
{
	size_t i = 0;

	for (; n - i >= GATES; i += GATES)
		evaluate_some(d + i, table + 2 * i, a + i, b + i, &s, tweak + 2 * i, GATES);
	if (i < n)
		evaluate_some(d + i, table + 2 * i, a + i, b + i, &s, tweak + 2 * i, n - i);
}

const struct aes_kernel *
aes_vaes(void)
{
	static const struct aes_kernel k = {
		"vaes", vaes_expand, vaes_ecb, vaes_ctr, vaes_ctr_keys, vaes_hash, vaes_hash2,
		vaes_garble, vaes_evaluate,
	};

	return cpu_has_vaes() ? &k : NULL;
}

#else
const struct aes_kernel *
aes_vaes(void)
{
	return NULL;
}
#endif
