/* ir_range_function.c: the range of a function of real numbers, and how far an error of its operand
 * carries.  See ir_build.h.
 *
 * Images of the ends come from the kernels that compute in the clear.  On shares a result is within
 * one unit of theirs, so a range is one unit wider at both ends, but never beyond what the function
 * can reach. */
#include "ir_const.h"

#include <assert.h>

#include "../runtime/code/plain_op.h"
#include "internal.h"

/* The function at x, as it is computed in the clear. */
static void
at(mpz_t d, enum ir_op op, const mpz_t x, unsigned frac)
{
	i128 y;
	bool ok = plain_op(&y, ir_plain_insn(op), 128, ir_from_mpz(x), 0, 0, frac);

	assert(ok);
	(void)ok;
	ir_to_mpz(d, y);
}

void
ir_add_slack(mpz_t d, const mpz_t of, unsigned bits, unsigned long units)
{
	mpz_t t;

	mpz_init(t);
	mpz_abs(t, of);
	mpz_fdiv_q_2exp(t, t, bits);
	mpz_add_ui(t, t, units);
	mpz_add(d, d, t);
}

/* From -2^frac (or 0) to 2^frac. */
static void
clip(struct ir_value *d, bool negative)
{
	mpz_t one;

	mpz_init(one);
	mpz_setbit(one, d->frac);
	if (mpz_cmp(d->hi, one) > 0)
		mpz_set(d->hi, one);
	mpz_neg(one, one);
	if (!negative)
		mpz_set_ui(one, 0);
	if (mpz_cmp(d->lo, one) < 0)
		mpz_set(d->lo, one);
}

/* sqrt, rsqrt and logarithms: of positive numbers; 0 elsewhere. */
static void
range_of_positive(struct ir_value *d, const struct ir_value *a)
{
	mpz_t x;

	mpz_init_set_ui(x, 1);
	if (mpz_sgn(a->hi) <= 0)
		return;
	at(d->hi, d->op, a->hi, a->frac);
	at(d->lo, d->op, mpz_sgn(a->lo) > 0 ? a->lo : x, a->frac);
	if (d->op == IR_RSQRT)
		mpz_swap(d->lo, d->hi);
	ir_add_slack(d->hi, d->hi, SIGNIFICANT_BITS, 1);
	mpz_sub_ui(d->lo, d->lo, 1);
	if ((d->op == IR_SQRT || d->op == IR_RSQRT) && mpz_sgn(d->lo) < 0)
		mpz_set_ui(d->lo, 0);
	if (mpz_sgn(a->lo) <= 0 && mpz_sgn(d->lo) > 0)
		mpz_set_ui(d->lo, 0);
	if (mpz_sgn(a->lo) <= 0 && mpz_sgn(d->hi) < 0)
		mpz_set_ui(d->hi, 0);
}

void
ir_range_function(struct ir_value *d, const struct ir_value *a)
{
	mpz_set_ui(d->lo, 0);
	mpz_set_ui(d->hi, 0);
	switch (d->op) {
	case IR_SQRT: case IR_RSQRT: case IR_LOG: case IR_LOG2:
		range_of_positive(d, a);
		return;
	case IR_SIN: case IR_COS:
		mpz_setbit(d->hi, d->frac);
		mpz_add_ui(d->hi, d->hi, 1);
		mpz_neg(d->lo, d->hi);
		return;
	default:
		at(d->lo, d->op, a->lo, a->frac);
		at(d->hi, d->op, a->hi, a->frac);
		mpz_sub_ui(d->lo, d->lo, 1);
		ir_add_slack(d->hi, d->hi, SIGNIFICANT_BITS, 1);
		if (d->op != IR_EXP)
			clip(d, d->op != IR_SIGMOID);
		else if (mpz_sgn(d->lo) < 0)
			mpz_set_ui(d->lo, 0);
		return;
	}
}

/* err = ceil(err * num / den) */
static void
scaled(struct ir_value *d, const struct ir_value *a, const mpz_t num, const mpz_t den)
{
	mpz_mul(d->err, a->err, num);
	mpz_cdiv_q(d->err, d->err, den);
}

/* sqrt(x + e) - sqrt(x) <= sqrt(e) for any x. */
static void
error_of_root(struct ir_value *d, const struct ir_value *a)
{
	mpz_mul_2exp(d->err, a->err, a->frac);
	mpz_sqrt(d->err, d->err);
	mpz_add_ui(d->err, d->err, 1);
}

/* The greatest slope is at the lower end: 1 / (2 sqrt(x)), 1 / (2 x sqrt(x)), 1 / x and
 * 1 / (x ln 2).  False: 0 is near. */
static bool
error_of_positive(struct ir_value *d, const struct ir_value *a)
{
	mpz_t x, num, den;

	mpz_inits(x, num, den, NULL);
	mpz_sub(x, a->lo, a->err);
	if (mpz_sgn(x) <= 0)
		return false;
	mpz_set(den, x);
	mpz_setbit(num, a->frac);
	if (d->op == IR_SQRT) {
		mpz_mul_2exp(den, x, a->frac);
		mpz_sqrt(den, den);
		mpz_mul_2exp(den, den, 1);
	} else if (d->op == IR_RSQRT) {
		at(num, IR_RSQRT, x, a->frac);
		mpz_add_ui(num, num, 1);
		mpz_mul_2exp(den, x, 1);
	} else if (d->op == IR_LOG2) {
		mpz_mul_ui(num, num, 3);        /* 1 / ln 2 < 3 / 2 */
		mpz_mul_2exp(den, den, 1);
	}
	scaled(d, a, num, den);
	return true;
}

