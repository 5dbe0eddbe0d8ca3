/* check_library.c: builtins for the library `stats`: sums about the mean, bins, and what the
 * library promises about its own formulas.
 *
 * Sums about the mean are exact: m is any number near the mean, the same in all terms, and
 * Sxx - 2*m*Sx + n*m*m is the sum of (x - m)^2 whatever m is; it is truncated once. */
#include "check_impl.h"

enum {
	FRAC_ABOUT = 48,                /* of sums about the mean, where there is room */
	ABOUT_BITS = 64,                /* what a root of them is cheap for */
	SUM_BITS = 126,                 /* of what a sum is made of, in the widest ring */
	CANCEL_BITS = 3,                /* terms of the sum are up to four times as great, and rounded */
	MEAN_FRAC_MIN = 16,
	N_BIN_MAX = 1 << 16,
	N_EDGE_APART = 64,              /* so many columns would take more memory than instructions */
};

struct val
number_column(struct check *ck, struct call_args *a, unsigned i)
{
	struct val x = numeric_arg(ck, a, i);

	if (x.rank != 1)
		compile_fail(ck->c, a->expr[i]->span, NULL, "flatten(x) has one axis",
		    "this needs a column, and this is %s", type_text(ck, &x));
	return x.kind == V_BOOL ? to_kind(ck, x, V_INT, 0, a->call->span) : x;
}

/* What the sums about the means are made of. */
struct moments {
	ir_id x, y;             /* 0 where the pair is not complete */
	ir_id sx, sy, sxy;
	ir_id n;
	uint64_t rows;
	bool known;             /* n is the number of rows */
	unsigned fx, fy;
};

static struct moments
moments(struct check *ck, const struct val *x, const struct val *y, struct span at)
{
	struct span s = at_span(ck, at);
	struct moments m = { .rows = x->n, .known = x->p == IR_NONE && y->p == IR_NONE };
	ir_id p = both_present(ck, x->p, y->p, s);
	struct val cx = *x, cy = *y;

	if (cx.p != p) {
		cx.p = p;
		cx.masked = false;
	}
	if (cy.p != p) {
		cy.p = p;
		cy.masked = false;
	}
	m.x = masked_value(ck, &cx, at);
	m.y = x->v == y->v && x->p == y->p ? m.x : masked_value(ck, &cy, at);
	m.sx = reduce_all(ck, IR_SUM, m.x, s);
	m.sy = m.x == m.y ? m.sx : reduce_all(ck, IR_SUM, m.y, s);
	m.sxy = ir_matmul(ck->ir, m.x, m.y, s);
	m.n = m.known ? const_si(ck, (int64_t)x->n, s) : reduce_all(ck, IR_SUM, p, s);
	m.fx = ir_frac(ck, x->v);
	m.fy = ir_frac(ck, y->v);
	return m;
}

/* How many fractional bits the mean of a column of `frac` has: the default, or fewer where n times
 * its square has no room for them, but as many as the column. */
static unsigned
mean_frac(struct check *ck, const struct moments *m, unsigned frac)
{
	const struct ir_value *v = &ck->ir->value[m->sxy];
	size_t lo = mpz_sizeinbase(v->lo, 2), hi = mpz_sizeinbase(v->hi, 2);
	size_t bits = (lo > hi ? lo : hi) + CANCEL_BITS;
	size_t room = bits < SUM_BITS ? SUM_BITS - bits : 0;

	if (frac >= FRAC_DEFAULT)
		return frac;
	if (m->fx < FRAC_DEFAULT && m->fy < FRAC_DEFAULT)
		room /= 2;
	if (frac == 0 && room < MEAN_FRAC_MIN)
		room = MEAN_FRAC_MIN;
	return frac + room < FRAC_DEFAULT ? frac + (unsigned)room : FRAC_DEFAULT;
}

