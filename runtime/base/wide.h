/* wide.h: unsigned integers of 256 bits, as far as exact division and fixed-point functions need
 * them.  Not for secrets of others: division and comparison branch on values. */
#ifndef KONSIL_WIDE_H
#define KONSIL_WIDE_H

#include "ring.h"

#include <stdbool.h>

/* hi * 2^128 + lo */
struct u256 {
	u128 hi, lo;
};

/* a + b, a - b, a * 2^s and floor(a / 2^s) modulo 2^256; s may be anything from 0 on. */
struct u256 wide_add(struct u256 a, struct u256 b);
struct u256 wide_sub(struct u256 a, struct u256 b);
struct u256 wide_shl(struct u256 a, unsigned s);
struct u256 wide_shr(struct u256 a, unsigned s);
bool wide_less(struct u256 a, struct u256 b);
/* a * b, exact. */
struct u256 wide_mul(u128 a, u128 b);
/* The upper 256 of the 512 bits of a * b. */
struct u256 wide_mulhi(struct u256 a, struct u256 b);
/* a * m modulo 2^256; floor(a / m), m > 0. */
struct u256 wide_mul_small(struct u256 a, uint64_t m);
struct u256 wide_div_small(struct u256 a, uint64_t m);
/* floor(a / b) and the remainder; requires a.hi < b. */
u128 wide_div(struct u256 a, u128 b, u128 *remainder);
/* floor(sqrt(a)) */
u128 wide_sqrt(struct u256 a);
/* How many bits a has: 0 for 0. */
unsigned u128_bits(u128 a);

#endif
