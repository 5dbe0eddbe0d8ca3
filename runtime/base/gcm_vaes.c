/* gcm_vaes.c: AES-256-GCM with 512-bit registers, four blocks in each.  See gcm.h.
 *
 * GHASH is computed as POLYVAL [RFC 8452, appendix A]: over blocks whose bytes are reversed, with
 * H' = H x instead of H, so that the carry-less product needs no reversal of bits.  Up to 32 blocks
 * are multiplied each by its power of H', summed, and reduced once [Gueron, Kounavis 2010].  The
 * cipher of some blocks and the hash of others are independent, which is what keeps both units of
 * the processor busy.  Ends go through masked loads and stores: there is one code path. */
#include "gcm.h"

#include "cpu.h"
#include "mem.h"

#include <assert.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET \
	__attribute__((target("aes,vaes,pclmul,vpclmulqdq,avx512f,avx512bw,avx512dq,avx512vl")))
#define INLINE TARGET static inline __attribute__((always_inline))

enum {
	ROUNDS = 14,
	WIDE = N_GCM_POWER / 4,         /* registers in flight */
	STRIDE = 16 * N_GCM_POWER,      /* their bytes */
};

INLINE __m128i
load1(const void *p)
{
	return _mm_loadu_si128((const __m128i *)p);
}

INLINE void
store1(void *p, __m128i x)
{
	_mm_storeu_si128((__m128i *)p, x);
}

INLINE __m512i
all(__m128i x)
{
	return _mm512_broadcast_i32x4(x);
}

INLINE __m512i
xor3(__m512i a, __m512i b, __m512i c)
{
	return _mm512_ternarylogic_epi64(a, b, c, 0x96);
}

INLINE __m128i
reverse1(__m128i x)
{
	return _mm_shuffle_epi8(x, _mm_set_epi64x(0x0001020304050607, 0x08090a0b0c0d0e0f));
}

INLINE __m512i
reverse(__m512i x)
{
	return _mm512_shuffle_epi8(x,
	    all(_mm_set_epi64x(0x0001020304050607, 0x08090a0b0c0d0e0f)));
}

INLINE __m512i
swap_halves(__m512i x)
{
	return _mm512_shuffle_epi32(x, (_MM_PERM_ENUM)0x4e);
}

/* A sum of products before its reduction, in each lane: lo + mid x^64 + hi x^128. */
struct sum {
	__m512i lo, mid, hi;
};

INLINE void
add_product(struct sum *s, __m512i a, __m512i b)
{
	s->lo = _mm512_xor_si512(s->lo, _mm512_clmulepi64_epi128(a, b, 0x00));
	s->hi = _mm512_xor_si512(s->hi, _mm512_clmulepi64_epi128(a, b, 0x11));
	s->mid = xor3(s->mid, _mm512_clmulepi64_epi128(a, b, 0x01),
	    _mm512_clmulepi64_epi128(a, b, 0x10));
}