/* e^(x + e) - e^x < 2 e e^x for e < 1/2. */
static bool
error_of_exp(struct ir_value *d, const struct ir_value *a)
{
	mpz_t num, den;

	mpz_inits(num, den, NULL);
	mpz_setbit(den, a->frac);
	mpz_mul_2exp(num, a->err, 1);
	if (mpz_cmp(num, den) > 0)
		return false;
	mpz_mul_2exp(num, d->hi, 1);
	scaled(d, a, num, den);
	return true;
}

void
ir_error_function(struct ir_value *d, const struct ir_value *a)
{
	bool bounded = true;

	mpz_set(d->err, a->err);
	if (mpz_sgn(a->err) == 0) {
		ir_add_slack(d->err, d->hi, SIGNIFICANT_BITS, 1);
		return;
	}
	switch (d->op) {
	case IR_SQRT:
		if (!error_of_positive(d, a))
			error_of_root(d, a);
		break;
	case IR_RSQRT: case IR_LOG: case IR_LOG2:
		bounded = error_of_positive(d, a);
		break;
	case IR_EXP:
		bounded = error_of_exp(d, a);
		break;
	case IR_SIGMOID:
		mpz_cdiv_q_2exp(d->err, d->err, 2);
		break;
	case IR_ERF:                            /* 2 / sqrt(pi) < 1.13 */
		mpz_mul_ui(d->err, d->err, 113);
		mpz_cdiv_q_ui(d->err, d->err, 100);
		break;
	default:                                /* sin, cos, tanh */
		break;
	}
	ir_add_slack(d->err, d->hi, SIGNIFICANT_BITS, 1);
	if (!bounded)
		mpz_sub(d->err, d->hi, d->lo);
}

void
ir_range_distribution(struct ir_value *d)
{
	bool quantile = d->op == IR_QNORM || d->op == IR_QT || d->op == IR_QCHISQ || d->op == IR_QF;

	if (quantile)
		mpz_setbit(d->hi, d->frac + DIST_FAR_BITS);
	else
		mpz_setbit(d->hi, d->frac);
	if (d->op == IR_QNORM || d->op == IR_QT)
		mpz_neg(d->lo, d->hi);
}

/* The densities of the normal and t are below 1/2.  Chi-squared and F of one degree of freedom rise
 * without bound towards 0, but P(x + e) - P(x) < sqrt(e); of more, their densities times sqrt(e)
 * stay below 1 for the e that occur.  A degree of freedom more or less changes less than 1. */
void
ir_error_distribution(const struct ir *ir, struct ir_value *d)
{
	const struct ir_value *x = &ir->value[d->args[0]];
	bool exact = true;

	for (uint32_t i = 0; i < d->n_args; i++)
		exact = exact && mpz_sgn(ir->value[d->args[i]].err) == 0;
	mpz_set_ui(d->err, 1);
	if (exact)
		return;
	switch (d->op) {
	case IR_PNORM: case IR_PT:
		mpz_set(d->err, x->err);
		break;
	case IR_PCHISQ: case IR_UCHISQ: case IR_PF: case IR_UF:
		mpz_mul_2exp(d->err, x->err, d->frac);
		mpz_sqrt(d->err, d->err);
		mpz_add_ui(d->err, d->err, 1);
		break;
	default:
		mpz_sub(d->err, d->hi, d->lo);
		break;
	}
	for (uint32_t i = 1; i < d->n_args; i++)
		mpz_add(d->err, d->err, ir->value[d->args[i]].err);
	mpz_add_ui(d->err, d->err, 1);
	if (mpz_cmp(d->err, d->hi) > 0 && mpz_sgn(d->lo) >= 0)
		mpz_set(d->err, d->hi);
}

/* Is it an input as wide as one is that has no range? */
static bool
is_unbounded(const struct ir_value *v)
{
	return v->op == IR_INPUT && v->imm[1] == 0 && v->bits == 0 &&
	    mpz_cmp_si(v->lo, INT32_MIN) == 0 && mpz_cmp_si(v->hi, INT32_MAX) == 0;
}

/* The first such input from which id is computed, or NULL. */
static const struct ir_value *
unbounded_source(const struct ir *ir, ir_id id)
{
	uint8_t *seen = compile_alloc(ir->compile, id + 1);
	const struct ir_value *found = NULL;

	seen[id] = 1;
	for (ir_id i = id;; i--) {
		const struct ir_value *v = &ir->value[i];
		if (seen[i] && is_unbounded(v))
			found = v;
		for (uint32_t k = 0; seen[i] && k < v->n_args; k++)
			if (v->args[k] <= id)
				seen[v->args[k]] = 1;
		if (i == 0)
			return found;
	}
}

const char *
ir_range_help(const struct ir *ir, ir_id id)
{
	const struct ir_value *wide = unbounded_source(ir, id);

	if (wide != NULL)
		return compile_printf(ir->compile, "%s (line %u) may be any whole number up to 2147483647: "
		    "say between what it lies, such as `int in 0..120`", wide->what, wide->span.line);
	if (ir->value[id].op == IR_EXP)
		return "exp(clamp(x, -10, 10)) keeps it small: so odds ratios and hazard ratios are made of "
		    "estimates";
	return "declare narrower ranges where the values come from, or fewer fractional bits; or say "
	    "what is known of a part, which the run checks: `let w = 1 / se ** 2 in 0..1000`";
}
