/* check_dominance.c: do one or two rows make up most of a sum?  See check_support_impl.h
 *
 * The rules are those of statistical offices [Hundepool et al., Statistical Disclosure Control,
 * 2012, 4.2]: (n, k)-dominance with n = 2, and the p% rule.  A contribution is the magnitude of
 * what a row adds.  What is the same in all rows, and counts, are no contributions: taken off,
 * they would leave the sum that they made look even.  So a row's number is taken apart
 * (check_terms.c) into products of columns, under conditions; each such product has to pass alone,
 * and what is left of the row without constants and counts as well.
 *
 * The two greatest of each cell are found by a tournament of pairs: two comparisons for each row,
 * in twice as many rounds as a greatest value takes. */
#include "check_support_impl.h"

/* So many products of two columns for all cells of a matrix, over all rows, are looked at. */
enum { N_CONTRIBUTION_MAX = 1 << 22, ROOM_BITS = 118 };

static const char many_why[] = "very many products, of which the greatest would have to be found";

static const struct ir_value *
value(const struct support *s, ir_id id)
{
	return &s->ck->ir->value[id];
}

static struct span
at(const struct support *s)
{
	return s->at;
}

static ir_id
rows_of(struct support *s, ir_id a, uint64_t from, uint64_t count)
{
	struct ir_affine first = { .base = (int64_t)from };

	return ir_slice(s->ck->ir, a, 0, &first, count, false, at(s));
}

struct greatest {
	ir_id first, second;             /* [m, ...] each */
};

/* Of pairs: the greatest of both, and the second of both. */
static struct greatest
merge(struct support *s, struct greatest a, struct greatest b)
{
	struct check *ck = s->ck;
	ir_id less = bin(ck, IR_LT, a.first, b.first, 0, at(s)), loser;
	struct greatest d;

	d.first = sel(ck, less, b.first, a.first, at(s));
	loser = sel(ck, less, a.first, b.first, at(s));
	d.second = a.second == IR_NONE ? loser : bin(ck, IR_MAX, loser,
	    sel(ck, less, b.second, a.second, at(s)), 0, at(s));
	return d;
}

static struct greatest
part(struct support *s, struct greatest a, uint64_t from, uint64_t count)
{
	a.first = rows_of(s, a.first, from, count);
	if (a.second != IR_NONE)
		a.second = rows_of(s, a.second, from, count);
	return a;
}

static struct greatest
beside(struct support *s, struct greatest a, struct greatest b)
{
	ir_id first[2] = { a.first, b.first }, second[2] = { a.second, b.second };

	if (b.second == IR_NONE)
		second[1] = full_like(s->ck, b.first, 0, value(s, b.first)->frac, at(s));
	return (struct greatest){ ir_concat(s->ck->ir, first, 2, at(s)),
		ir_concat(s->ck->ir, second, 2, at(s)) };
}

/* Of the first axis of x, [rows, cells], which is not below 0; where there is no second it is 0. */
static struct greatest
two_greatest(struct support *s, ir_id x)
{
	struct greatest g = { x, IR_NONE };
	uint64_t n = value(s, x)->dims[0];

	while (n > 1) {
		struct greatest d = merge(s, part(s, g, 0, n / 2), part(s, g, n / 2, n / 2));
		g = n % 2 == 0 ? d : beside(s, d, part(s, g, n - 1, 1));
		n = n / 2 + n % 2;
	}
	if (g.second == IR_NONE)
		g.second = full_like(s->ck, g.first, 0, value(s, g.first)->frac, at(s));
	return g;
}

static ir_id
times(struct support *s, ir_id a, uint32_t k)
{
	return bin(s->ck, IR_MUL, a, const_si(s->ck, (int64_t)k, at(s)), 0, at(s));
}

/* Magnitudes of which sums, a hundred times, have room: the last places go where they must. */
static ir_id
magnitude(struct support *s, ir_id x)
{
	const struct ir_value *v = value(s, x);
	size_t bits = mpz_sizeinbase(v->lo, 2), most = mpz_sizeinbase(v->hi, 2);
	uint64_t rows = v->dims[0];

	bits = bits > most ? bits : most;
	for (bits += 8; rows > 0; rows >>= 1)
		bits++;
	if (bits > ROOM_BITS && v->frac >= bits - ROOM_BITS)
		x = un(s->ck, IR_TRUNC, x, (int64_t)(bits - ROOM_BITS), at(s));
	return mpz_sgn(value(s, x)->lo) >= 0 ? x : un(s->ck, IR_ABS, x, 0, at(s));
}

/* [rows, cells]: are the contributions to each cell even enough? */
static ir_id
even(struct support *s, ir_id x)
{
	const struct policy *p = s->policy;
	struct check *ck = s->ck;
	ir_id d = IR_NONE, a = magnitude(s, x);
	struct greatest g = two_greatest(s, a);
	uint64_t one[1] = { value(s, a)->n / value(s, a)->dims[0] };

	g.first = ir_reshape(ck->ir, g.first, 1, one, at(s));
	g.second = ir_reshape(ck->ir, g.second, 1, one, at(s));
	ir_id total = ir_reduce(ck->ir, IR_SUM, a, 0, at(s));
	if (p->dominance > 0) {
		ir_id two = times(s, bin(ck, IR_ADD, g.first, g.second, 0, at(s)), 100);
		d = not_(ck, bin(ck, IR_LT, times(s, total, p->dominance), two, 0, at(s)), at(s));
	}
	if (p->p_ratio > 0) {
		ir_id two = bin(ck, IR_ADD, times(s, g.first, 100 + p->p_ratio), times(s, g.second, 100), 0,
		    at(s));
		ir_id rest = not_(ck, bin(ck, IR_LT, times(s, total, 100), two, 0, at(s)), at(s));
		d = d == IR_NONE ? rest : and_(ck, d, rest, at(s));
	}
	return d;
}