/* The mean of a column of `frac` fractional bits, with f. */
static ir_id
near_mean(struct check *ck, ir_id sum, ir_id n, unsigned frac, unsigned f,
    const struct ir_value *x, struct span s)
{
	mpz_t lo, hi;

	mpz_init_set(lo, x->lo);
	mpz_init_set(hi, x->hi);
	mpz_mul_2exp(lo, lo, f - frac);
	mpz_mul_2exp(hi, hi, f - frac);
	mpz_sub_ui(lo, lo, 2);
	mpz_add_ui(hi, hi, 2);
	ir_id m = bin(ck, IR_DIV, sum, n, (int64_t)f - frac, s);
	if (ck->ir->value[n].open == SECRET && mpz_sgn(lo) > 0)
		mpz_set_ui(lo, 0);
	if (ck->ir->value[n].open == SECRET && mpz_sgn(hi) < 0)
		mpz_set_si(hi, 0);
	if (ck->ir->value[m].op == IR_DIV) {
		ir_refine(ck->ir, m, lo, hi);
		ck->ir->value[m].imm[1] = 1;
	}
	return m;
}

/* Sxy - mx*Sy - my*Sx + n*mx*my, every term with the bits of mx*my. */
static ir_id
about_means(struct check *ck, const struct moments *m, struct span s)
{
	ir_id mx = near_mean(ck, m->sx, m->n, m->fx, mean_frac(ck, m, m->fx), &ck->ir->value[m->x], s);
	ir_id my = m->x == m->y ? mx :
	    near_mean(ck, m->sy, m->n, m->fy, mean_frac(ck, m, m->fy), &ck->ir->value[m->y], s);
	unsigned top = ir_frac(ck, mx) + ir_frac(ck, my);
	ir_id d = align(ck, m->sxy, top, s), cross;

	if (m->x == m->y) {
		cross = un(ck, IR_SCALE2, align(ck, bin(ck, IR_MUL, mx, m->sx, 0, s), top, s), 1, s);
	} else {
		ir_id a = align(ck, bin(ck, IR_MUL, mx, m->sy, 0, s), top, s);
		ir_id b = align(ck, bin(ck, IR_MUL, my, m->sx, 0, s), top, s);
		cross = bin(ck, IR_ADD, a, b, 0, s);
	}
	ir_id mm = bin(ck, IR_MUL, bin(ck, IR_MUL, mx, my, 0, s), m->n, 0, s);
	return bin(ck, IR_ADD, bin(ck, IR_SUB, d, cross, 0, s), mm, 0, s);
}

/* |sum of (x-mx)(y-my)| <= n * (width of x) * (width of y), and no square sum is below 0. */
static void
refine_about(struct check *ck, ir_id d, const struct moments *m, unsigned frac)
{
	const struct ir_value *x = &ck->ir->value[m->x], *y = &ck->ir->value[m->y];
	mpz_t wx, wy, lo;

	mpz_inits(wx, wy, lo, NULL);
	mpz_sub(wx, x->hi, x->lo);
	mpz_add_ui(wx, wx, 2);
	mpz_sub(wy, y->hi, y->lo);
	mpz_add_ui(wy, wy, 2);
	mpz_mul(wx, wx, wy);
	mpz_mul_ui(wx, wx, m->rows);
	mpz_mul_2exp(wx, wx, frac - m->fx - m->fy);
	if (m->x != m->y)
		mpz_neg(lo, wx);
	ir_refine(ck->ir, d, lo, wx);
}

/* Whole numbers of which n*Sxy fits into the ring of 64 bits. */
static bool
fits_times_count(struct check *ck, const struct moments *m)
{
	const struct ir_value *v = &ck->ir->value[m->sxy];

	return m->fx + m->fy == 0 && mpz_sizeinbase(v->lo, 2) + mpz_sizeinbase(v->hi, 2) <
	    2 * 62 - 2 * mpz_sizeinbase(ck->ir->value[m->n].hi, 2);
}

