/* ir_expand_pick.c: rows by an index that nobody knows: every row is read, and all but one count
 * for nothing.
 *
 * A known table is a circuit (lowering makes it), whose ANDs are those of the one-hot index alone.
 * Else the index is made one-hot, one AND a row, and
 *   numbers that are shared as numbers are multiplied with it, bit times number: one such product
 *   a row and element, which costs less than the ANDs on two bits of the element would; the sum
 *   is local;
 *   bools, bits and, where everything is bits, numbers are masked with it, one AND a row and bit;
 *   as at most one row is left, the exclusive or of all is it, and free.
 * Beyond ONEHOT_MAX rows the low part of the index picks in each block, the high part then a block.
 * Many indices go through in tiles. */
#include <assert.h>
#include <string.h>

#include "internal.h"
#include "ir_expand.h"

enum {
	ONEHOT_LOG2 = 12,
	ONEHOT_MAX = 1 << ONEHOT_LOG2,   /* as wide as bits get */
};

_Static_assert((int)ONEHOT_MAX == (int)N_BITS_MAX, "a one-hot index is one string of bits");

struct picking {
	struct ir *ir;
	const struct target *target;
	struct span span;
	bool exclusive;                  /* sums are exclusive ors */
	mpz_t lo, hi;                    /* of what is picked, and 0 */
	uint64_t n, row;                 /* rows that there are, elements of each */
};

bool
expand_pick_known(const struct target *t, const struct ir_value *a, const struct ir_value *v)
{
	size_t lo = mpz_sizeinbase(a->lo, 2), hi = mpz_sizeinbase(a->hi, 2);
	size_t width = a->bits > 0 ? a->bits : 1 + (lo > hi ? lo : hi);

	return a->op == IR_CONST && !t->plain_shares && (uint64_t)v->imm[0] * width <= N_BITS_MAX &&
	    a->dims[0] <= ONEHOT_MAX;
}

/* A sum of which at most one summand is not 0 is no wider than they are. */
static ir_id
sum_of_one(const struct picking *p, enum ir_op op, ir_id *args, unsigned rank,
    const uint64_t *dims, const int64_t imm[3])
{
	struct ir *ir = p->ir;
	ir_id last = args[op == IR_MATMUL];
	ir_id id = ir_add(ir, op, op == IR_MATMUL ? 2 : 1, args, p->span);

	ir_shape(ir, id, rank, dims);
	struct ir_value *v = &ir->value[id];
	memcpy(v->imm, imm, sizeof v->imm);
	v->frac = ir->value[last].frac;
	mpz_set(v->lo, p->lo);
	mpz_set(v->hi, p->hi);
	mpz_set(v->err, ir->value[last].err);
	return id;
}

/* Of hot [k, n]: for each of h blocks the row that it says, [h, k, row].  Row i of block b for
 * index j begins at i, b, j times stride[0], [1], [2]. */
static ir_id
masked_sum(const struct picking *p, ir_id hot, ir_id rows, uint64_t h, const int64_t stride[3])
{
	struct ir *ir = p->ir;
	uint64_t k = ir->value[hot].dims[0], n = ir->value[hot].dims[1];
	uint64_t dims[4] = { n, h, k, p->row };
	struct ir_view of_hot = { .stride = { 1, 0, (int64_t)n, 0 } };
	struct ir_view of_rows = { .stride = { stride[0], stride[1], stride[2], 1 } };
	ir_id m = ir_view(ir, hot, 4, dims, &of_hot, p->span);
	ir_id x = ir_view(ir, rows, 4, dims, &of_rows, p->span);

	if (ir->value[x].bits > 0)
		x = ir_select(ir, m, x, ir_zero(ir, 0, ir->value[x].bits, p->span), p->span);
	else
		x = ir_binary(ir, p->exclusive ? IR_AND : IR_MUL, m, x, 0, p->span);
	if (p->exclusive)
		return expand_tree(ir, IR_XOR, x, p->span);
	const int64_t imm[3] = { 1, (int64_t)n, (int64_t)(h * k * p->row) };
	return sum_of_one(p, IR_SUM, &x, 3, dims + 1, imm);
}

