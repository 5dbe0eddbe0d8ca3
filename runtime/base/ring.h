/* ring.h: additive shares in Z_2^64 and Z_2^128, and the kernels that work on vectors of them.
 *
 * A share is a struct, so that comparing it, branching on it or mixing it with public numbers does
 * not compile.  Public numbers are plain uint64_t and u128.  All kernels take (d, a, b, n), n
 * elements each; d may be a or b where nothing else is said, but not overlap them otherwise.
 * Everything is modulo 2^64 or 2^128 and in constant time.  Leaks: n (and m, k). */
#ifndef KONSIL_RING_H
#define KONSIL_RING_H

#include <stddef.h>
#include <stdint.h>

typedef unsigned __int128 u128;
typedef __int128 i128;

/* 64 bits of XOR shares. */
typedef struct {
	uint64_t w;
} bshare;
typedef struct {
	uint64_t v;
} ashare64;

typedef struct {
	u128 v;
} ashare128;

void ring64_add(ashare64 *d, const ashare64 *a, const ashare64 *b, size_t n);
void ring64_sub(ashare64 *d, const ashare64 *a, const ashare64 *b, size_t n);
void ring64_neg(ashare64 *d, const ashare64 *a, size_t n);
/* d = a * p, elementwise, p public. */
void ring64_mul(ashare64 *d, const ashare64 *a, const uint64_t *p, size_t n);
/* d += a * p, elementwise, p public. */
void ring64_mac(ashare64 *d, const ashare64 *a, const uint64_t *p, size_t n);
/* d = a * p for one public p. */
void ring64_scale(ashare64 *d, const ashare64 *a, uint64_t p, size_t n);
/* The sum of n shares. */
ashare64 ring64_sum(const ashare64 *a, size_t n);
/* d += P B and d += A P: row-major, d is m x n, the left factor m x k, the right one k x n.
 * d overlaps nothing. */
void ring64_matmul_ps(ashare64 *d, const uint64_t *p, const ashare64 *b, size_t m, size_t k,
    size_t n);
void ring64_matmul_sp(ashare64 *d, const ashare64 *a, const uint64_t *p, size_t m, size_t k,
    size_t n);

/* The same in Z_2^128. */
void ring128_add(ashare128 *d, const ashare128 *a, const ashare128 *b, size_t n);
void ring128_sub(ashare128 *d, const ashare128 *a, const ashare128 *b, size_t n);
void ring128_neg(ashare128 *d, const ashare128 *a, size_t n);
void ring128_mul(ashare128 *d, const ashare128 *a, const u128 *p, size_t n);
void ring128_mac(ashare128 *d, const ashare128 *a, const u128 *p, size_t n);
void ring128_scale(ashare128 *d, const ashare128 *a, u128 p, size_t n);
ashare128 ring128_sum(const ashare128 *a, size_t n);
void ring128_matmul_ps(ashare128 *d, const u128 *p, const ashare128 *b, size_t m, size_t k,
    size_t n);
void ring128_matmul_sp(ashare128 *d, const ashare128 *a, const u128 *p, size_t m, size_t k,
    size_t n);

#endif