/* And what is summed over the first axis of x, all others being cells. */
static ir_id
and_even(struct support *s, ir_id ok, ir_id x)
{
	const struct ir_value *v = value(s, x);
	uint64_t dims[2] = { v->dims[0], v->n / v->dims[0] };
	ir_id d = even(s, ir_reshape(s->ck->ir, x, 2, dims, at(s)));

	return ok == IR_NONE ? d : and_(s->ck, ok, d, at(s));
}

/* All products of columns in t; and v, of which they are a part, without what is no magnitude. */
static ir_id
terms_even(struct support *s, const struct row_terms *t, ir_id v)
{
	ir_id ok = IR_NONE;
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->n; i++)
		if (t->term[i].magnitude) {
			ok = and_even(s, ok, terms_value(s, &t->term[i]));
			n++;
		}
	if (n < 2)
		return ok;
	return and_even(s, ok, t->rest == IR_NONE ? v : bin(s->ck, IR_SUB, v, t->rest, 0, at(s)));
}

static bool
asked(const struct support *s, const struct ir_value *v)
{
	return (s->policy->dominance > 0 || s->policy->p_ratio > 0) && !s->of_model &&
	    value(s, v->args[0])->n > 0;
}

/* Of a count, or a sum of what is public, IR_NONE. */
static ir_id
told(struct support *s, const struct ir_value *v, ir_id ok)
{
	if (ok == IR_NONE)
		return ok;
	s->told.dominance = true;
	return ir_reshape(s->ck->ir, ok, v->rank, v->dims, at(s));
}

/* imm0 x imm1 x imm2, the rows first. */
static ir_id
rows_first(struct support *s, ir_id x, const void *arg)
{
	const int64_t *imm = arg;
	uint64_t dims[3] = { (uint64_t)imm[1], (uint64_t)imm[0], (uint64_t)imm[2] };
	struct ir_view w = { .stride = { imm[2], imm[1] * imm[2], 1 } };

	return ir_view(s->ck->ir, x, 3, dims, &w, at(s));
}

ir_id
dominance_of_sum(struct support *s, const struct ir_value *v)
{
	struct row_terms t;

	if (!asked(s, v) || is_count(s->ck, v->args[0]) || !terms_of(s, v->args[0], &t))
		return IR_NONE;
	terms_map(s, &t, rows_first, v->imm);
	return told(s, v, terms_even(s, &t, rows_first(s, v->args[0], v->imm)));
}

/* An operand of a product over rows, repeated over all cells: [rows, m, n]. */
struct repeated {
	uint64_t dims[3];
	struct ir_view view;
};

static ir_id
repeat(struct support *s, ir_id x, const void *arg)
{
	const struct repeated *r = arg;

	return ir_view(s->ck->ir, x, 3, r->dims, &r->view, at(s));
}

static bool
factor(struct support *s, const struct ir_value *v, int i, const struct repeated *r,
    struct row_terms *t)
{
	ir_id id = v->args[i];
	struct layout l = layout_of(s, id);

	if (l.state == LAYOUT_ROWS) {
		if (!terms_of(s, id, t))
			return false;
	} else {
		l.rows = r->dims[0];
		l.stride = v->op == IR_MATMUL && i == 0 ? 1 : value(s, id)->n / l.rows;
		if (!terms_plain(s, id, rows_alike(s, id, value(s, id), l), t))
			return false;
	}
	terms_map(s, t, repeat, r);
	return true;
}

ir_id
dominance_of_product(struct support *s, const struct ir_value *v)
{
	bool tn = v->op == IR_TNMUL;
	uint64_t k = (uint64_t)v->imm[tn ? 0 : 1], m = (uint64_t)v->imm[tn ? 1 : 0];
	uint64_t n = (uint64_t)v->imm[2];
	struct repeated r[2] = {
		{ { k, m, n }, { .stride = { tn ? (int64_t)m : 1, tn ? 1 : (int64_t)k, 0 } } },
		{ { k, m, n }, { .stride = { (int64_t)n, 0, 1 } } },
	};
	struct row_terms t[2], both;
	uint32_t any = 0;

	if (!asked(s, v) || value(s, v->args[1])->n == 0)
		return IR_NONE;
	for (int i = 0; i < 2; i++) {
		if (!factor(s, v, i, &r[i], &t[i]))
			return IR_NONE;
		for (uint32_t j = 0; j < t[i].n; j++)
			any += t[i].term[j].magnitude;
	}
	if (any == 0)
		return IR_NONE;
	if (k > N_CONTRIBUTION_MAX / n / m) {
		s->told.shares = true;
		s->told.why = s->told.why == NULL ? many_why : s->told.why;
		return IR_NONE;
	}
	if (!terms_product(s, &t[0], &t[1], &both))
		return IR_NONE;
	ir_id a = repeat(s, v->args[0], &r[0]), b = repeat(s, v->args[1], &r[1]);
	return told(s, v, terms_even(s, &both, bin(s->ck, IR_MUL, a, b, 0, at(s))));
}
