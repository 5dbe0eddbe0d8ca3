/* check_type.c: types as written, and the known numbers that sizes, bounds and ranges are. */
#include <assert.h>
#include <string.h>

#include "check_impl.h"

int64_t
known_int_val(struct check *ck, const struct val *x, const char *what, struct span at)
{
	mpq_t q;

	mpq_init(q);
	if (!is_numeric(x) || x->rank != 0)
		compile_fail(ck->c, at, NULL, NULL, "%s is a whole number, and this is %s", what,
		    type_text(ck, x));
	if (!known_rational(ck, x, q)) {
		enum openness o = val_open(ck, x);
		compile_fail(ck->c, at, val_note(ck, x),
		    o == KNOWN ? "a loop's counter is no constant: use a number, a param or a size" :
		    "use a number, a param or a size: secret and revealed values come too late",
		    "%s must be known before the program runs%s", what,
		    o == SECRET ? ", and this is secret" : o == PUBLIC ? ", and this is opened while it runs" :
		    "");
	}
	if (mpz_cmp_ui(mpq_denref(q), 1) != 0 || !mpz_fits_slong_p(mpq_numref(q)))
		compile_fail(ck->c, at, NULL, NULL, "%s is a whole number", what);
	return mpz_get_si(mpq_numref(q));
}

int64_t
known_int(struct check *ck, const struct expr *e, const char *what)
{
	struct val x = eval(ck, e);

	return known_int_val(ck, &x, what, e->span);
}

static uint64_t
known_size(struct check *ck, const struct expr *e)
{
	int64_t n = known_int(ck, e, "a size");

	if (n < 0)
		compile_fail(ck->c, e->span, NULL, NULL, "a size of %lld", (long long)n);
	return (uint64_t)n;
}

/* The range in raw numbers: what lies between stays between. */
void
known_range(struct check *ck, const struct expr *lo, const struct expr *hi, unsigned frac, mpz_t l,
    mpz_t h)
{
	mpq_t a, b;

	mpq_inits(a, b, NULL);
	for (int i = 0; i < 2; i++) {
		const struct expr *e = i == 0 ? lo : hi;
		struct val x = eval(ck, e);
		if (x.kind == V_MISSING || !is_numeric(&x) || !known_rational(ck, &x, i == 0 ? a : b))
			compile_fail(ck->c, e->span, val_note(ck, &x), NULL,
			    "the end of a range must be a number known before the program runs");
	}
	if (mpq_cmp(a, b) > 0)
		compile_fail(ck->c, hi->span, NULL, "write the smaller end first", "this range is empty");
	mpq_mul_2exp(a, a, frac);
	mpq_mul_2exp(b, b, frac);
	mpz_fdiv_q(l, mpq_numref(a), mpq_denref(a));
	mpz_cdiv_q(h, mpq_numref(b), mpq_denref(b));
}

static void
spec_kind(struct check *ck, struct spec *s, const struct type_expr *t, bool signature)
{
	switch (t->name) {
	case TY_BOOL: s->kind = V_BOOL; return;
	case TY_INT: s->kind = V_INT; return;
	case TY_NUM: s->kind = V_NUMBER; return;
	case TY_ANY: s->any = true; return;
	case TY_ONEOF:
		s->kind = V_CATEGORY;
		s->n_levels = t->n_levels;
		s->level = t->level;
		if (t->n_levels > N_LEVEL_MAX)
			compile_fail(ck->c, t->span, NULL, NULL, "a category of more than %d levels", N_LEVEL_MAX);
		return;
	case TY_FIXED:
		s->kind = V_FIXED;
		s->frac = FRAC_DEFAULT;
		s->any_frac = signature && t->param == NULL;
		if (t->param != NULL) {
			int64_t f = known_int(ck, t->param, "the number of fractional bits");
			if (f < 1 || f > FRAC_MAX)
				compile_fail(ck->c, t->param->span, NULL, NULL,
				    "a fixed has 1 to %d fractional bits", FRAC_MAX);
			s->frac = (uint8_t)f;
		}
		return;
	case TY_BITS: {
		s->kind = V_BITS;
		if (signature && t->param->kind == EX_NAME && lookup_here(ck, t->param->text) == NULL)
			return;
		int64_t k = known_int(ck, t->param, "the number of bits");
		if (k < 1 || k > N_BITS_MAX)
			compile_fail(ck->c, t->param->span, NULL, NULL, "bits<k> has 1 to %d bits", N_BITS_MAX);
		s->bits = (uint16_t)k;
		return;
	}
	case TY_ID:
		s->kind = V_ID;
		return;
	}
}

/* A size name of a signature, not yet bound, stands for any length: the call binds it. */
static bool
binds(const struct check *ck, const struct expr *e, bool signature)
{
	(void)ck;
	return signature && e->kind == EX_NAME;
}

const struct spec *
eval_spec(struct check *ck, const struct type_expr *t, bool signature)
{
	struct spec *s = compile_alloc(ck->c, sizeof *s);

	mpz_inits(s->lo, s->hi, NULL);
	spec_kind(ck, s, t, signature);
	s->optional = t->optional;
	if (t->lo != NULL) {
		if (s->kind != V_INT && s->kind != V_FIXED)
			compile_fail(ck->c, t->span, NULL, NULL, "only int and fixed have a range");
		s->ranged = true;
		known_range(ck, t->lo, t->hi, s->frac, s->lo, s->hi);
	}
	if (t->n_dims > N_RANK_MAX)
		compile_fail(ck->c, t->span, NULL, NULL, "an array of more than %d axes", N_RANK_MAX);
	s->shaped = t->n_dims > 0;
	s->rank = t->n_dims;
	for (unsigned i = 0; i < t->n_dims; i++) {
		const struct dim *d = &t->dims[i];
		s->open_dim[i] = d->kind != DIM_SIZE || binds(ck, d->size, signature);
		if (!s->open_dim[i])
			s->dims[i] = known_size(ck, d->size);
	}
	return s;
}

/* What `var w : T` begins at. */
struct val
zero_of(struct check *ck, const struct spec *t, struct span at)
{
	struct val z;

	if (t->kind == V_CATEGORY || t->kind == V_NUMBER || t->kind == V_ID)
		compile_fail(ck->c, at, NULL, "write what it begins with: `= ...`",
		    "this variable has no first value");
	for (unsigned i = 0; i < t->rank; i++)
		if (t->open_dim[i])
			compile_fail(ck->c, at, NULL, NULL, "a variable's sizes are written: `[n]`");
	z = val_ir(ck, (enum val_kind)t->kind, ir_zero(ck->ir, t->frac, t->bits, at_span(ck, at)),
	    t->frac);
	if (t->ranged && (mpz_sgn(t->lo) > 0 || mpz_sgn(t->hi) < 0))
		compile_fail(ck->c, at, NULL, "write what it begins with: `= ...`",
		    "a variable begins at 0, which is not in its range");
	return broadcast_to(ck, z, t->rank, t->dims, at);
}
