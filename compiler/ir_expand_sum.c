/* ir_expand_sum.c: sums and products of matrices where there are no numbers but bits: adders in
 * trees. */
#include <assert.h>

#include "internal.h"
#include "ir_expand.h"

enum { N_LEVELS = 64 };

/* The zero that sums of nothing are, in v's shape. */
static ir_id
nothing(struct ir *ir, const struct ir_value *v)
{
	return ir_broadcast(ir, ir_zero(ir, v->frac, 0, v->span), v->rank, v->dims, v->span);
}

ir_id
expand_sum(struct ir *ir, const struct ir_value *v, ir_id a)
{
	if (v->imm[1] == 0 || v->n == 0)
		return nothing(ir, v);
	ir_id x = expand_tree(ir, IR_ADD, expand_front(ir, a, v->imm, v->span), v->span);
	return ir_reshape(ir, x, v->rank, v->dims, v->span);
}

/* Rows from, from + 2, ... of [n, m], count of them. */
static struct ir_view
every_other(uint64_t from, uint64_t m)
{
	return (struct ir_view){ .offset = { .base = (int64_t)(from * m) },
		.stride = { 2 * (int64_t)m, 1 } };
}

static ir_id
others(struct ir *ir, ir_id x, uint64_t from, uint64_t count, struct span span)
{
	uint64_t dims[2] = { count, ir->value[x].dims[1] };
	struct ir_view w = every_other(from, dims[1]);

	return ir_view(ir, x, 2, dims, &w, span);
}

/* Ladner and Fischer's: the sums of pairs, their running sums, which are every second one, and from
 * these the others.  Up to 2n additions, 2 log2 n deep. */
ir_id
expand_cumsum(struct ir *ir, const struct ir_value *v, ir_id a)
{
	uint64_t dims[3] = { (uint64_t)v->imm[1], (uint64_t)v->imm[0], (uint64_t)v->imm[2] };
	uint64_t flat[2] = { dims[0], dims[1] * dims[2] };
	ir_id level[N_LEVELS], x, args[2];
	unsigned n = 0;

	if (v->n == 0)
		return nothing(ir, v);
	x = ir_reshape(ir, expand_front(ir, a, v->imm, v->span), 2, flat, v->span);
	for (level[0] = x; ir->value[level[n]].dims[0] > 1; n++) {
		uint64_t half = ir->value[level[n]].dims[0] / 2;
		args[0] = others(ir, level[n], 0, half, v->span);
		args[1] = others(ir, level[n], 1, half, v->span);
		level[n + 1] = ir_binary(ir, IR_ADD, args[0], args[1], 0, v->span);
	}
	x = level[n];
	while (n-- > 0) {
		uint64_t all = ir->value[level[n]].dims[0], rest = (all + 1) / 2 - 1;
		struct ir_view odd = every_other(1, flat[1]), even = every_other(2, flat[1]);
		ir_id out = ir_update(ir, level[n], x, &odd, v->span);
		if (rest > 0) {
			args[0] = expand_part(ir, x, 0, rest, v->span);
			args[1] = others(ir, level[n], 2, rest, v->span);
			out = ir_update(ir, out, ir_binary(ir, IR_ADD, args[0], args[1], 0, v->span), &even,
			    v->span);
		}
		x = out;
	}
	struct ir_view back = { .stride = { v->imm[2], v->imm[0] * v->imm[2], 1 } };
	uint64_t shape[3] = { dims[1], dims[0], dims[2] };
	return ir_reshape(ir, ir_view(ir, x, 3, shape, &back, v->span), v->rank, v->dims, v->span);
}

struct product {
	struct ir *ir;
	struct span span;
	ir_id a, b;
	uint64_t k, n;                   /* summands, columns */
	int64_t of_row, of_summand;      /* how far apart a's are */
	struct ir_affine row;            /* the first of the tile */
	uint64_t rows;
	uint64_t columns;                /* of a tile */
};

/* out, but the rows of the tile from column `at` on are products. */
static ir_id
columns(void *arg, ir_id out, const struct ir_affine *at, uint64_t count)
{
	struct product *p = arg;
	struct ir *ir = p->ir;
	uint64_t dims[3] = { p->k, p->rows, count };
	struct ir_view x = { .stride = { p->of_summand, p->of_row, 0 } }, y = { .offset = *at };
	struct ir_view to = { .offset = *at, .stride = { (int64_t)p->n, 1 } };
	bool ok = ir_affine_add(&x.offset, &p->row, p->of_row) &&
	    ir_affine_add(&to.offset, &p->row, (int64_t)p->n);

	assert(ok);
	(void)ok;
	y.stride[0] = (int64_t)p->n;
	y.stride[2] = 1;
	ir_id left = ir_view(ir, p->a, 3, dims, &x, p->span);
	ir_id right = ir_view(ir, p->b, 3, dims, &y, p->span);
	ir_id sum = expand_tree(ir, IR_ADD, ir_binary(ir, IR_MUL, left, right, 0, p->span), p->span);
	return ir_update(ir, out, sum, &to, p->span);
}

static ir_id
some_rows(void *arg, ir_id out, const struct ir_affine *at, uint64_t count)
{
	struct product *p = arg;

	p->row = *at;
	p->rows = count;
	return expand_tiles(p->ir, p->n, p->columns, out, columns, p, p->span);
}

ir_id
expand_matmul(struct ir *ir, const struct ir_value *v, ir_id a, ir_id b)
{
	bool tn = v->op == IR_TNMUL;
	uint64_t m = (uint64_t)v->imm[tn ? 1 : 0], flat[2] = { m, (uint64_t)v->imm[2] };
	struct product p = { .ir = ir, .span = v->span, .a = a, .b = b,
		.k = (uint64_t)v->imm[tn ? 0 : 1], .n = flat[1],
		.of_row = tn ? 1 : v->imm[1], .of_summand = tn ? v->imm[1] : 1 };

	if (v->n == 0 || p.k == 0)
		return nothing(ir, v);
	p.columns = p.k >= EXPAND_TILE ? 1 : EXPAND_TILE / p.k;
	p.columns = p.columns > p.n ? p.n : p.columns;
	uint64_t rows = p.k * p.columns >= EXPAND_TILE ? 1 : EXPAND_TILE / (p.k * p.columns);
	struct ir_value like = *v;
	like.rank = 2;
	like.dims[0] = m;
	like.dims[1] = p.n;
	ir_id out = nothing(ir, &like);
	if (mpz_sgn(v->lo) < 0)
		mpz_set(ir->value[out].lo, v->lo);
	if (mpz_sgn(v->hi) > 0)
		mpz_set(ir->value[out].hi, v->hi);
	out = expand_tiles(ir, m, rows, out, some_rows, &p, v->span);
	return ir_reshape(ir, out, v->rank, v->dims, v->span);
}
