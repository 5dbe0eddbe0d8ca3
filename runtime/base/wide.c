/* wide.c: see wide.h */
#include "wide.h"

#include <assert.h>

enum { HALF = 64, WORD = 128 };

static const u128 LOW = UINT64_MAX;

struct u256
wide_add(struct u256 a, struct u256 b)
{
	u128 lo = a.lo + b.lo;

	return (struct u256){ a.hi + b.hi + (lo < a.lo), lo };
}

struct u256
wide_sub(struct u256 a, struct u256 b)
{
	return (struct u256){ a.hi - b.hi - (a.lo < b.lo), a.lo - b.lo };
}

struct u256
wide_shl(struct u256 a, unsigned s)
{
	if (s >= 2 * WORD)
		return (struct u256){ 0, 0 };
	if (s >= WORD)
		return (struct u256){ a.lo << (s - WORD), 0 };
	if (s == 0)
		return a;
	return (struct u256){ a.hi << s | a.lo >> (WORD - s), a.lo << s };
}

struct u256
wide_shr(struct u256 a, unsigned s)
{
	if (s >= 2 * WORD)
		return (struct u256){ 0, 0 };
	if (s >= WORD)
		return (struct u256){ 0, a.hi >> (s - WORD) };
	if (s == 0)
		return a;
	return (struct u256){ a.hi >> s, a.lo >> s | a.hi << (WORD - s) };
}

bool
wide_less(struct u256 a, struct u256 b)
{
	return a.hi < b.hi || (a.hi == b.hi && a.lo < b.lo);
}

struct u256
wide_mul(u128 a, u128 b)
{
	uint64_t a0 = (uint64_t)a, a1 = (uint64_t)(a >> HALF);
	uint64_t b0 = (uint64_t)b, b1 = (uint64_t)(b >> HALF);
	u128 low = (u128)a0 * b0, mid = (u128)a0 * b1, mid2 = (u128)a1 * b0;
	u128 carry = (low >> HALF) + (mid & LOW) + (mid2 & LOW);

	return (struct u256){
		(u128)a1 * b1 + (mid >> HALF) + (mid2 >> HALF) + (carry >> HALF),
		carry << HALF | (low & LOW),
	};
}

struct u256
wide_mulhi(struct u256 a, struct u256 b)
{
	struct u256 mid = wide_mul(a.hi, b.lo), mid2 = wide_mul(a.lo, b.hi);
	struct u256 low = { 0, wide_mul(a.lo, b.lo).hi };
	struct u256 carry;

	mid = wide_add(mid, low);       /* below 2^256: (2^128-1)^2 + 2^128 - 1 */
	carry = wide_add((struct u256){ 0, mid.lo }, (struct u256){ 0, mid2.lo });
	carry = (struct u256){ 0, carry.hi };
	carry = wide_add(carry, (struct u256){ 0, mid.hi });
	carry = wide_add(carry, (struct u256){ 0, mid2.hi });
	return wide_add(wide_mul(a.hi, b.hi), carry);
}

struct u256
wide_mul_small(struct u256 a, uint64_t m)
{
	struct u256 r = wide_mul(a.lo, m);

	r.hi += a.hi * m;
	return r;
}

/* One digit of 64 bits: *r is the remainder so far, below m. */
static uint64_t
div_digit(uint64_t *r, uint64_t digit, uint64_t m)
{
	u128 x = (u128)*r << HALF | digit;
	uint64_t q = (uint64_t)(x / m);

	*r = (uint64_t)(x - (u128)q * m);
	return q;
}

struct u256
wide_div_small(struct u256 a, uint64_t m)
{
	uint64_t r = 0, q3, q2, q1, q0;

	q3 = div_digit(&r, (uint64_t)(a.hi >> HALF), m);
	q2 = div_digit(&r, (uint64_t)a.hi, m);
	q1 = div_digit(&r, (uint64_t)(a.lo >> HALF), m);
	q0 = div_digit(&r, (uint64_t)a.lo, m);
	return (struct u256){ (u128)q3 << HALF | q2, (u128)q1 << HALF | q0 };
}

