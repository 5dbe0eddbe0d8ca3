/* ring_matmul.c: matrix products in Z_2^64 and Z_2^128.  See ring.h.
 *
 * A product is the same whichever factor is shared, so there is one kernel a ring on bare numbers.
 * With AVX-512 the 64-bit one works on tiles of 4 x 32 that stay in registers over all of k. */
#include "ring.h"

#include "cpu.h"

/* Rows i0..i1 and columns j0..j1 of d += a b. */
static void
matmul64_plain(uint64_t *d, const uint64_t *a, const uint64_t *b, size_t k, size_t n, size_t i0,
    size_t i1, size_t j0, size_t j1)
{
	for (size_t i = i0; i < i1; i++)
		for (size_t l = 0; l < k; l++)
			for (size_t j = j0; j < j1; j++)
				d[i * n + j] += a[i * k + l] * b[l * n + j];
}

#if defined(__x86_64__)
enum { TILE_ROWS = 4, TILE_VECTORS = 4, TILE_COLUMNS = 8 * TILE_VECTORS };

/* Eight numbers, wherever they lie. */
typedef uint64_t wide __attribute__((vector_size(64), aligned(8), may_alias));

__attribute__((target("avx512f,avx512dq"))) static void
tile(uint64_t *d, const uint64_t *a, const uint64_t *b, size_t k, size_t n)
{
	wide sum[TILE_ROWS][TILE_VECTORS];

#pragma GCC unroll 4
	for (size_t i = 0; i < TILE_ROWS; i++)
#pragma GCC unroll 4
		for (size_t v = 0; v < TILE_VECTORS; v++)
			sum[i][v] = *(const wide *)(d + i * n + 8 * v);
	for (size_t l = 0; l < k; l++)
#pragma GCC unroll 4
		for (size_t i = 0; i < TILE_ROWS; i++)
#pragma GCC unroll 4
			for (size_t v = 0; v < TILE_VECTORS; v++)
				sum[i][v] += a[i * k + l] * *(const wide *)(b + l * n + 8 * v);
#pragma GCC unroll 4
	for (size_t i = 0; i < TILE_ROWS; i++)
#pragma GCC unroll 4
		for (size_t v = 0; v < TILE_VECTORS; v++)
			*(wide *)(d + i * n + 8 * v) = sum[i][v];
}

/* Whole tiles, and the edges as they are. */
static void
matmul64_tiled(uint64_t *d, const uint64_t *a, const uint64_t *b, size_t m, size_t k, size_t n)
{
	size_t rows = m / TILE_ROWS * TILE_ROWS, columns = n / TILE_COLUMNS * TILE_COLUMNS;

	for (size_t j = 0; j < columns; j += TILE_COLUMNS)
		for (size_t i = 0; i < rows; i += TILE_ROWS)
			tile(d + i * n + j, a + i * k, b + j, k, n);
	matmul64_plain(d, a, b, k, n, 0, rows, columns, n);
	matmul64_plain(d, a, b, k, n, rows, m, 0, n);
}
#endif

static void
matmul64(uint64_t *d, const uint64_t *a, const uint64_t *b, size_t m, size_t k, size_t n)
{
#if defined(__x86_64__)
	if (cpu_has_avx512()) {
		matmul64_tiled(d, a, b, m, k, n);
		return;
	}
#endif
	matmul64_plain(d, a, b, k, n, 0, m, 0, n);
}

static void
matmul128(u128 *d, const u128 *a, const u128 *b, size_t m, size_t k, size_t n)
{
	for (size_t i = 0; i < m; i++)
		for (size_t l = 0; l < k; l++)
			for (size_t j = 0; j < n; j++)
				d[i * n + j] += a[i * k + l] * b[l * n + j];
}

void
ring64_matmul_ps(ashare64 *d, const uint64_t *p, const ashare64 *b, size_t m, size_t k, size_t n)
{
	matmul64((uint64_t *)d, p, (const uint64_t *)b, m, k, n);
}

void
ring64_matmul_sp(ashare64 *d, const ashare64 *a, const uint64_t *p, size_t m, size_t k, size_t n)
{
	matmul64((uint64_t *)d, (const uint64_t *)a, p, m, k, n);
}

void
ring128_matmul_ps(ashare128 *d, const u128 *p, const ashare128 *b, size_t m, size_t k, size_t n)
{
	matmul128((u128 *)d, p, (const u128 *)b, m, k, n);
}

void
ring128_matmul_sp(ashare128 *d, const ashare128 *a, const u128 *p, size_t m, size_t k, size_t n)
{
	matmul128((u128 *)d, (const u128 *)a, p, m, k, n);
}