/* With a secret n: (n*Sxy - Sx*Sy) / n. */
static struct val
about_by_count(struct check *ck, const struct moments *m, unsigned f, struct span at)
{
	struct span s = at_span(ck, at);
	ir_id d = bin(ck, IR_SUB, bin(ck, IR_MUL, m->n, m->sxy, 0, s), bin(ck, IR_MUL, m->sx, m->sy, 0, s),
	    0, s);
	mpz_t zero;

	mpz_init(zero);
	if (m->x == m->y)
		ir_refine(ck->ir, d, zero, ck->ir->value[d].hi);
	struct val q = val_ir(ck, m->fx + m->fy > 0 ? V_FIXED : V_INT, d, f);
	return divide_parts(ck, q, val_ir(ck, V_INT, m->n, 0), at);
}

/* With f fractional bits, or as many more as d has, d has room for, and deviations may need. */
static unsigned
finer(struct check *ck, ir_id d, unsigned f)
{
	const struct ir_value *v = &ck->ir->value[d];
	unsigned low = (unsigned)mpz_sizeinbase(v->lo, 2), high = (unsigned)mpz_sizeinbase(v->hi, 2);
	unsigned bits = low > high ? low : high, all = ir_frac(ck, d);
	unsigned most = all < FRAC_ABOUT ? all : FRAC_ABOUT;
	unsigned room = bits < all ? ABOUT_BITS : ABOUT_BITS + all > bits ? ABOUT_BITS + all - bits : 0;

	most = most < room ? most : room;
	return most > f ? most : f;
}

static struct val
sum_about(struct check *ck, const struct val *x, const struct val *y, struct span at)
{
	struct span s = at_span(ck, at);
	unsigned f = x->frac > y->frac ? x->frac : y->frac;

	if (f < FRAC_DEFAULT)
		f = FRAC_DEFAULT;
	if (x->n == 0)
		return val_ir(ck, V_FIXED, ir_const_si(ck->ir, 0, f, s), f);
	struct moments m = moments(ck, x, y, at);
	if (!m.known && fits_times_count(ck, &m))
		return about_by_count(ck, &m, f, at);
	ir_id d = about_means(ck, &m, s);
	refine_about(ck, d, &m, ir_frac(ck, d));
	if (ir_frac(ck, d) < f)                  /* a wide range of few fractional bits */
		f = ir_frac(ck, d);
	return settle(ck, val_ir(ck, V_FIXED, d, finer(ck, d, f)), at);
}

struct val
builtin_squares_about_mean(struct check *ck, struct call_args *a)
{
	struct val x = number_column(ck, a, 0);

	return sum_about(ck, &x, &x, a->call->span);
}

struct val
builtin_products_about_means(struct check *ck, struct call_args *a)
{
	struct val x = number_column(ck, a, 0), y = number_column(ck, a, 1);

	if (x.n != y.n)
		compile_fail(ck->c, a->call->span, NULL, NULL, "columns of %llu and %llu rows",
		    (unsigned long long)x.n, (unsigned long long)y.n);
	return sum_about(ck, &x, &y, a->call->span);
}

/* What the library promises about its own formulas is no function for programs: a promise that does
 * not hold would open what it should not. */
void
library_only(struct check *ck, const struct call_args *a)
{
	if (!ck->c->module[a->call->span.file].embedded)
		compile_fail(ck->c, a->call->span, NULL, "use / instead",
		    "%s is for the standard library only", a->call->text);
}

struct val
builtin_quotient(struct check *ck, struct call_args *a)
{
	library_only(ck, a);
	return divide_parts(ck, numeric_arg(ck, a, 0), numeric_arg(ck, a, 1), a->call->span);
}

/* x, which lies in lo..hi: two units of the last place more are left for what is rounded. */
static struct val
promised(struct check *ck, struct call_args *a, const mpq_t lo, const mpq_t hi)
{
	struct val x = numeric_arg(ck, a, 0);
	mpq_t q[2];
	mpz_t raw[2];

	library_only(ck, a);
	for (int i = 0; i < 2; i++) {
		mpz_init(raw[i]);
		mpq_init(q[i]);
		mpq_mul_2exp(q[i], i == 0 ? lo : hi, x.kind == V_FIXED ? x.frac : 0);
	}
	mpz_fdiv_q(raw[0], mpq_numref(q[0]), mpq_denref(q[0]));
	mpz_cdiv_q(raw[1], mpq_numref(q[1]), mpq_denref(q[1]));
	if (x.kind == V_FIXED) {
		mpz_sub_ui(raw[0], raw[0], 2);
		mpz_add_ui(raw[1], raw[1], 2);
	}
	if (ck->ir->value[x.v].op != IR_CONST)
		ir_refine(ck->ir, x.v, raw[0], raw[1]);
	return x;
}