/* Each of few indices by itself: [k, row]. */
static ir_id
pick_once(const struct picking *p, ir_id rows, ir_id index)
{
	struct ir *ir = p->ir;
	uint64_t k = ir->value[index].n, flat[2] = { k, p->row };
	ir_id hot = ir_onehot(ir, index, p->n, p->span);
	const int64_t stride[3] = { (int64_t)p->row, 0, 0 };

	/* Against public rows that is a product of matrices, local once the index is numbers. */
	if (ir->value[rows].open != SECRET && !p->exclusive) {
		uint64_t table[2] = { p->n, p->row };
		const int64_t imm[3] = { (int64_t)k, (int64_t)p->n, (int64_t)p->row };
		ir_id t = expand_part(ir, rows, 0, p->n, p->span);
		ir_id args[2] = { hot, ir_reshape(ir, t, 2, table, p->span) };
		return sum_of_one(p, IR_MATMUL, args, 2, flat, imm);
	}
	return ir_reshape(ir, masked_sum(p, hot, rows, 1, stride), 2, flat, p->span);
}

/* Bits from .. of the index as a number. */
static ir_id
part_of(const struct picking *p, ir_id bits, unsigned from, unsigned count)
{
	ir_id x = ir_bits(p->ir, IR_SLICEB, 1, &bits, from, count, p->span);

	return ir_bits(p->ir, IR_TONUM, 1, &x, 0, 0, p->span);
}

/* Too many rows for one one-hot index: blocks of ONEHOT_MAX, the last maybe shorter. */
static ir_id
pick_twice(const struct picking *p, ir_id rows, ir_id index)
{
	struct ir *ir = p->ir;
	const struct ir_value *v = &ir->value[index];
	uint64_t k = v->n, flat[2] = { k, p->row }, h = p->n / ONEHOT_MAX, rest = p->n % ONEHOT_MAX;
	unsigned width = (unsigned)mpz_sizeinbase(v->hi, 2);
	const int64_t row = (int64_t)p->row, in[3] = { row, row * ONEHOT_MAX, 0 };
	const int64_t over[3] = { row * (int64_t)k, 0, row };
	ir_id part[2];

	if (mpz_sgn(v->lo) < 0) {
		size_t low = mpz_sizeinbase(v->lo, 2);
		width = 1 + (low > width ? (unsigned)low : width);
	}
	ir_id bits = ir_bits(ir, IR_TOBITS, 1, &index, width, width, p->span);
	ir_id hot = ir_onehot(ir, part_of(p, bits, 0, ONEHOT_LOG2), ONEHOT_MAX, p->span);
	part[0] = masked_sum(p, hot, rows, h, in);
	if (rest > 0) {
		uint64_t some[2] = { k, rest };
		struct ir_view w = { .stride = { ONEHOT_MAX, 1 } };
		part[1] = masked_sum(p, ir_view(ir, hot, 2, some, &w, p->span),
		    expand_part(ir, rows, h * ONEHOT_MAX, rest, p->span), 1, in);
		part[0] = ir_concat(ir, part, 2, p->span);
	}
	ir_id high = part_of(p, bits, ONEHOT_LOG2, width - ONEHOT_LOG2);
	high = ir_onehot(ir, high, h + (rest > 0), p->span);
	return ir_reshape(ir, masked_sum(p, high, part[0], 1, over), 2, flat, p->span);
}

static ir_id
pick_some(const struct picking *p, ir_id rows, ir_id index)
{
	return p->n <= ONEHOT_MAX ? pick_once(p, rows, index) : pick_twice(p, rows, index);
}

struct tiles {
	const struct picking *p;
	ir_id rows, index;
};

/* Indices from `at` on: whole rows of out. */
static ir_id
pick_tile(void *arg, ir_id out, const struct ir_affine *at, uint64_t count)
{
	struct tiles *t = arg;
	struct ir *ir = t->p->ir;
	struct ir_view w = { .stride = { (int64_t)t->p->row, 1 } };
	ir_id some = ir_slice(ir, t->index, 0, at, count, false, t->p->span);
	bool ok = ir_affine_add(&w.offset, at, (int64_t)t->p->row);

	assert(ok);
	(void)ok;
	if (count == ir->value[t->index].n)
		return pick_some(t->p, t->rows, t->index);
	return ir_update(ir, out, pick_some(t->p, t->rows, some), &w, t->p->span);
}

/* All k indices, as many at once as the tile has room for. */
static ir_id
pick_tiles(const struct picking *p, ir_id rows, ir_id index)
{
	struct ir *ir = p->ir;
	uint64_t k = ir->value[index].n, each = p->n * p->row, dims[2] = { k, p->row };
	struct tiles t = { .p = p, .rows = rows, .index = index };
	ir_id out = ir_zero(ir, ir->value[rows].frac, ir->value[rows].bits, p->span);

	out = ir_broadcast(ir, out, 2, dims, p->span);
	mpz_set(ir->value[out].lo, p->lo);
	mpz_set(ir->value[out].hi, p->hi);
	return expand_tiles(ir, k, each >= EXPAND_TILE ? 1 : EXPAND_TILE / each, out, pick_tile, &t,
	    p->span);
}

