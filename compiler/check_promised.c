/* check_promised.c: what a guard that the program has promises of counts; see check_support.h */
#include "check_support.h"

/* c < count, and the like, of a known number. */
static bool
is_least(struct check *ck, ir_id bound, ir_id count, int64_t least)
{
	mpz_t z;

	mpz_init(z);
	return ir_is_const(ck->ir, bound, &z) && ck->ir->value[bound].frac == 0 &&
	    mpz_cmp_si(z, least) >= 0 && is_count(ck, count);
}

/* That none, or all, of n bools are true: their sum is 0, or n. */
static bool
promised_sum(struct check *ck, const struct ir_value *eq, bool truth, uint32_t least)
{
	const struct ir_value *sum = &ck->ir->value[eq->args[0]];
	mpz_t z;

	mpz_init(z);
	if (!truth || sum->op != IR_SUM || !ir_is_const(ck->ir, eq->args[1], &z))
		return false;
	if (mpz_sgn(z) == 0)
		return support_promised(ck, sum->args[0], false, least);
	return mpz_cmp_ui(z, ck->ir->value[sum->args[0]].n) == 0 && sum->n == 1 &&
	    support_promised(ck, sum->args[0], true, least);
}

bool
support_promised(struct check *ck, ir_id c, bool truth, uint32_t least)
{
	const struct ir_value *v = &ck->ir->value[c];
	int64_t n = (int64_t)least;

	switch ((enum ir_op)v->op) {
	case IR_NOT:
		return support_promised(ck, v->args[0], !truth, least);
	case IR_VIEW:
		return support_promised(ck, v->args[0], truth, least);
	case IR_CONCAT:
		for (uint32_t i = 0; i < v->n_args; i++)
			if (!support_promised(ck, v->args[i], truth, least))
				return false;
		return v->n_args > 0;
	case IR_AND: case IR_MUL:
		return truth && (support_promised(ck, v->args[0], true, least) ||
		    support_promised(ck, v->args[1], true, least));
	case IR_OR:
		return !truth && (support_promised(ck, v->args[0], false, least) ||
		    support_promised(ck, v->args[1], false, least));
	case IR_EQ:
		return promised_sum(ck, v, truth, least);
	case IR_LT:                             /* bound < count; not count < bound */
		return truth ? is_least(ck, v->args[0], v->args[1], n - 1) :
		    is_least(ck, v->args[1], v->args[0], n);
	case IR_LE:                             /* bound <= count; not count <= bound */
		return truth ? is_least(ck, v->args[0], v->args[1], n) :
		    is_least(ck, v->args[1], v->args[0], n - 1);
	default:
		return false;
	}
}