struct val
builtin_within_one(struct check *ck, struct call_args *a)
{
	mpq_t q[2];

	mpq_inits(q[0], q[1], NULL);
	mpq_set_si(q[0], -1, 1);
	mpq_set_si(q[1], 1, 1);
	return promised(ck, a, q[0], q[1]);
}

/* Argument i, or the least or greatest value that it can have. */
static void
end_of(struct check *ck, struct call_args *a, unsigned i, bool least, mpq_t end)
{
	if (known_rational(ck, &a->val[i], end))
		return;
	struct val b = numeric_arg(ck, a, i);
	const struct ir_value *v = &ck->ir->value[b.v];

	mpq_set_z(end, least ? v->lo : v->hi);
	mpq_div_2exp(end, end, v->frac);
}

struct val
builtin_within(struct check *ck, struct call_args *a)
{
	mpq_t q[2];

	mpq_inits(q[0], q[1], NULL);
	end_of(ck, a, 1, true, q[0]);
	end_of(ck, a, 2, false, q[1]);
	/* What is missing is 0. */
	if (a->val[0].p != IR_NONE && mpq_sgn(q[0]) > 0)
		mpq_set_ui(q[0], 0, 1);
	if (a->val[0].p != IR_NONE && mpq_sgn(q[1]) < 0)
		mpq_set_ui(q[1], 0, 1);
	return promised(ck, a, q[0], q[1]);
}

/* The range of y, and 0, at x's fractional bits. */
struct val
builtin_within_like(struct check *ck, struct call_args *a)
{
	struct val y = numeric_arg(ck, a, 1);
	const struct ir_value *v = &ck->ir->value[y.v];
	mpq_t q[2];

	mpq_inits(q[0], q[1], NULL);
	if (mpz_sgn(v->lo) < 0)
		mpq_set_z(q[0], v->lo);
	if (mpz_sgn(v->hi) > 0)
		mpq_set_z(q[1], v->hi);
	for (unsigned i = 0; i < 2; i++)
		mpq_div_2exp(q[i], q[i], v->frac);
	return promised(ck, a, q[0], q[1]);
}

/* By its range, which is no secret. */
struct val
builtin_magnitude(struct check *ck, struct call_args *a)
{
	struct val x = numeric_arg(ck, a, 0);
	const struct ir_value *v = &ck->ir->value[x.v];
	mpq_t q;

	library_only(ck, a);
	mpq_init(q);
	mpz_abs(mpq_numref(q), mpz_cmpabs(v->lo, v->hi) > 0 ? v->lo : v->hi);
	mpq_div_2exp(q, q, v->frac);
	return val_number(ck, q, x.kind == V_FIXED);
}

struct val
builtin_greatest(struct check *ck, struct call_args *a)
{
	struct val x = numeric_arg(ck, a, 0);
	mpq_t q;

	library_only(ck, a);
	mpq_init(q);
	mpq_set_z(q, ck->ir->value[x.v].hi);
	mpq_div_2exp(q, q, ir_frac(ck, x.v));
	return val_number(ck, q, false);
}

struct val
builtin_fraction(struct check *ck, struct call_args *a)
{
	struct val x = numeric_arg(ck, a, 0);
	mpq_t q;

	library_only(ck, a);
	mpq_init(q);
	mpq_set_ui(q, x.kind == V_FIXED ? x.frac : 0, 1);
	return val_number(ck, q, false);
}

/* Edge j of the bins, exactly. */
static void
edge(mpq_t e, const mpq_t lo, const mpq_t hi, uint64_t j, uint64_t bins)
{
	mpq_t t;

	mpq_init(t);
	mpq_sub(e, hi, lo);
	mpq_set_ui(t, j, bins);
	mpq_canonicalize(t);
	mpq_mul(e, e, t);
	mpq_add(e, e, lo);
}

