/* additive_matmul.c: how protocol additive cuts a matrix product into tiles.
 *
 * A tile takes one matrix triple [Mohassel and Zhang 2017].  Large tiles save messages
 * and oblivious transfers; limits keep messages below PARCEL_MAX and a triple's memory small.
 * Each tile of A and of B is masked anew for every product that it takes part in. */
#include "additive.h"

#include "../runtime/base/mem.h"

#include <assert.h>

enum {
	OPENED_MAX = 1 << 15,           /* elements of E and F: half a MiB in the larger ring */
	RESULT_MAX = 1 << 15,           /* elements of the product */
	CHOICE_MAX = 1 << 13,           /* elements of the smaller factor: the OT receiver's */
};

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static bool
fits(uint64_t m, uint64_t k, uint64_t n)
{
	return (m + n) * k <= OPENED_MAX && m * n <= RESULT_MAX && least(m, n) * k <= CHOICE_MAX;
}

static uint64_t
parts(uint64_t whole, uint64_t part)
{
	return part == 0 ? 1 : (whole + part - 1) / part;
}

struct tiling
additive_tiling(uint64_t m, uint64_t k, uint64_t n)
{
	struct tiling t = { .m = least(m, 1), .k = least(k, 1), .n = least(n, 1) };
	bool grew = m > 0 && n > 0;

	/* Doubles what can be doubled, in turns, up to the matrix itself. */
	while (grew) {
		uint64_t m2 = least(m, 2 * t.m), k2 = least(k, 2 * t.k), n2 = least(n, 2 * t.n);
		grew = false;
		if (m2 > t.m && fits(m2, t.k, t.n)) {
			t.m = m2;
			grew = true;
		}
		if (k2 > t.k && fits(t.m, k2, t.n)) {
			t.k = k2;
			grew = true;
		}
		if (n2 > t.n && fits(t.m, t.k, n2)) {
			t.n = n2;
			grew = true;
		}
	}
	t.gm = m == 0 ? 0 : parts(m, t.m);
	t.gn = n == 0 ? 0 : parts(n, t.n);
	t.gk = parts(k, t.k);           /* of an empty sum there is one tile, which is zero */
	return t;
}

struct extent
additive_extent(const struct operands *x, uint64_t u)
{
	const uint64_t m = (uint64_t)x->imm[0], k = (uint64_t)x->imm[1], n = (uint64_t)x->imm[2];
	const struct tiling t = additive_tiling(m, k, n);
	struct extent e = { .k0 = u % t.gk * t.k, .n0 = u / t.gk % t.gn * t.n,
		.m0 = u / t.gk / t.gn * t.m };

	e.m = least(t.m, m - e.m0);
	e.k = least(t.k, k - e.k0);
	e.n = least(t.n, n - e.n0);
	return e;
}

static uint64_t
tiles(const struct operands *x)
{
	const struct tiling t = additive_tiling((uint64_t)x->imm[0], (uint64_t)x->imm[1],
	    (uint64_t)x->imm[2]);

	return t.gm * t.gk * t.gn;
}

static uint64_t
step_bytes(const struct operands *x, unsigned n_nodes)
{
	const struct tiling t = additive_tiling((uint64_t)x->imm[0], (uint64_t)x->imm[1],
	    (uint64_t)x->imm[2]);

	(void)n_nodes;
	return (t.m + t.n) * t.k * (x->width / 8);
}

/* Of all tiles together every element of A is in gn of them, every one of B in gm. */
static uint64_t
bytes(const struct operands *x, unsigned n_nodes, unsigned r, unsigned from, unsigned to,
    uint64_t lo, uint64_t hi)
{
	const uint64_t m = (uint64_t)x->imm[0], k = (uint64_t)x->imm[1], n = (uint64_t)x->imm[2];
	const struct tiling t = additive_tiling(m, k, n);
	uint64_t sum = 0;

	(void)r;
	(void)n_nodes;
	if (from == to)
		return 0;
	if (lo == 0 && hi == t.gm * t.gk * t.gn)
		return (t.gn * m * k + t.gm * k * n) * (x->width / 8);
	for (uint64_t u = lo; u < hi; u++) {
		struct extent e = additive_extent(x, u);
		sum += (e.m + e.n) * e.k;
	}
	return sum * (x->width / 8);
}

static uint64_t
prepare(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi)
{
	(void)r;
	uint64_t u = lo;

	for (; u < hi && p->announced - p->opening < TILES_MAX; u++) {
		struct extent e = additive_extent(x, u);
		p->tile[p->announced++ % (2 * TILES_MAX)] = (struct tile){
			.m = e.m, .k = e.k, .n = e.n, .width = x->width };
	}
	return u;
}

static enum status
begin(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi,
    struct parcel *out)
{
	assert(r == 0 && p->opening + (hi - lo) <= p->made);
	for (uint64_t u = lo; u < hi; u++)
		(x->width == 64 ? tile64_begin : tile128_begin)(p, x, u, out);
	return ST_OK;
}

static enum status
end(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi,
    struct parcel *in)
{
	assert(r == 0 && p->used + (hi - lo) <= p->opening);
	for (uint64_t u = lo; u < hi; u++)
		(x->width == 64 ? tile64_end : tile128_end)(p, x, u, in);
	return ST_OK;
}

const struct proto_row additive_matmul = {
	.rounds = 1, .step = 1, .units = tiles, .step_bytes = step_bytes, .bytes = bytes,
	.prepare = prepare, .begin = begin, .end = end,
};

/* Makes the triple of an announced tile, and room for what is opened. */
static enum status
make(struct proto *p, struct tile *t)
{
	const size_t size = t->width / 8, mk = t->m * t->k * size, kn = t->k * t->n * size;

	t->len = 2 * mk + 2 * kn + t->m * t->n * size;
	t->mem = mem_map(t->len);
	if (t->mem == NULL)
		return ST_INTERNAL;
	t->x = t->mem;
	t->e = t->mem + mk;
	t->y = t->mem + 2 * mk;
	t->f = t->mem + 2 * mk + kn;
	t->z = t->mem + 2 * mk + 2 * kn;
	if (t->k == 0)
		return ST_OK;
	return pool_matrix(p->pool, t->width, t->m, t->k, t->n, t->x, t->y, t->z);
}

enum status
additive_make_tiles(struct proto *p)
{
	for (; p->made < p->announced; p->made++) {
		enum status st = make(p, &p->tile[p->made % (2 * TILES_MAX)]);
		if (st != ST_OK)
			return st;
	}
	return ST_OK;
}
