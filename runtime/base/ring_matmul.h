/* ring_matmul.h: the engines of matrix products modulo 2^64 and 2^128.
 *
 * They work on bare numbers, since a product is the same whichever factor is shared; ring.h has the
 * entry points for shares.  A getter returns NULL where the CPU lacks what its kernel needs; the
 * ones that end in _ref are portable; matmul64 and matmul128 use the best.  What a kernel packs on
 * the stack (100 KiB at most) it wipes.  Leaks: m, k, n, turned. */
#ifndef KONSIL_RING_MATMUL_H
#define KONSIL_RING_MATMUL_H

#include <stdbool.h>

#include "ring.h"

/* d += A B: row-major, d is m x n, B is k x n; A is m x k, or if turned the transpose of what lies
 * in memory, k x m.  d overlaps nothing. */
typedef void matmul64_kernel(uint64_t *d, const uint64_t *a, const uint64_t *b, size_t m, size_t k,
    size_t n, bool turned);
typedef void matmul128_kernel(u128 *d, const u128 *a, const u128 *b, size_t m, size_t k, size_t n,
    bool turned);

matmul64_kernel *matmul64_ref(void);
matmul64_kernel *matmul64_avx2(void);
matmul64_kernel *matmul64_avx512(void);
matmul128_kernel *matmul128_ref(void);
/* AVX-512 with multiplications of 52 bits. */
matmul128_kernel *matmul128_ifma(void);

matmul64_kernel matmul64;
matmul128_kernel matmul128;

#endif
