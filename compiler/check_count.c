/* check_count.c: which values are counts: of rows, or of whatever else something is true of.
 *
 * `suppress below` protects few people, so it makes sense of counts only.  A count is a sum of
 * bools and whatever only moves, picks, adds or leaves out such sums, however it was written; the
 * range keeps differences of counts to those that cannot be below 0. */
#include "check_impl.h"

enum { COUNT_DEPTH = 4096 };

struct counting {
	const struct ir *ir;
	bool negative;                   /* differences count, too */
	uint8_t *known;                  /* 0: not asked; 1: it is; 2: it is not */
	uint32_t depth;
};

static bool is_one(struct counting *, ir_id);

/* At most one of each thing: a bool, a count of 0 or 1. */
static bool
is_indicator(const struct ir_value *v)
{
	return v->bits == 0 && v->frac == 0 && mpz_sgn(v->lo) >= 0 && mpz_cmp_ui(v->hi, 1) <= 0;
}

static bool
all_are(struct counting *c, const struct ir_value *v, uint32_t first)
{
	for (uint32_t i = first; i < v->n_args; i++)
		if (!is_one(c, v->args[i]))
			return false;
	return true;
}

static bool
by_op(struct counting *c, const struct ir_value *v)
{
	const struct ir *ir = c->ir;

	switch ((enum ir_op)v->op) {
	case IR_CONST: case IR_IOTA: case IR_POPCNT: case IR_COUNTER:
		return true;
	case IR_ADD: case IR_SUB: case IR_MIN: case IR_MAX: case IR_CONCAT: case IR_SUM: case IR_CUMSUM:
	case IR_MINR: case IR_MAXR: case IR_REVEAL: case IR_UPDATE: case IR_HOME:
		return all_are(c, v, 0);
	case IR_NEG: case IR_ABS:
		return c->negative && all_are(c, v, 0);
	case IR_SELECT:
		return all_are(c, v, 1);
	case IR_VIEW: case IR_GATHER: case IR_PICK: case IR_TAKE: case IR_ASSUME:
		return is_one(c, v->args[0]);
	case IR_PUT:
		return is_one(c, v->args[0]) && is_one(c, v->args[1]);
	case IR_MUL:
		return all_are(c, v, 0) && (is_indicator(&ir->value[v->args[0]]) ||
		    is_indicator(&ir->value[v->args[1]]));
	case IR_MATMUL: case IR_TNMUL:
		return all_are(c, v, 0) && (is_indicator(&ir->value[v->args[0]]) ||
		    is_indicator(&ir->value[v->args[1]]));
	case IR_ARG:
		return is_one(c, ir->value[v->imm[0]].args[v->imm[1]]);
	case IR_RESULT:
		return is_one(c, ir->value[v->args[0]].args[v->imm[1]]) &&
		    is_one(c, ir->value[v->args[0]].loop->yield[v->imm[1]]);
	default:
		return false;
	}
}

static bool
is_one(struct counting *c, ir_id id)
{
	const struct ir_value *v = &c->ir->value[id];

	if (is_indicator(v))
		return true;
	if (v->bits > 0 || v->frac > 0 || (mpz_sgn(v->lo) < 0 && !c->negative) || c->depth == COUNT_DEPTH)
		return false;
	if (c->known[id] == 0) {
		c->known[id] = 1;
		c->depth++;
		c->known[id] = by_op(c, v) ? 1 : 2;
		c->depth--;
	}
	return c->known[id] == 1;
}

bool
is_count(struct check *ck, ir_id id)
{
	struct counting c = { .ir = ck->ir };

	c.known = compile_alloc(ck->c, ck->ir->n + 1);
	return is_one(&c, id);
}

bool
is_count_difference(struct check *ck, ir_id id)
{
	struct counting c = { .ir = ck->ir, .negative = true };

	c.known = compile_alloc(ck->c, ck->ir->n + 1);
	return is_one(&c, id);
}
