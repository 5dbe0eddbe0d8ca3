/* ir_expand_tree.c: reductions as trees of wide operations.  See ir_expand.h. */
#include "ir_expand.h"

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

/* The two halves of an odd number overlap in the middle: that element is compared with itself. */
ir_id
expand_extreme(struct ir *ir, const struct ir_value *v, ir_id a)
{
	enum ir_op op = v->op == IR_MINR ? IR_MIN : IR_MAX;
	ir_id x = expand_front(ir, a, v->imm, v->span);

	for (uint64_t n = (uint64_t)v->imm[1]; n > 1; n = (n + 1) / 2) {
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

/* Halves together until one is left; what is odd stays behind. */
static ir_id
tree(struct ir *ir, enum ir_op op, ir_id x, struct span span)
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
expand_xor(struct ir *ir, ir_id x, struct span span)
{
	return tree(ir, IR_XOR, x, span);
}