/* 0 where the index is none; if its range leaves that open. */
static ir_id
inside(const struct picking *p, ir_id x, ir_id index, uint64_t n)
{
	struct ir *ir = p->ir;
	uint64_t k = ir->value[index].n, thin[2] = { k, 1 };
	ir_id in = IR_NONE;

	if (mpz_sgn(ir->value[index].lo) < 0)
		in = ir_binary(ir, IR_LE, ir_const_si(ir, 0, 0, p->span), index, 0, p->span);
	if (mpz_cmp_ui(ir->value[index].hi, n) >= 0) {
		ir_id low = ir_binary(ir, IR_LT, index, ir_const_si(ir, (int64_t)n, 0, p->span), 0, p->span);
		in = in == IR_NONE ? low : ir_binary(ir, IR_AND, in, low, 0, p->span);
	}
	if (in == IR_NONE)
		return x;
	in = ir_broadcast(ir, ir_reshape(ir, in, 2, thin, p->span), 2, ir->value[x].dims, p->span);
	return ir_select(ir, in, x, ir_zero(ir, ir->value[x].frac, 0, p->span), p->span);
}

/* Numbers where everything is bits: in records, picked, and numbers again. */
static ir_id
pick_as_bits(const struct picking *p, ir_id rows, ir_id index)
{
	struct picking q = *p;
	struct coding c = coding_of(p->ir, rows);
	ir_id below = coding_below(p->ir, rows);
	ir_id x = coding_bits(p->ir, below != IR_NONE ? below : rows, &c, p->span);

	mpz_inits(q.lo, q.hi, NULL);
	mpz_set(q.hi, p->ir->value[x].hi);
	x = coding_value(p->ir, pick_tiles(&q, x, index), &c, p->span);
	return mpz_sgn(c.lo) == 0 ? x : inside(p, x, index, p->n);
}

ir_id
expand_pick(struct ir *ir, const struct target *t, const struct ir_value *v, ir_id a, ir_id index)
{
	struct ir_value x = ir->value[a];
	struct picking p = { .ir = ir, .target = t, .span = v->span, .n = x.dims[0],
		.row = (uint64_t)v->imm[0] };
	uint64_t k = ir->value[index].n;
	bool boolean = x.bits == 0 && x.frac == 0 && mpz_sgn(x.lo) >= 0 && mpz_cmp_ui(x.hi, 1) <= 0;

	index = ir_reshape(ir, index, 1, &k, v->span);
	if (mpz_cmp_ui(ir->value[index].hi, p.n) < 0)
		p.n = mpz_sgn(ir->value[index].hi) < 0 ? 0 : mpz_get_ui(ir->value[index].hi) + 1;
	if (v->n == 0 || p.n == 0) {
		ir_id zero = ir_zero(ir, v->frac, v->bits, v->span);
		return ir_broadcast(ir, zero, v->rank, v->dims, v->span);
	}
	if (p.n > (uint64_t)ONEHOT_MAX * ONEHOT_MAX)
		compile_fail(ir->compile, v->span, NULL, NULL, "a secret index into more than %d rows",
		    ONEHOT_MAX * ONEHOT_MAX);
	mpz_inits(p.lo, p.hi, NULL);
	if (mpz_sgn(x.lo) < 0)
		mpz_set(p.lo, x.lo);
	if (mpz_sgn(x.hi) > 0)
		mpz_set(p.hi, x.hi);
	p.exclusive = x.bits > 0 || (boolean && !t->plain_shares) || !t->has_a;
	if (p.exclusive && x.bits == 0 && !boolean)
		a = pick_as_bits(&p, a, index);
	else
		a = pick_tiles(&p, a, index);
	return ir_reshape(ir, a, v->rank, v->dims, v->span);
}

/* Too wide for a circuit: each number is compared with the index. */
ir_id
expand_onehot(struct ir *ir, const struct ir_value *v, ir_id a)
{
	uint64_t n = ir->value[a].n, k = (uint64_t)v->imm[0], dims[2] = { n, k };
	struct ir_view spread = { .stride = { 1 } }, again = { .stride = { 0, 1 } };
	ir_id x = ir_view(ir, a, 2, dims, &spread, v->span);
	ir_id i = ir_view(ir, ir_iota(ir, 0, 1, k, v->span), 2, dims, &again, v->span);

	return ir_reshape(ir, ir_binary(ir, IR_EQ, x, i, 0, v->span), v->rank, v->dims, v->span);
}
