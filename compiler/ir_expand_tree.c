/* ir_expand_tree.c: reductions as trees of wide operations.  See ir_expand.h. */
#include "ir_expand.h"

#include <string.h>

ir_id
expand_front(struct ir *ir, ir_id a, const int64_t imm[3], struct span span)
{
	uint64_t dims[3] = { (uint64_t)imm[1], (uint64_t)imm[0], (uint64_t)imm[2] };
	struct ir_view w = { .stride = { imm[2], imm[1] * imm[2], 1 } };

	return ir_view(ir, a, 3, dims, &w, span);
}

ir_id
expand_part(struct ir *ir, ir_id a, uint64_t from, uint64_t count, struct span span)
{
	struct ir_affine at = { .base = (int64_t)from };

	if (from == 0 && count == ir->value[a].dims[0])
		return a;
	return ir_slice(ir, a, 0, &at, count, false, span);
}

/* Of all rows of a group's table: the extremes of those members that hold any, [members, inner];
 * else IR_NONE.  (The old operand says where the rows are.) */
static ir_id
of_members(struct ir *ir, const struct ir_value *v, ir_id a)
{
	const struct ir_value *old = &ir->value[v->args[0]];
	uint64_t dims[2] = { 0, v->n };
	ir_id some[16];
	uint32_t n = 0;

	if (old->domain != DOM_L || ir->part[old->part].whole || v->imm[0] != 1 ||
	    (uint64_t)v->imm[1] != ir->part[old->part].start[16])
		return IR_NONE;
	uint32_t rows = old->part, members = ir_partition_members(ir, rows);
	dims[0] = ir->part[members].start[16];
	ir_id id = ir_add(ir, v->op == IR_MINR ? IR_MINM : IR_MAXM, 1, &a, v->span);
	ir_shape(ir, id, 2, dims);
	ir->value[id].frac = v->frac;
	ir_range(ir, id);
	for (unsigned i = 0; i < 16; i++)
		if (ir->part[rows].start[i + 1] > ir->part[rows].start[i])
			some[n++] = expand_part(ir, id, ir->part[members].start[i], 1, v->span);
	return n == dims[0] ? id : ir_concat(ir, some, n, v->span);
}

/* The two halves of an odd number overlap in the middle: that element is compared with itself. */
ir_id
expand_extreme(struct ir *ir, const struct ir_value *v, ir_id a)
{
	enum ir_op op = v->op == IR_MINR ? IR_MIN : IR_MAX;
	ir_id x = of_members(ir, v, a);

	if (x == IR_NONE)
		x = expand_front(ir, a, v->imm, v->span);
	for (uint64_t n = ir->value[x].dims[0]; n > 1; n = (n + 1) / 2) {
		uint64_t half = (n + 1) / 2;
		x = ir_binary(ir, op, expand_part(ir, x, 0, half, v->span),
		    expand_part(ir, x, n - half, half, v->span), 0, v->span);
	}
	return ir_reshape(ir, x, v->rank, v->dims, v->span);
}

/* x and y, elementwise; of bits their length. */
static ir_id
both(struct ir *ir, enum ir_op op, ir_id x, ir_id y, struct span span)
{
	ir_id args[2] = { x, y };

	if (ir->value[x].bits > 0)
		return ir_bits(ir, op, 2, args, 0, ir->value[x].bits, span);
	return ir_binary(ir, op, x, y, 0, span);
}

ir_id
expand_tree(struct ir *ir, enum ir_op op, ir_id x, struct span span)
{
	const struct ir_value v = ir->value[x];

	for (uint64_t n = v.dims[0]; n > 1; n = n / 2 + n % 2) {
		ir_id part[2];
		part[0] = both(ir, op, expand_part(ir, x, 0, n / 2, span),
		    expand_part(ir, x, n / 2, n / 2, span), span);
		if (n % 2 == 1)
			part[1] = expand_part(ir, x, n - 1, 1, span);
		x = n % 2 == 1 ? ir_concat(ir, part, 2, span) : part[0];
	}
	return ir_reshape(ir, x, v.rank - 1u, v.dims + 1, span);
}

ir_id
expand_tiles(struct ir *ir, uint64_t count, uint64_t tile, ir_id out, expand_tile_fn *fn, void *arg,
    struct span span)
{
	struct ir_affine lo = { 0 }, hi = { .base = (int64_t)(count / tile) }, at = { 0 };
	mpz_t least, most;

	if (count <= tile)
		return fn(arg, out, &at, count);
	mpz_init_set(least, ir->value[out].lo);
	mpz_init_set(most, ir->value[out].hi);
	ir_id loop = ir_loop_begin(ir, &lo, &hi, 1, &out, &least, &most, span);
	ir_id now = ir->value[loop].loop->arg[0];
	ir->value[now].open = SECRET;
	at = (struct ir_affine){ .n = 1, .term = { { loop, (int64_t)tile } } };
	out = fn(arg, now, &at, tile);
	ir_loop_end(ir, loop, &out);
	out = ir_result(ir, loop, 0, span);
	at = (struct ir_affine){ .base = (int64_t)(count - count % tile) };
	return count % tile == 0 ? out : fn(arg, out, &at, count % tile);
}