/* Modulo x^128 + x^127 + x^126 + x^121 + 1, times x^-128, and summed over the lanes. */
INLINE __m128i
reduce(const struct sum *s)
{
	const __m512i poly = _mm512_set1_epi64((long long)0xc200000000000000);
	__m512i lo = _mm512_xor_si512(s->lo, _mm512_bslli_epi128(s->mid, 8));
	__m512i hi = _mm512_xor_si512(s->hi, _mm512_bsrli_epi128(s->mid, 8));
	__m256i half;

	lo = _mm512_xor_si512(swap_halves(lo), _mm512_clmulepi64_epi128(lo, poly, 0x00));
	hi = xor3(hi, swap_halves(lo), _mm512_clmulepi64_epi128(lo, poly, 0x00));
	half = _mm256_xor_si256(_mm512_castsi512_si256(hi), _mm512_extracti64x4_epi64(hi, 1));
	return _mm_xor_si128(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

INLINE __m128i
product(__m128i a, __m128i b)
{
	struct sum s = { _mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512() };

	add_product(&s, _mm512_zextsi128_si512(a), _mm512_zextsi128_si512(b));
	return reduce(&s);
}

INLINE __m128i
encrypt1(__m128i x, const struct gcm_key *k)
{
	x = _mm_xor_si128(x, load1(&k->rk[0]));
	for (int r = 1; r < ROUNDS; r++)
		x = _mm_aesenc_si128(x, load1(&k->rk[r]));
	return _mm_aesenclast_si128(x, load1(&k->rk[ROUNDS]));
}

INLINE void
encrypt(__m512i x[WIDE], const struct gcm_key *k, int groups)
{
	__m512i rk = all(load1(&k->rk[0]));

#pragma GCC unroll 8
	for (int i = 0; i < groups; i++)
		x[i] = _mm512_xor_si512(x[i], rk);
#pragma GCC unroll 14
	for (int r = 1; r < ROUNDS; r++) {
		rk = all(load1(&k->rk[r]));
#pragma GCC unroll 8
		for (int i = 0; i < groups; i++)
			x[i] = _mm512_aesenc_epi128(x[i], rk);
	}
	rk = all(load1(&k->rk[ROUNDS]));
#pragma GCC unroll 8
	for (int i = 0; i < groups; i++)
		x[i] = _mm512_aesenclast_epi128(x[i], rk);
}

/* The next words of the schedule: k are the eight words' half that is replaced, last the other. */
INLINE __m128i
next_key(__m128i k, __m128i last, int turn, int rcon)
{
	__m128i t = _mm_aesenclast_si128(_mm_shuffle_epi8(last, _mm_set1_epi32(turn)),
	    _mm_set1_epi32(rcon));

	k = _mm_xor_si128(k, _mm_slli_si128(k, 4));
	return _mm_xor_si128(_mm_xor_si128(k, _mm_slli_si128(k, 8)), t);
}

/* H x modulo the polynomial of POLYVAL. */
INLINE __m128i
times_x(__m128i h)
{
	const __m128i poly = _mm_set_epi64x((long long)0xc200000000000000, 1);
	__m128i carry = _mm_srli_epi64(h, 63);
	__m128i wraps = _mm_sub_epi64(_mm_setzero_si128(), _mm_unpackhi_epi64(carry, carry));

	h = _mm_or_si128(_mm_slli_epi64(h, 1), _mm_slli_si128(carry, 8));
	return _mm_xor_si128(h, _mm_and_si128(wraps, poly));
}

TARGET static enum status
vaes_init(struct gcm_key *k, const uint8_t key[GCM_KEY], bool seals)
{
	const int turn = 0x0c0f0e0d, straight = 0x0f0e0d0c;
	__m128i even = load1(key), odd = load1(key + 16), h, power;

	(void)seals;
	*k = (struct gcm_key){ .evp = NULL };
	store1(&k->rk[0], even);
	store1(&k->rk[1], odd);
	for (int r = 2; r <= ROUNDS; r += 2) {
		even = next_key(even, odd, turn, 1 << (r / 2 - 1));
		store1(&k->rk[r], even);
		if (r == ROUNDS)
			break;
		odd = next_key(odd, even, straight, 0);
		store1(&k->rk[r + 1], odd);
	}
	h = power = times_x(reverse1(encrypt1(_mm_setzero_si128(), k)));
	for (int i = N_GCM_POWER; i-- > 0; power = product(power, h))
		store1(&k->power[i], power);
	return ST_OK;
}

static void
vaes_fini(struct gcm_key *k)
{
	wipe(k, sizeof *k);
}

/* Of n bytes, those in register g. */
INLINE __mmask64
bytes_of(size_t n, int g)
{
	size_t left = n > 64 * (size_t)g ? n - 64 * (size_t)g : 0;

	return left >= 64 ? ~(__mmask64)0 : ((__mmask64)1 << left) - 1;
}

/* Up to `groups` registers of n bytes: counters to ciphertext or back, and both into the hash. */
INLINE __m128i
some(uint8_t *out, const struct gcm_key *k, __m512i count, __m128i hash, const uint8_t *in,
    size_t n, int groups, bool seals)
{
	struct sum s = { _mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512() };
	const size_t n_block = (n + 15) / 16;
	const block *power = k->power + N_GCM_POWER - n_block;
	__m512i x[WIDE], y, c;

#pragma GCC unroll 8
	for (int i = 0; i < groups; i++)
		x[i] = reverse(_mm512_add_epi32(count, _mm512_maskz_set1_epi32(0x1111, 4 * i)));
	encrypt(x, k, groups);
#pragma GCC unroll 8
	for (int i = 0; i < groups; i++) {
		__mmask64 m = bytes_of(n, i), m16 = bytes_of(16 * n_block, i);

		y = _mm512_maskz_loadu_epi8(m, in + 64 * i);
		x[i] = _mm512_xor_si512(x[i], y);
		_mm512_mask_storeu_epi8(out + 64 * i, m, x[i]);
		c = reverse(seals ? _mm512_maskz_mov_epi8(m, x[i]) : y);
		if (i == 0)
			c = _mm512_xor_si512(c, _mm512_zextsi128_si512(hash));
		add_product(&s, c, _mm512_maskz_loadu_epi8(m16, power + 4 * i));
	}
	return reduce(&s);
}

/* Returns the tag. */
INLINE __m128i
crypt_all(const struct gcm_key *k, uint8_t *out, const uint8_t iv[GCM_IV],
    const uint8_t head[GCM_HEAD], const uint8_t *in, size_t len, bool seals)
{
	const __m128i h = load1(&k->power[N_GCM_POWER - 1]);
	__m128i first, hash, lengths;
	uint8_t j0[16] = { [15] = 1 };
	__m512i count;
	size_t at = 0;

	memcpy(j0, iv, GCM_IV);
	first = load1(j0);
	/* The lowest word of each lane counts: blocks begin with 2. */
	count = _mm512_add_epi32(all(reverse1(first)),
	    _mm512_set_epi32(0, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 1));
	hash = product(reverse1(load1(head)), h);
	for (; len - at >= STRIDE; at += STRIDE) {
		hash = some(out + at, k, count, hash, in + at, STRIDE, WIDE, seals);
		count = _mm512_add_epi32(count, _mm512_maskz_set1_epi32(0x1111, N_GCM_POWER));
	}
	if (len - at > 64)
		hash = some(out + at, k, count, hash, in + at, len - at, WIDE, seals);
	else if (len > at)
		hash = some(out + at, k, count, hash, in + at, len - at, 1, seals);
	lengths = _mm_set_epi64x(8 * GCM_HEAD, 8 * (long long)len);
	hash = product(_mm_xor_si128(hash, lengths), h);
	return _mm_xor_si128(reverse1(hash), encrypt1(first, k));
}

TARGET static enum status
vaes_seal(struct gcm_key *k, uint8_t *out, uint8_t tag[GCM_TAG], const uint8_t iv[GCM_IV],
    const uint8_t head[GCM_HEAD], const uint8_t *in, size_t len)
{
	assert(len <= GCM_LEN_MAX);
	store1(tag, crypt_all(k, out, iv, head, in, len, true));
	return ST_OK;
}

TARGET static enum status
vaes_open(struct gcm_key *k, uint8_t *out, const uint8_t tag[GCM_TAG], const uint8_t iv[GCM_IV],
    const uint8_t head[GCM_HEAD], const uint8_t *in, size_t len)
{
	__m128i differs;

	assert(len <= GCM_LEN_MAX);
	differs = _mm_xor_si128(load1(tag), crypt_all(k, out, iv, head, in, len, false));
	if (_mm_test_all_zeros(differs, differs))
		return ST_OK;
	wipe(out, len);
	return ST_AUTH;
}

const struct gcm_kernel *
gcm_vaes(void)
{
	static const struct gcm_kernel k = {
		"vaes", vaes_init, vaes_fini, vaes_seal, vaes_open,
	};

	return cpu_has_vaes() && cpu_has_vpclmul() ? &k : NULL;
}

#else
const struct gcm_kernel *
gcm_vaes(void)
{
	return NULL;
}
#endif
