/* ring_tiles.h: how a matrix product modulo 2^64 is cut; included by the kernels, which define
 * TARGET, TILE_ROWS, TILE_COLUMNS and tile().
 *
 * d is made in tiles whose sums stay in registers over DEPTH steps.  Where many rows use the same
 * columns of B, these are packed first: rows of B that lie far apart want a page and a cache line
 * each.  Vectors have loops of their own, which read what they multiply once, in order: a tile with
 * one column is mostly empty, and one with one row jumps through B. */
#include <string.h>

#include "mem.h"

enum {
	DEPTH = 256,            /* of a tile: its columns of B are 48 KiB */
	BLOCK_ROWS = 256,       /* rows of A that meet the same columns: 512 KiB, in the second cache */
	PACK_FROM = 4 * TILE_ROWS,
	FEW_COLUMNS = 4,        /* up to here, dot products */
	FEW_ROWS = 3,           /* up to here, sums of rows of B */
	ROWS_AT_ONCE = 8,
	RUN = 512,              /* columns of these rows that stay in the first cache */
};

/* A tile or more of d += A B: element (i, l) of A is a[i * ai + l * al]. */
struct cut {
	uint64_t *d;
	const uint64_t *a, *b;
	size_t dn, ai, al, bn;  /* steps */
	size_t m, k, n;
};

TARGET static void tile(const struct cut *c);

TARGET static uint64_t
dot(const uint64_t *a, const uint64_t *b, size_t n)
{
	uint64_t s = 0;

	for (size_t i = 0; i < n; i++)
		s += a[i] * b[i];
	return s;
}

/* n <= FEW_COLUMNS.  The columns of B become rows. */
TARGET static void
multiply_columns(const struct cut *c)
{
	uint64_t column[FEW_COLUMNS][DEPTH];

	for (size_t l0 = 0; l0 < c->k; l0 += DEPTH) {
		size_t k = c->k - l0 < DEPTH ? c->k - l0 : DEPTH;

		for (size_t j = 0; j < c->n; j++)
			for (size_t l = 0; l < k; l++)
				column[j][l] = c->b[(l0 + l) * c->n + j];
		for (size_t i = 0; i < c->m; i++)
			for (size_t j = 0; j < c->n; j++)
				c->d[i * c->dn + j] += dot(c->a + i * c->ai + l0, column[j], k);
	}
	wipe(column, c->n * sizeof column[0]);
}

/* d += sum of p[l] times row l of b, ROWS_AT_ONCE of them. */
TARGET static void
add_rows(uint64_t *restrict d, const uint64_t *restrict p, const uint64_t *restrict b, size_t bn,
    size_t n)
{
	const uint64_t p0 = p[0], p1 = p[1], p2 = p[2], p3 = p[3];
	const uint64_t p4 = p[4], p5 = p[5], p6 = p[6], p7 = p[7];

	for (size_t j = 0; j < n; j++)
		d[j] += p0 * b[j] + p1 * b[bn + j] + p2 * b[2 * bn + j] + p3 * b[3 * bn + j] +
		    p4 * b[4 * bn + j] + p5 * b[5 * bn + j] + p6 * b[6 * bn + j] +
		    p7 * b[7 * bn + j];
}

TARGET static void
add_row(uint64_t *restrict d, uint64_t p, const uint64_t *restrict b, size_t n)
{
	for (size_t j = 0; j < n; j++)
		d[j] += p * b[j];
}

/* m <= FEW_ROWS. */
TARGET static void
multiply_rows(const struct cut *c)
{
	uint64_t p[ROWS_AT_ONCE];

	for (size_t j = 0; j < c->n; j += RUN) {
		size_t w = c->n - j < RUN ? c->n - j : RUN, l = 0;

		for (; c->k - l >= ROWS_AT_ONCE; l += ROWS_AT_ONCE)
			for (size_t i = 0; i < c->m; i++) {
				for (size_t r = 0; r < ROWS_AT_ONCE; r++)
					p[r] = c->a[i * c->ai + (l + r) * c->al];
				add_rows(c->d + i * c->dn + j, p, c->b + l * c->bn + j, c->bn, w);
			}
		for (; l < c->k; l++)
			for (size_t i = 0; i < c->m; i++)
				add_row(c->d + i * c->dn + j, c->a[i * c->ai + l * c->al],
				    c->b + l * c->bn + j, w);
	}
	wipe(p, sizeof p);
}

/* One column of tiles. */
TARGET static void
multiply_panel(const struct cut *c)
{
	struct cut t = *c;

	for (size_t i = 0; i < c->m; i += TILE_ROWS) {
		t.m = c->m - i < TILE_ROWS ? c->m - i : TILE_ROWS;
		t.a = c->a + i * c->ai;
		t.d = c->d + i * c->dn;
		tile(&t);
	}
}

/* Rows of B, of n <= TILE_COLUMNS columns.  Mostly of all: a copy of known size is no call. */
TARGET static void
pack(uint64_t *panel, const uint64_t *b, size_t bn, size_t k, size_t n)
{
	for (size_t l = 0; l < k; l++, panel += TILE_COLUMNS, b += bn)
		if (n == TILE_COLUMNS)
			memcpy(panel, b, TILE_COLUMNS * sizeof *panel);
		else
			memcpy(panel, b, n * sizeof *panel);
}

TARGET static void
multiply_block(const struct cut *c, uint64_t *panel)
{
	struct cut t = *c;

	for (size_t j = 0; j < c->n; j += TILE_COLUMNS) {
		t.n = c->n - j < TILE_COLUMNS ? c->n - j : TILE_COLUMNS;
		t.d = c->d + j;
		t.b = c->b + j;
		if (panel != NULL) {
			pack(panel, t.b, c->bn, c->k, t.n);
			t.b = panel;
			t.bn = TILE_COLUMNS;
		}
		multiply_panel(&t);
	}
}

TARGET static void
multiply_blocks(const struct cut *c)
{
	uint64_t panel[DEPTH * TILE_COLUMNS] __attribute__((aligned(64)));
	bool pack = c->m >= PACK_FROM && c->n > TILE_COLUMNS;
	struct cut t = *c;

	for (size_t i = 0; i < c->m; i += BLOCK_ROWS)
		for (size_t l = 0; l < c->k; l += DEPTH) {
			t.m = c->m - i < BLOCK_ROWS ? c->m - i : BLOCK_ROWS;
			t.k = c->k - l < DEPTH ? c->k - l : DEPTH;
			t.d = c->d + i * c->dn;
			t.a = c->a + i * c->ai + l * c->al;
			t.b = c->b + l * c->bn;
			multiply_block(&t, pack ? panel : NULL);
		}
	if (pack)
		wipe(panel, sizeof panel);
}

TARGET static void
multiply(uint64_t *d, const uint64_t *a, const uint64_t *b, size_t m, size_t k, size_t n,
    bool turned)
{
	const struct cut c = { d, a, b, n, turned ? 1 : k, turned ? m : 1, n, m, k, n };

	/* A column is also a row: transpose(A) b is transpose(b) A. */
	if (n == 1 && turned && m > 1)
		multiply(d, b, a, 1, k, m, false);
	else if (n == 1)
		for (size_t i = 0; i < m; i++)
			d[i] += dot(a + i * k, b, k);
	else if (n <= FEW_COLUMNS && m >= TILE_ROWS && !turned)
		multiply_columns(&c);
	else if (m <= FEW_ROWS && n > TILE_COLUMNS)
		multiply_rows(&c);
	else
		multiply_blocks(&c);
}
