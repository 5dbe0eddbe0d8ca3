/* gcm_vaes.c: AES-256-GCM with 512-bit AES and carry-less products.  See gcm.h.
 *
 * GHASH is POLYVAL of byte-reversed blocks under x H [RFC 8452, appendix A]; a product there is
 * a b x^-128, which two foldings with one constant reduce [Gueron, Langley, Lindell, ePrint
 * 2017/168].  Sixteen blocks take one reduction: each is multiplied with its own power. */
#include "gcm.h"

#include "cpu.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target( \
    "aes,pclmul,vaes,vpclmulqdq,avx512f,avx512bw,avx512dq,avx512vl")))
#define INLINE TARGET static inline __attribute__((always_inline))

#define TURN _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)

enum { ROUNDS = 14, REGS = GCM_POWERS / 4, MANY = 16 * GCM_POWERS };

INLINE __m128i
load(const void *p)
{
	return _mm_loadu_si128(p);
}

INLINE __m128i
reversed(__m128i x)
{
	return _mm_shuffle_epi8(x, TURN);
}

INLINE __m512i
all(__m128i x)
{
	return _mm512_broadcast_i32x4(x);
}

/* A sum of products before reduction. */
struct product {
	__m512i low, mid, high;
};

INLINE void
product_add(struct product *s, __m512i a, __m512i b)
{
	__m512i m = _mm512_clmulepi64_epi128(a, b, 0x01);

	s->low = _mm512_xor_si512(s->low, _mm512_clmulepi64_epi128(a, b, 0x00));
	s->mid = _mm512_ternarylogic_epi64(s->mid, m, _mm512_clmulepi64_epi128(a, b, 0x10), 0x96);
	s->high = _mm512_xor_si512(s->high, _mm512_clmulepi64_epi128(a, b, 0x11));
}

INLINE __m128i
fold(__m512i x)
{
	__m256i y = _mm256_xor_si256(_mm512_castsi512_si256(x), _mm512_extracti64x4_epi64(x, 1));

	return _mm_xor_si128(_mm256_castsi256_si128(y), _mm256_extracti128_si256(y, 1));
}

INLINE __m128i
reduce_step(__m128i x)
{
	const __m128i p = _mm_set_epi64x(0, (long long)0xc200000000000000);

	return _mm_xor_si128(_mm_shuffle_epi32(x, 0x4e), _mm_clmulepi64_si128(x, p, 0x00));
}

/* The sum of all lanes, modulo the polynomial. */
INLINE __m128i
reduce(const struct product *s)
{
	__m128i mid = fold(s->mid), low = _mm_xor_si128(fold(s->low), _mm_slli_si128(mid, 8));
	__m128i high = _mm_xor_si128(fold(s->high), _mm_srli_si128(mid, 8));

	return _mm_xor_si128(high, reduce_step(reduce_step(low)));
}

INLINE __m128i
multiply(__m128i a, __m128i b)
{
	const __m512i zero = _mm512_setzero_si512();
	struct product s = { zero, zero, zero };

	product_add(&s, _mm512_zextsi128_si512(a), _mm512_zextsi128_si512(b));
	return reduce(&s);
}

/* x times the variable. */
INLINE __m128i
doubled(__m128i x)
{
	__m128i top = _mm_srai_epi32(_mm_shuffle_epi32(x, 0xff), 31);
	__m128i carry = _mm_slli_si128(_mm_srli_epi64(x, 63), 8);

	x = _mm_or_si128(_mm_slli_epi64(x, 1), carry);
	return _mm_xor_si128(x,
	    _mm_and_si128(top, _mm_set_epi64x((long long)0xc200000000000000, 1)));
}

INLINE __m128i
encrypt(const struct gcm_key *k, __m128i x)
{
	x = _mm_xor_si128(x, load(&k->rk[0]));
	for (int r = 1; r < ROUNDS; r++)
		x = _mm_aesenc_si128(x, load(&k->rk[r]));
	return _mm_aesenclast_si128(x, load(&k->rk[ROUNDS]));
}

/* The schedule: every other round key rotates the word and adds a constant; see aes_ni.c. */
TARGET static void
vaes_expand(struct gcm_key *k, const uint8_t key[32])
{
	__m128i h, power;

	_mm_storeu_si128((__m128i *)&k->rk[0], load(key));
	_mm_storeu_si128((__m128i *)&k->rk[1], load(key + 16));
	for (int i = 2; i <= ROUNDS; i++) {
		__m128i x = load(&k->rk[i - 2]), t = load(&k->rk[i - 1]);

		t = _mm_shuffle_epi8(t, _mm_set1_epi32(i % 2 == 0 ? 0x0c0f0e0d : 0x0f0e0d0c));
		t = _mm_aesenclast_si128(t, _mm_set1_epi32(i % 2 == 0 ? 1 << (i / 2 - 1) : 0));
		x = _mm_xor_si128(x, _mm_slli_si128(x, 4));
		x = _mm_xor_si128(x, _mm_slli_si128(x, 8));
		_mm_storeu_si128((__m128i *)&k->rk[i], _mm_xor_si128(x, t));
	}
	h = power = doubled(reversed(encrypt(k, _mm_setzero_si128())));
	for (int i = GCM_POWERS - 1; i >= 0; i--, power = multiply(power, h))
		_mm_storeu_si128((__m128i *)&k->h[i], power);
}

