/* check_noise_guard.c: `noise laplace(epsilon = E)` and `noise gaussian(rho = R)` on an output.
 *
 * Noise is for whole numbers that are always there.  How much of it there must be follows from how
 * the value was computed (ir_sensitivity.h), or is said.  It is drawn once for an output, whoever
 * learns it. */
#include "check_impl.h"
#include "ir_const.h"
#include "ir_sensitivity.h"

enum { N_MANIFEST_BITS = 126 };

static const struct guard *
noise_of(struct check *ck, const struct decl *d)
{
	const struct guard *found = NULL;

	for (uint32_t i = 0; i < d->n_guards; i++) {
		const struct guard *g = &d->guard[i];
		if (g->kind != GUARD_LAPLACE && g->kind != GUARD_GAUSSIAN)
			continue;
		if (found != NULL)
			compile_fail(ck->c, g->span, NULL, NULL, "`noise` is given twice");
		found = g;
	}
	return found;
}

static void
check_value(struct check *ck, const struct guard *g, const struct val *x)
{
	if (x->kind != V_INT || x->n_levels > 0)
		compile_fail(ck->c, g->span, NULL,
		    "noise is for counts and sums of whole numbers; of a fixed: round(x * 1000), and divide "
		    "what comes out", "noise is whole numbers, and this is %s", type_text(ck, x));
	if (x->p != IR_NONE)
		compile_fail(ck->c, g->span, NULL, "coalesce(x, 0)",
		    "noise hides a number, not whether it is missing, and this can be missing");
}

static void
positive(struct check *ck, const struct expr *e, const char *what, mpq_t q)
{
	struct val v = eval(ck, e);

	if (!known_rational(ck, &v, q))
		compile_fail(ck->c, e->span, val_note(ck, &v), NULL,
		    "%s is a known number, and this is %s", what, type_text(ck, &v));
	if (mpq_sgn(q) <= 0)
		compile_fail(ck->c, e->span, NULL, NULL, "%s is above 0", what);
}

/* L1, or the square of L2. */
static void
sensitivity_of(struct check *ck, const struct guard *g, const struct val *x, mpq_t q)
{
	const bool laplace = g->kind == GUARD_LAPLACE;
	struct sensitivity s;
	const char *why;

	if (g->sensitivity != NULL) {
		positive(ck, g->sensitivity, "a sensitivity", q);
		if (!laplace)
			mpq_mul(q, q, q);
		return;
	}
	if (!ir_sensitivity(ck->ir, x->v, &s, &why))
		compile_fail(ck->c, g->span, NULL, compile_printf(ck->c,
		    "say by how much one row can change it: noise %s, sensitivity = 1)", laplace ?
		    "laplace(epsilon = 1" : "gaussian(rho = 0.5"),
		    "how much noise this needs cannot be derived: %s", why);
	mpq_set_z(q, laplace ? s.l1 : s.l2_squared);
}

static void
record(struct check *ck, const struct guard *g, const mpq_t q, i128 to[2])
{
	if (mpz_sizeinbase(mpq_numref(q), 2) > N_MANIFEST_BITS ||
	    mpz_sizeinbase(mpq_denref(q), 2) > N_MANIFEST_BITS)
		compile_fail(ck->c, g->span, NULL, NULL, "this is too large, or has too many digits");
	to[0] = ir_from_mpz(mpq_numref(q));
	to[1] = ir_from_mpz(mpq_denref(q));
}

/* To the study's account, which a policy may limit: then more than the program says, if it says a
 * smaller sensitivity than follows. */
static void
charge(struct check *ck, const struct guard *g, const struct val *x, const mpq_t spent,
    const mpq_t sensitivity)
{
	const bool laplace = g->kind == GUARD_LAPLACE;
	struct sensitivity s;
	const char *why;
	mpq_t q;

	mpq_init(q);
	mpq_set_ui(q, 1, 1);
	if (g->sensitivity != NULL && policy_limits_noise(ck)) {
		if (!ir_sensitivity(ck->ir, x->v, &s, &why))
			compile_forbid(ck->c, g->span, NULL, "the policy limits what noise spends, and what this "
			    "spends is only said by the program: %s", why);
		mpq_set_z(q, laplace ? s.l1 : s.l2_squared);
		mpq_div(q, q, sensitivity);
		if (mpq_cmp_ui(q, 1, 1) < 0)
			mpq_set_ui(q, 1, 1);
	}
	mpq_mul(q, q, spent);
	mpq_add(ck->spent[!laplace], ck->spent[!laplace], q);
	policy_budget(ck, g->span);
}

void
guard_noise(struct check *ck, const struct decl *d, struct val *x, struct ir_part *part)
{
	const struct guard *g = noise_of(ck, d);
	mpq_t spent, sensitivity, q;

	if (g == NULL)
		return;
	check_value(ck, g, x);
	mpq_inits(spent, sensitivity, q, NULL);
	positive(ck, g->value, g->kind == GUARD_LAPLACE ? "epsilon" : "rho", spent);
	sensitivity_of(ck, g, x, sensitivity);
	if (mpq_sgn(sensitivity) == 0)
		return;                          /* it is the same whatever the rows are */
	record(ck, g, spent, part->spent);
	charge(ck, g, x, spent, sensitivity);
	record(ck, g, sensitivity, part->sensitivity);
	if (g->kind == GUARD_LAPLACE) {
		part->noise = NOISE_LAPLACE;
		mpq_div(q, spent, sensitivity);
		*x = add_laplace(ck, *x, q, g->span);
	} else {
		part->noise = NOISE_GAUSSIAN;
		mpq_div(q, sensitivity, spent);
		mpq_div_2exp(q, q, 1);
		*x = add_gaussian(ck, *x, q, g->span);
	}
}