/* One digit of Knuth's algorithm D with two digits of 64 bits in b, b normalised: the quotient of
 * top * 2^64 + next by b, top < b; *top becomes the remainder. */
static uint64_t
knuth_digit(u128 *top, uint64_t next, u128 b)
{
	uint64_t b1 = (uint64_t)(b >> HALF), b0 = (uint64_t)b;
	u128 q = *top / b1, r = *top - q * b1;

	while (q > LOW || q * b0 > (r << HALF | next)) {
		q--;
		r += b1;
		if (r > LOW)
			break;
	}
	*top = (*top << HALF) + next - q * b;
	return (uint64_t)q;
}

u128
wide_div(struct u256 a, u128 b, u128 *remainder)
{
	unsigned s = WORD - u128_bits(b);
	uint64_t q1, q0;

	assert(a.hi < b);
	a = wide_shl(a, s);
	b <<= s;
	q1 = knuth_digit(&a.hi, (uint64_t)(a.lo >> HALF), b);
	q0 = knuth_digit(&a.hi, (uint64_t)a.lo, b);
	*remainder = a.hi >> s;
	return (u128)q1 << HALF | q0;
}

unsigned
u128_bits(u128 a)
{
	uint64_t hi = (uint64_t)(a >> HALF), lo = (uint64_t)a;

	if (hi != 0)
		return WORD - (unsigned)__builtin_clzll(hi);
	return lo == 0 ? 0 : HALF - (unsigned)__builtin_clzll(lo);
}

/* floor(sqrt(a)) for a >= 2^62, and the remainder: bit by bit. */
static uint64_t
sqrt64(uint64_t a, uint64_t *remainder)
{
	uint64_t root = 0, bit = UINT64_C(1) << 62;

	for (; bit != 0; bit >>= 2) {
		if (a >= root + bit) {
			a -= root + bit;
			root = (root >> 1) + bit;
		} else {
			root >>= 1;
		}
	}
	*remainder = a;
	return root;
}

/* Zimmermann, "Karatsuba Square Root" (INRIA RR-3805, 1999), one step: the root of a >= 2^126 from
 * the root of its upper half. */
static u128
sqrt128(u128 a, u128 *remainder)
{
	uint64_t high_rest, high = sqrt64((uint64_t)(a >> HALF), &high_rest);
	u128 x = (u128)high_rest << 32 | ((uint64_t)a >> 32);
	u128 q = x / (2 * (u128)high), u = x - q * 2 * high;
	u128 root = ((u128)high << 32) + q;
	i128 rest = (i128)((u << 32) + (uint32_t)a) - (i128)(q * q);

	if (rest < 0) {
		rest += (i128)(2 * root - 1);
		root--;
	}
	*remainder = (u128)rest;
	return root;
}

u128
wide_sqrt(struct u256 a)
{
	unsigned bits = a.hi != 0 ? WORD + u128_bits(a.hi) : u128_bits(a.lo);
	unsigned s = (2 * WORD - bits) / 2;
	u128 high_rest, high, u, q;
	struct u256 x, rest, square;

	if (bits == 0)
		return 0;
	a = wide_shl(a, 2 * s);
	high = sqrt128(a.hi, &high_rest);
	/* x = high_rest * 2^64 + the upper half of the lower word; high_rest <= 2 high < 2^65. */
	x = wide_shl((struct u256){ 0, high_rest }, HALF);
	x.lo |= a.lo >> HALF;
	q = wide_div(x, 2 * high, &u);
	rest = wide_shl((struct u256){ 0, u }, HALF);
	rest.lo |= a.lo & LOW;
	square = wide_mul(q, q);
	/* q <= 2^64; high * 2^64 + q may reach 2^128 by one, which then is one too many. */
	if (wide_less(rest, square))
		q--;
	return ((high << HALF) + q) >> s;
}
