/* ring_matmul.c: which engine multiplies matrices, and the portable ones.  See ring_matmul.h. */
#include "ring_matmul.h"

#include <stdatomic.h>

enum { COLUMNS = 4 };

/* Columns j .. j + w of row d of A B: the sums stay in registers. */
#define PRODUCT_ROW(fn, U) \
static inline void \
fn(U *d, const U *a, size_t step, const U *b, size_t k, size_t n, size_t w) \
{ \
	U sum[COLUMNS] = { 0 }; \
	for (size_t l = 0; l < k; l++) \
		for (size_t j = 0; j < w; j++) \
			sum[j] += a[l * step] * b[l * n + j]; \
	for (size_t j = 0; j < w; j++) \
		d[j] += sum[j]; \
}

#define PRODUCT(fn, row, U) \
static void \
fn(U *d, const U *a, const U *b, size_t m, size_t k, size_t n, bool turned) \
{ \
	const size_t row_step = turned ? 1 : k, step = turned ? m : 1; \
	for (size_t i = 0; i < m; i++) { \
		const U *from = a + i * row_step; \
		size_t j = 0; \
		for (; n - j >= COLUMNS; j += COLUMNS) \
			row(d + i * n + j, from, step, b + j, k, n, COLUMNS); \
		for (; j < n; j++) \
			row(d + i * n + j, from, step, b + j, k, n, 1); \
	} \
}

PRODUCT_ROW(row64, uint64_t)
PRODUCT_ROW(row128, u128)
PRODUCT(product64, row64, uint64_t)
PRODUCT(product128, row128, u128)

matmul64_kernel *
matmul64_ref(void)
{
	return product64;
}

matmul128_kernel *
matmul128_ref(void)
{
	return product128;
}

/* Threads that race in these two all find the same. */
void
matmul64(uint64_t *d, const uint64_t *a, const uint64_t *b, size_t m, size_t k, size_t n,
    bool turned)
{
	static _Atomic(matmul64_kernel *) best;
	matmul64_kernel *f = best;

	if (f == NULL) {
		f = matmul64_avx512() != NULL ? matmul64_avx512() : matmul64_avx2();
		best = f = f != NULL ? f : matmul64_ref();
	}
	f(d, a, b, m, k, n, turned);
}

void
matmul128(u128 *d, const u128 *a, const u128 *b, size_t m, size_t k, size_t n, bool turned)
{
	static _Atomic(matmul128_kernel *) best;
	matmul128_kernel *f = best;

	if (f == NULL)
		best = f = matmul128_ifma() != NULL ? matmul128_ifma() : matmul128_ref();
	f(d, a, b, m, k, n, turned);
}

void
ring64_matmul_ps(ashare64 *d, const uint64_t *p, const ashare64 *b, size_t m, size_t k, size_t n)
{
	matmul64((uint64_t *)d, p, (const uint64_t *)b, m, k, n, false);
}

void
ring64_matmul_sp(ashare64 *d, const ashare64 *a, const uint64_t *p, size_t m, size_t k, size_t n)
{
	matmul64((uint64_t *)d, (const uint64_t *)a, p, m, k, n, false);
}

void
ring128_matmul_ps(ashare128 *d, const u128 *p, const ashare128 *b, size_t m, size_t k, size_t n)
{
	matmul128((u128 *)d, p, (const u128 *)b, m, k, n, false);
}

void
ring128_matmul_sp(ashare128 *d, const ashare128 *a, const u128 *p, size_t m, size_t k, size_t n)
{
	matmul128((u128 *)d, (const u128 *)a, p, m, k, n, false);
}
