/* ir_expand_code.c: values as bits in the order of numbers without sign, and back. */
#include "ir_expand.h"

enum { FEW_BITS = 2 };

ir_id
coding_below(const struct ir *ir, ir_id x)
{
	const struct ir_value *v = &ir->value[x];

	if (v->bits > 0)
		return x;
	return v->op == IR_TONUM ? v->args[0] : IR_NONE;
}

struct coding
coding_of(const struct ir *ir, ir_id x)
{
	const struct ir_value *v = &ir->value[x];
	struct coding c = { .bits = v->bits, .frac = v->frac };
	ir_id below = coding_below(ir, x);
	mpz_t d;

	mpz_inits(c.lo, d, NULL);
	if (below != IR_NONE) {
		c.width = ir->value[below].bits;
		return c;
	}
	mpz_sub(d, v->hi, v->lo);
	c.width = (unsigned)mpz_sizeinbase(d, 2);
	/* Numbers above 0 stay as they are if that costs no more than a few bits: what is added to a
	 * result must be a number for that, and may have to become one. */
	if (mpz_sgn(v->lo) >= 0 && mpz_sizeinbase(v->hi, 2) <= c.width + FEW_BITS)
		c.width = (unsigned)mpz_sizeinbase(v->hi, 2);
	else
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