static struct names *
bin_names(struct check *ck, const mpq_t lo, const mpq_t hi, uint64_t bins)
{
	struct names *l = names_new(ck, bins);
	mpq_t a, b;

	mpq_inits(a, b, NULL);
	for (uint64_t j = 0; j < bins; j++) {
		edge(a, lo, hi, j, bins);
		edge(b, lo, hi, j + 1, bins);
		l->name[j] = compile_printf(ck->c, "%s%.10g, %.10g]", j == 0 ? "[" : "(", mpq_get_d(a),
		    mpq_get_d(b));
	}
	return l;
}

/* Raw edges nearest to the exact ones, as values of a table are rounded; of a whole x the whole
 * numbers below.  The first stands one lower, since what equals it is counted. */
static mpz_t *
bin_edges(struct check *ck, const mpq_t lo, const mpq_t hi, uint64_t bins, const struct val *x)
{
	mpz_t *data = compile_alloc(ck->c, (bins + 1) * sizeof *data);
	unsigned f = ir_frac(ck, x->v);
	mpq_t e, half;

	mpq_inits(e, half, NULL);
	mpq_set_ui(half, 1, 2);
	for (uint64_t j = 0; j <= bins; j++) {
		mpz_init(data[j]);
		edge(e, lo, hi, j, bins);
		mpq_mul_2exp(e, e, f);
		if (f > 0)
			mpq_add(e, e, half);
		if (f == 0 && j == 0)
			mpz_cdiv_q(data[j], mpq_numref(e), mpq_denref(e));
		else
			mpz_fdiv_q(data[j], mpq_numref(e), mpq_denref(e));
		if (j == 0)
			mpz_sub_ui(data[j], data[j], 1);
	}
	return data;
}

/* How many of x are at most each of n edges. */
static ir_id
count_upto(struct check *ck, const struct val *x, ir_id column, mpz_t *edge, uint64_t n,
    struct span s)
{
	const ir_id e = ir_const_array(ck->ir, edge, 1, &n, ir_frac(ck, x->v), s);
	ir_id upto = bin(ck, IR_LE, column, e, 0, s);

	if (x->p != IR_NONE)
		upto = and_(ck, upto, trailing_axis(ck, x->p, s), s);
	return ir_reduce(ck->ir, IR_SUM, upto, 0, s);
}

/* The same; few edges one after the other, so that x is not there many times. */
static ir_id
counts_upto(struct check *ck, const struct val *x, mpz_t *edge, uint64_t n, struct span s)
{
	ir_id column = trailing_axis(ck, x->v, s), part[N_EDGE_APART];

	if (n > N_EDGE_APART)
		return count_upto(ck, x, column, edge, n, s);
	for (uint64_t j = 0; j < n; j++)
		part[j] = count_upto(ck, x, column, &edge[j], 1, s);
	return ir_concat(ck->ir, part, (uint32_t)n, s);
}

struct val
builtin_bin_counts(struct check *ck, struct call_args *a)
{
	struct val x = number_column(ck, a, 0), y;
	struct span at = a->call->span, s = at_span(ck, at);
	int64_t bins = int_arg(ck, a, 3, "the number of bins");
	mpq_t lo, hi;

	mpq_inits(lo, hi, NULL);
	if (!known_rational(ck, &a->val[1], lo) || !known_rational(ck, &a->val[2], hi))
		compile_fail(ck->c, at, NULL, NULL,
		    "the ends of a histogram must be known before the program runs");
	if (bins < 1 || bins > N_BIN_MAX || mpq_cmp(lo, hi) >= 0)
		compile_fail(ck->c, at, NULL, NULL,
		    "a histogram has 1 to %d bins, between two ends, the lower first",
		    N_BIN_MAX);
	ir_id upto = counts_upto(ck, &x, bin_edges(ck, lo, hi, (uint64_t)bins, &x),
	    (uint64_t)bins + 1, s);
	struct ir_affine first = { .base = 0 }, second = { .base = 1 };
	ir_id below = ir_slice(ck->ir, upto, 0, &first, (uint64_t)bins, false, s);
	ir_id above = ir_slice(ck->ir, upto, 0, &second, (uint64_t)bins, false, s);
	ir_id d = bin(ck, IR_SUB, above, below, 0, s);
	refine_si(ck, d, 0, (int64_t)x.n);
	ck->ir->value[d].rows_once = true;
	y = val_ir(ck, V_INT, d, 0);
	y.label[0] = bin_names(ck, lo, hi, (uint64_t)bins);
	return y;
}