/* Is each element of x in lo..hi?  One bool, or IR_NONE if x's range says so. */
static ir_id
in_range(struct ir *ir, ir_id x, const mpz_t lo, const mpz_t hi, struct span span)
{
	const struct ir_value v = ir->value[x];
	ir_id all = IR_NONE;

	if (v.n == 0)
		return IR_NONE;
	for (unsigned side = 0; side < 2; side++) {
		if (side == 0 ? mpz_cmp(v.lo, lo) >= 0 : mpz_cmp(v.hi, hi) <= 0)
			continue;
		ir_id end = ir_const(ir, side == 0 ? lo : hi, v.frac, span);
		ir_id is = ir_binary(ir, IR_LE, side == 0 ? end : x, side == 0 ? x : end, 0, span);
		all = all == IR_NONE ? is : ir_binary(ir, IR_AND, all, is, 0, span);
	}
	if (all == IR_NONE)
		return IR_NONE;
	return expand_tree(ir, IR_AND, ir_reshape(ir, all, 1, &v.n, span), span);
}

ir_id
expand_assume(struct rewrite *rw, ir_id old)
{
	struct ir *ir = rw->ir;
	struct ir_value o = ir->value[old];
	ir_id args[2] = { rw_get(rw, o.args[0]) };

	args[1] = o.imm[1] == ASSUME_ELSEWHERE ? IR_NONE : in_range(ir, args[0], o.lo, o.hi, o.span);
	ir_id id = ir_add(ir, IR_ASSUME, args[1] == IR_NONE ? 1 : 2, args, o.span);
	ir_shape(ir, id, o.rank, o.dims);
	struct ir_value *v = &ir->value[id];
	memcpy(v->imm, o.imm, sizeof v->imm);
	v->frac = o.frac;
	v->bits = o.bits;
	v->boolean = o.boolean;
	v->what = o.what;
	v->via = o.via;
	mpz_set(v->lo, o.lo);
	mpz_set(v->hi, o.hi);
	mpz_set(v->err, o.err);
	ir->assumption[o.imm[0]].value = id;
	return id;
}

static bool
is_bool(const struct ir_value *v)
{
	return v->bits == 0 && v->frac == 0 && mpz_sgn(v->lo) >= 0 && mpz_cmp_ui(v->hi, 1) <= 0;
}

bool
expand_made_of_bits(const struct ir *ir, ir_id id)
{
	const struct ir_value *v = &ir->value[id];

	while (v->op == IR_NOT || v->op == IR_VIEW || v->op == IR_CONCAT)
		v = &ir->value[v->args[0]];
	if (v->op == IR_MUL)
		return is_bool(&ir->value[v->args[0]]) && is_bool(&ir->value[v->args[1]]);
	return v->op == IR_EQ || v->op == IR_LT || v->op == IR_LE || v->op == IR_AND || v->op == IR_OR ||
	    v->op == IR_XOR || v->op == IR_ONEHOT || (v->op == IR_SELECT && is_bool(v));
}

bool
expand_is_none(const struct ir *ir, const struct ir_value *v)
{
	const struct ir_value *sum = &ir->value[v->args[0]], *x;
	mpz_t zero;

	mpz_init(zero);
	if (sum->op != IR_SUM || sum->domain != DOM_A || sum->imm[1] < 1 ||
	    ir_sum_of_members(ir, sum) || !ir_is_const(ir, v->args[1], &zero) || mpz_sgn(zero) != 0)
		return false;
	x = &ir->value[sum->args[0]];
	return x->n > 0 && is_bool(x) && expand_made_of_bits(ir, sum->args[0]);
}

ir_id
expand_none(struct ir *ir, const struct ir_value *v, const int64_t imm[3], ir_id bools)
{
	ir_id any = expand_tree(ir, IR_OR, expand_front(ir, bools, imm, v->span), v->span);

	return ir_unary(ir, IR_NOT, ir_reshape(ir, any, v->rank, v->dims, v->span), 0, v->span);
}

/* Is it made as a number, and so not at hand as bits? */
static bool
by_arithmetic(const struct ir *ir, const struct ir_value *v)
{
	while (v->op == IR_VIEW)
		v = &ir->value[v->args[0]];
	switch ((enum ir_op)v->op) {
	case IR_INPUT: case IR_NEG: case IR_ADD: case IR_SUB: case IR_MUL: case IR_SHL: case IR_SCALE2:
	case IR_TRUNC: case IR_SUM: case IR_CUMSUM: case IR_MATMUL: case IR_TNMUL:
		return true;
	default:
		return false;
	}
}

bool
expand_is_relu(const struct ir *ir, const struct ir_value *v)
{
	mpz_t zero;
	bool is;

	mpz_init(zero);
	is = v->bits == 0 && ir_is_const(ir, v->args[1], &zero) && mpz_sgn(zero) == 0 &&
	    by_arithmetic(ir, &ir->value[v->args[0]]);
	mpz_clear(zero);
	return is;
}

ir_id
expand_relu(struct ir *ir, const struct ir_value *v, ir_id a)
{
	ir_id zero = ir_const_si(ir, 0, ir->value[a].frac, v->span);
	ir_id positive = ir_binary(ir, IR_LT, zero, a, 0, v->span);

	return ir_binary(ir, IR_MUL, positive, a, 0, v->span);
}
