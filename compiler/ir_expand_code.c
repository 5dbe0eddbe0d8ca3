/* ir_expand_code.c: values as bits in the order of numbers without sign, and back. */
#include "ir_expand.h"

ir_id
coding_below(const struct ir *ir, ir_id x)
{
	const struct ir_value *v = &ir->value[x];

	if (v->bits > 0)
		return x;
	return v->op == IR_TONUM ? v->args[0] : IR_NONE;
}

unsigned
coding_width(const struct ir *ir, ir_id x)
{
	ir_id below = coding_below(ir, x);
	mpz_t d;

	if (below != IR_NONE)
		return ir->value[below].bits;
	mpz_init(d);
	mpz_sub(d, ir->value[x].hi, ir->value[x].lo);
	return mpz_sgn(d) == 0 ? 1 : (unsigned)mpz_sizeinbase(d, 2);
}

struct coding
coding_of(const struct ir *ir, ir_id x)
{
	const struct ir_value *v = &ir->value[x];
	struct coding c = { .bits = v->bits, .frac = v->frac, .width = coding_width(ir, x) };

	mpz_init(c.lo);
	if (coding_below(ir, x) == IR_NONE)
		mpz_set(c.lo, v->lo);
	return c;
}

ir_id
coding_bits(struct ir *ir, ir_id x, const struct coding *c, struct span span)
{
	if (ir->value[x].bits > 0)
		return x;
	if (mpz_sgn(c->lo) != 0)
		x = ir_binary(ir, IR_SUB, x, ir_const(ir, c->lo, ir->value[x].frac, span), 0, span);
	return ir_bits(ir, IR_TOBITS, 1, &x, c->width, c->width, span);
}

ir_id
coding_value(struct ir *ir, ir_id x, const struct coding *c, struct span span)
{
	if (c->bits > 0)
		return x;
	x = ir_bits(ir, IR_TONUM, 1, &x, 0, 0, span);
	ir->value[x].frac = c->frac;
	if (mpz_sgn(c->lo) == 0)
		return x;
	return ir_binary(ir, IR_ADD, x, ir_const(ir, c->lo, c->frac, span), 0, span);
}
