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