struct val
builtin_product_within(struct check *ck, struct call_args *a)
{
	mpq_t limit;
	mpz_t most;

	library_only(ck, a);
	mpq_init(limit);
	mpz_init(most);
	if (!known_rational(ck, &a->val[2], limit))
		compile_fail(ck->c, a->expr[2]->span, val_note(ck, &a->val[2]), NULL,
		    "an end of a range must be known");
	/* Below a power of two, which is what it needs room for. */
	mpz_cdiv_q(most, mpq_numref(limit), mpq_denref(limit));
	mpz_sub_ui(most, most, 1);
	return product_within(ck, numeric_arg(ck, a, 0), numeric_arg(ck, a, 1), most, a->call->span);
}

static bool
is_zero_or_one(const struct ir_value *v)
{
	return mpz_sgn(v->lo) >= 0 && mpz_cmp_ui(v->hi, 1) <= 0;
}

/* Not a number, of which all but 0 would be one group: then a column that was given by mistake, or
 * sexes that are 1 and 2, would be compared without a word. */
struct val
builtin_groups(struct check *ck, struct call_args *a)
{
	struct val x = a->val[0];
	int64_t most = a->expr[1] == NULL ? INT64_MAX : int_arg(ck, a, 1, "a number of groups");

	library_only(ck, a);
	if (x.kind == V_INT && x.v != IR_NONE && is_zero_or_one(&ck->ir->value[x.v]))
		x.kind = V_BOOL;
	if (x.kind != V_BOOL && x.kind != V_CATEGORY)
		compile_fail(ck->c, a->expr[0]->span, NULL,
		    "compare it: `x == 2`, `x > 60`; or declare it as oneof(\"m\" = \"1\", \"f\" = \"2\"); "
		    "of 0, 1, ...: `x as oneof(\"a\", \"b\")`",
		    "groups are a bool or a category, and this is %s", type_text(ck, &x));
	if (x.kind == V_CATEGORY && x.n_levels > most)
		compile_fail(ck->c, a->expr[0]->span, NULL,
		    "compare it with a level: `x == \"...\"`; anova and kruskal_wallis take more groups",
		    "%lld groups are compared here, and this has %u levels", (long long)most, x.n_levels);
	return x;
}

struct val
builtin_labelled_like(struct check *ck, struct call_args *a)
{
	struct val x = a->val[0], y = a->val[1];

	library_only(ck, a);
	if (x.rank > 0 && y.rank > 0 && x.dims[x.rank - 1] == y.dims[y.rank - 1])
		x.label[x.rank - 1] = y.label[y.rank - 1];
	return x;
}

/* One of x for the intercept, and one for each column of X. */
struct val
builtin_with_terms(struct check *ck, struct call_args *a)
{
	struct val x = a->val[0], of = a->val[1];

	library_only(ck, a);
	if (x.rank != 1 || of.rank != 2 || x.dims[0] != of.dims[1] + 1)
		compile_fail(ck->c, a->call->span, NULL, NULL,
		    "terms are an intercept and the columns of a matrix");
	const struct names *column = of.label[1];
	struct names *l = names_new(ck, x.dims[0]);
	l->name[0] = "(Intercept)";
	for (uint64_t j = 0; j < of.dims[1]; j++)
		l->name[j + 1] = column != NULL ? column->name[j] :
		    compile_printf(ck->c, "x%llu", (unsigned long long)j + 1);
	x.label[0] = l;
	return x;
}