/* Sixteen blocks of ciphertext; x: the hash so far. */
INLINE __m128i
hash_sixteen(const struct gcm_key *k, const uint8_t *in, __m128i x)
{
	const __m512i zero = _mm512_setzero_si512();
	struct product s = { zero, zero, zero };

#pragma GCC unroll 4
	for (int i = 0; i < REGS; i++) {
		__m512i c = _mm512_shuffle_epi8(_mm512_loadu_si512(in + 64 * i), all(TURN));

		if (i == 0)
			c = _mm512_xor_si512(c, _mm512_zextsi128_si512(x));
		product_add(&s, c, _mm512_loadu_si512(&k->h[4 * i]));
	}
	return reduce(&s);
}

/* ctr: the first counters, byte-reversed. */
INLINE void
crypt_sixteen(const struct gcm_key *k, uint8_t *out, const uint8_t *in, __m512i ctr)
{
	__m512i c[REGS], rk = all(load(&k->rk[0]));

#pragma GCC unroll 4
	for (int i = 0; i < REGS; i++) {
		c[i] = _mm512_add_epi32(ctr, all(_mm_set_epi32(0, 0, 0, 4 * i)));
		c[i] = _mm512_xor_si512(_mm512_shuffle_epi8(c[i], all(TURN)), rk);
	}
#pragma GCC unroll 14
	for (int r = 1; r < ROUNDS; r++) {
		rk = all(load(&k->rk[r]));
#pragma GCC unroll 4
		for (int i = 0; i < REGS; i++)
			c[i] = _mm512_aesenc_epi128(c[i], rk);
	}
	rk = all(load(&k->rk[ROUNDS]));
#pragma GCC unroll 4
	for (int i = 0; i < REGS; i++)
		_mm512_storeu_si512(out + 64 * i, _mm512_xor_si512(
		    _mm512_loadu_si512(in + 64 * i), _mm512_aesenclast_epi128(c[i], rk)));
}

/* A block of at most 16 bytes. */
INLINE __m128i
one(const struct gcm_key *k, uint8_t *out, const uint8_t *in, size_t n, __m128i ctr, __m128i x,
    bool seals)
{
	const __mmask16 some = (__mmask16)((1u << n) - 1);
	__m128i from = _mm_maskz_loadu_epi8(some, in), to;

	to = _mm_xor_si128(from, encrypt(k, reversed(ctr)));
	_mm_mask_storeu_epi8(out, some, to);
	to = seals ? _mm_maskz_mov_epi8(some, to) : from;
	return multiply(_mm_xor_si128(x, reversed(to)), load(&k->h[GCM_POWERS - 1]));
}

INLINE void
run(const struct gcm_key *k, uint8_t *out, uint8_t tag[16], const uint8_t *in, size_t len,
    const uint8_t nonce[12], const uint8_t ad[16], bool seals)
{
	const __m128i h = load(&k->h[GCM_POWERS - 1]);
	const __m512i lane = _mm512_set_epi32(0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0);
	/* Byte-reversed, the counter is word 0; data begin at 2. */
	__m128i first = reversed(_mm_maskz_loadu_epi8(0xfff, nonce));
	__m128i x = multiply(reversed(load(ad)), h);
	size_t i = 0;
	uint32_t ctr = 2;

	/* Sealing hashes the sixteen blocks before these, so that the hash does not wait for them. */
	for (; len - i >= MANY; i += MANY, ctr += GCM_POWERS) {
		if (!seals)
			x = hash_sixteen(k, in + i, x);
		else if (i > 0)
			x = hash_sixteen(k, out + i - MANY, x);
		crypt_sixteen(k, out + i, in + i, _mm512_add_epi32(lane,
		    all(_mm_or_si128(first, _mm_cvtsi32_si128((int)ctr)))));
	}
	if (seals && i > 0)
		x = hash_sixteen(k, out + i - MANY, x);
	for (; i < len; i += 16, ctr++)
		x = one(k, out + i, in + i, len - i < 16 ? len - i : 16,
		    _mm_or_si128(first, _mm_cvtsi32_si128((int)ctr)), x, seals);
	/* Lengths in bits: of the associated data, then of the data. */
	x = _mm_xor_si128(x, _mm_set_epi64x(128, (long long)(8 * (uint64_t)len)));
	x = reversed(multiply(x, h));
	first = _mm_or_si128(first, _mm_cvtsi32_si128(1));
	_mm_storeu_si128((__m128i *)tag, _mm_xor_si128(x, encrypt(k, reversed(first))));
}

TARGET static void
vaes_seal(const struct gcm_key *k, uint8_t *out, uint8_t tag[16], const uint8_t *in, size_t len,
    const uint8_t nonce[12], const uint8_t ad[16])
{
	run(k, out, tag, in, len, nonce, ad, true);
}

TARGET static void
vaes_open(const struct gcm_key *k, uint8_t *out, uint8_t tag[16], const uint8_t *in, size_t len,
    const uint8_t nonce[12], const uint8_t ad[16])
{
	run(k, out, tag, in, len, nonce, ad, false);
}

const struct gcm_kernel *
gcm_vaes(void)
{
	static const struct gcm_kernel k = { vaes_expand, vaes_seal, vaes_open };

	return cpu_has_vaes() && cpu_has_vpclmul() ? &k : NULL;
}

#else
const struct gcm_kernel *
gcm_vaes(void)
{
	return NULL;
}
#endif
