/* ir_expand_plain.c: under a target whose shares are plain numbers: what has a kernel for numbers,
 * but not for whole rows or for bits. */
#include <string.h>

#include "internal.h"
#include "ir_expand.h"

enum { CHUNK_BITS = 62 };        /* of bits<k> that are one number of 64 bits */

bool
expand_take_is_plain(const struct ir *ir, const struct ir_value *v)
{
	return v->bits == 0 && ir->value[v->args[1]].n == v->n;
}

static ir_id
take(struct ir *ir, const struct ir_value *v, ir_id a, ir_id order)
{
	ir_id args[2] = { a, order }, id = ir_add(ir, IR_TAKE, 2, args, v->span);

	ir_shape(ir, id, v->rank, v->dims);
	memcpy(ir->value[id].imm, v->imm, sizeof v->imm);
	ir->value[id].frac = ir->value[a].frac;
	ir_range(ir, id);
	return id;
}

/* Bits are taken as numbers of some of them, and put together again. */
ir_id
expand_take_plain(struct ir *ir, const struct ir_value *v, ir_id a, ir_id order)
{
	ir_id all = IR_NONE;

	order = ir_rows_order(ir, order, a, v->span);
	if (v->bits == 0)
		return take(ir, v, a, order);
	for (unsigned from = 0; from < v->bits; from += CHUNK_BITS) {
		unsigned bits = v->bits - from < CHUNK_BITS ? v->bits - from : CHUNK_BITS;
		ir_id x = ir_bits(ir, IR_SLICEB, 1, &a, from, bits, v->span);
		x = take(ir, v, ir_bits(ir, IR_TONUM, 1, &x, 0, 0, v->span), order);
		x = ir_bits(ir, IR_TOBITS, 1, &x, bits, bits, v->span);
		ir_id both[2] = { all, x };
		all = all == IR_NONE ? x : ir_bits(ir, IR_CATB, 2, both, 0, from + bits, v->span);
	}
	return all;
}
