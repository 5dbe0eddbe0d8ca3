/* ir_forms.c: the form of an element; see ir_forms.h */
#include "ir_forms.h"

#include <string.h>

#include "internal.h"

enum {
	FORMS_DEPTH = 400,
	SHORT = 64,                      /* a sum of so few is one of elements */
};

/* Elements offset, offset + stride, ... of a value: count of them. */
struct line {
	ir_id id;
	int64_t offset, stride;
	uint64_t count;
};

static uint64_t
coef_of(const mpz_t z)
{
	return mpz_fdiv_ui(z, FORM_PRIME);
}

static struct form
opaque(struct forms *f, const struct line *l)
{
	const struct atom a = { .kind = ATOM_VALUE, .id = forms_same(f, l->id), .offset = l->offset,
		.stride = l->count > 1 ? l->stride : 0, .count = l->count };

	return form_atom(f, &a);
}

static struct form eval(struct forms *, const struct line *);

/* Operand k, elementwise. */
static struct form
operand(struct forms *f, const struct line *l, uint32_t k)
{
	struct line a = *l;

	a.id = f->ir->value[l->id].args[k];
	if (f->ir->value[a.id].rank == 0)
		a.offset = a.stride = 0;
	return eval(f, &a);
}

/* Is the value the same number all along? */
static bool
constant(const struct forms *f, const struct line *l, mpz_t z)
{
	const struct ir_value *v = &f->ir->value[l->id];
	bool same = v->op == IR_CONST;

	for (uint64_t i = 0; same && i < l->count; i++) {
		int64_t at = l->offset + (int64_t)i * l->stride;
		if (at < 0 || (uint64_t)at >= v->n)
			return false;
		same = i == 0 || mpz_cmp(v->data[at], z) == 0;
		mpz_set(z, v->data[at]);
	}
	return same;
}

/* The line that reads the operand of a view, or what is behind it. */
static bool
through_view(const struct forms *f, const struct line *l, struct line *to)
{
	const struct ir_value *v = &f->ir->value[l->id];
	uint64_t at[3] = { 0, l->count > 1, l->count - 1 };
	int64_t p[3];

	for (unsigned k = 0; k < 3; k++) {
		int64_t e = l->offset + (int64_t)at[k] * l->stride;
		p[k] = v->view->offset.base;
		for (unsigned i = v->rank; i-- > 0; e /= (int64_t)v->dims[i])
			p[k] += e % (int64_t)v->dims[i] * v->view->stride[i];
	}
	*to = (struct line){ v->args[0], p[0], p[1] - p[0], l->count };
	return v->view->offset.n == 0 && p[2] == p[0] + (p[1] - p[0]) * (int64_t)(l->count - 1);
}

/* Follows a line to a known value: of AT_MOST's bounds. */
static bool
known_line(const struct forms *f, struct line l, mpz_t z)
{
	while (f->ir->value[l.id].op == IR_VIEW && l.count > 0) {
		struct line to;
		if (!through_view(f, &l, &to))
			return false;
		l = to;
	}
	if (f->ir->value[l.id].rank == 0)
		l.offset = l.stride = 0;
	return constant(f, &l, z);
}

/* x where nothing but views stand before it, so that two ways to write one comparison are one. */
static struct line
seen(const struct forms *f, struct line l)
{
	struct line to;

	while (f->ir->value[l.id].op == IR_VIEW && l.count > 0 && through_view(f, &l, &to))
		l = to;
	if (l.count <= 1)
		l.stride = 0;
	return l;
}

/* What x is made of by a known number: x + k <= b where x <= b - k; true: bound is for that now. */
static bool
shifted(const struct forms *f, struct line *x, mpz_t bound)
{
	const struct ir_value *v = &f->ir->value[x->id];
	mpz_t z;

	mpz_init(z);
	if (v->op == IR_SHL || v->op == IR_SCALE2) {
		mpz_fdiv_q_2exp(bound, bound, (mp_bitcnt_t)v->imm[0]);
	} else if (v->op == IR_ADD || v->op == IR_SUB) {
		struct line b = *x;
		b.id = v->args[1];
		if (!known_line(f, b, z))
			return false;
		if (v->op == IR_ADD)
			mpz_sub(bound, bound, z);
		else
			mpz_add(bound, bound, z);
	} else if (v->op != IR_HOME) {
		return false;
	}
	x->id = v->args[0];
	if (f->ir->value[x->id].rank == 0)
		x->offset = x->stride = 0;
	return true;
}

static struct form
at_most(struct forms *f, struct line x, mpz_t bound)
{
	x = seen(f, x);
	while (shifted(f, &x, bound))
		x = seen(f, x);
	if (!mpz_fits_slong_p(bound)) {
		f->full = true;
		return form_term(f, 0, 0);
	}
	const struct atom a = { .kind = ATOM_AT_MOST, .id = forms_same(f, x.id),
		.part = mpz_get_si(bound), .offset = x.offset, .stride = x.stride, .count = x.count };

	return form_atom(f, &a);
}

/* x == k: at most k, but not at most k - 1. */
static struct form
equality(struct forms *f, const struct line *x, const mpz_t bound)
{
	mpz_t z;

	mpz_init_set(z, bound);
	struct form most = at_most(f, *x, z);
	mpz_sub_ui(z, bound, 1);
	struct form less = at_most(f, *x, z);
	return form_add(f, &most, FORM_PRIME - 1, &less);
}

/* a <= b, a < b or a == b with a known side: x <= bound, or not. */
static struct form
comparison(struct forms *f, const struct line *l)
{
	const struct ir_value *v = &f->ir->value[l->id];
	struct line side[2];
	struct form r;
	mpz_t z;

	mpz_init(z);
	for (unsigned k = 0; k < 2; k++) {
		side[k] = *l;
		side[k].id = v->args[k];
		if (f->ir->value[v->args[k]].rank == 0)
			side[k].offset = side[k].stride = 0;
	}
	if (known_line(f, side[1], z) && mpz_fits_slong_p(z)) {
		if (v->op == IR_EQ)
			return equality(f, &side[0], z);
		if (v->op == IR_LT)
			mpz_sub_ui(z, z, 1);
		return at_most(f, side[0], z);
	}
	if (!known_line(f, side[0], z) || !mpz_fits_slong_p(z))
		return opaque(f, l);
	if (v->op == IR_EQ)
		return equality(f, &side[1], z);
	if (v->op == IR_LE)
		mpz_sub_ui(z, z, 1);
	r = at_most(f, side[1], z);
	return form_one_minus(f, &r);
}

/* A level of a category; the last is what the others leave of the rows that are there. */
static struct form
input(struct forms *f, const struct line *l)
{
	const struct ir_value *v = &f->ir->value[l->id];
	const struct type *t = &f->ir->input[v->imm[0]].type;
	struct atom a = { .kind = ATOM_INPUT, .id = (uint32_t)v->imm[0], .part = v->imm[1],
		.offset = l->offset, .stride = l->count > 1 ? l->stride : 0, .count = l->count };
	struct form r, level;

	if (t->kind != TYPE_CATEGORY || t->n_levels > f->levels_most || a.part < 2 ||
	    a.part != 1 + (int64_t)t->n_levels)
		return form_atom(f, &a);
	a.part = 1;
	r = t->optional ? form_atom(f, &a) : form_term(f, 0, 1);
	for (uint32_t j = 0; j + 1 < t->n_levels; j++) {
		a.part = 2 + (int64_t)j;
		level = form_atom(f, &a);
		r = form_add(f, &r, FORM_PRIME - 1, &level);
	}
	return r;
}

/* Sum along a line of which r is the form. */
static struct form
summed(struct forms *f, const struct form *r, uint64_t count)
{
	struct form s = { .n = 0 };

	for (uint32_t i = 0; i < r->n; i++) {
		struct atom a = { .kind = ATOM_SUM, .id = r->term[i].monomial, .count = count };
		struct form t = r->term[i].monomial == 0 ? form_term(f, 0, count % FORM_PRIME) :
		    form_atom(f, &a);
		s = form_add(f, &s, r->term[i].coef, &t);
	}
	return s;
}

/* Sum of a, or of a times b, along lines. */
static struct form
sum_of(struct forms *f, struct line a, const struct line *b)
{
	struct form s = { .n = 0 };
	uint64_t each = a.count <= SHORT ? 1 : a.count, n = a.count;

	for (uint64_t i = 0; i < n && !f->full; i += each) {
		struct line x = { a.id, a.offset + (int64_t)i * a.stride, a.stride, each };
		struct form r = eval(f, &x);
		if (b != NULL) {
			struct line y = { b->id, b->offset + (int64_t)i * b->stride, b->stride, each };
			struct form t = eval(f, &y);
			r = form_product(f, &r, &t);
		}
		if (each > 1)
			r = summed(f, &r, each);
		s = form_add(f, &s, 1, &r);
	}
	return s;
}

/* One element of a reduction. */
static struct form
reduced(struct forms *f, const struct line *l)
{
	const struct ir_value *v = &f->ir->value[l->id];
	const int64_t e = l->offset, m = v->imm[2], k = v->imm[1];

	if (v->op == IR_SUM)
		return sum_of(f, (struct line){ v->args[0], e / m * k * m + e % m, m, (uint64_t)k },
		    NULL);
	if (v->op == IR_TNMUL) {
		struct line b = { v->args[1], e % m, m, (uint64_t)v->imm[0] };
		return sum_of(f, (struct line){ v->args[0], e / m, k, (uint64_t)v->imm[0] }, &b);
	}
	struct line b = { v->args[1], e % m, m, (uint64_t)k };
	return sum_of(f, (struct line){ v->args[0], e / m * k, 1, (uint64_t)k }, &b);
}

static struct form
concatenated(struct forms *f, const struct line *l)
{
	const struct ir_value *v = &f->ir->value[l->id];
	int64_t from = 0, last = l->offset + l->stride * (int64_t)(l->count - 1);

	for (uint32_t i = 0; i < v->n_args; i++) {
		int64_t n = (int64_t)f->ir->value[v->args[i]].n;
		struct line to = { v->args[i], l->offset - from, l->stride, l->count };
		if (l->offset >= from && l->offset < from + n && last >= from && last < from + n)
			return eval(f, &to);
		from += n;
	}
	return opaque(f, l);
}

/* Which element of b stands at place p of an update; -1: none. */
static int64_t
placed(const struct ir_value *v, const struct ir_value *b, int64_t p)
{
	int64_t at = 0, unit[N_RANK_MAX], u = 1;
	bool done[N_RANK_MAX] = { false };

	p -= v->view->offset.base;
	for (unsigned i = b->rank; i-- > 0; u *= (int64_t)b->dims[i])
		unit[i] = u;
	for (unsigned k = 0; k < b->rank; k++) {
		unsigned best = N_RANK_MAX;
		for (unsigned i = 0; i < b->rank; i++)
			if (!done[i] && (best == N_RANK_MAX ||
			    v->view->stride[i] > v->view->stride[best]))
				best = i;
		int64_t s = v->view->stride[best], i = s > 0 && p > 0 ? p / s : 0;
		done[best] = true;
		i = i >= (int64_t)b->dims[best] ? (int64_t)b->dims[best] - 1 : i;
		p -= i * s;
		at += i * unit[best];
	}
	return p == 0 ? at : -1;
}

static struct form
updated(struct forms *f, const struct line *l)
{
	const struct ir_value *v = &f->ir->value[l->id], *b = &f->ir->value[v->args[1]];
	int64_t last = (int64_t)(l->count - 1), p[3];

	p[0] = placed(v, b, l->offset);
	p[1] = l->count > 1 ? placed(v, b, l->offset + l->stride) : p[0];
	p[2] = placed(v, b, l->offset + last * l->stride);
	struct line to = { v->args[0], l->offset, l->stride, l->count };
	if (v->view->offset.n > 0)
		return opaque(f, l);
	if (p[0] == -1 && p[1] == -1 && p[2] == -1)
		return eval(f, &to);
	if (p[0] == -1 || p[1] == -1 || p[2] != p[0] + last * (p[1] - p[0]))
		return opaque(f, l);
	to = (struct line){ v->args[1], p[0], p[1] - p[0], l->count };
	return eval(f, &to);
}

static struct form
scaled(struct forms *f, const struct line *l, uint64_t k)
{
	struct form none = { .n = 0 }, a = operand(f, l, 0);

	return form_add(f, &none, k, &a);
}

static uint64_t
power(int64_t k)
{
	uint64_t r = 1;

	while (k-- > 0)
		r = form_times(r, 2);
	return r;
}

/* By a known number: what is cut off is not asked about.  By another one, where that is wanted, as
 * if it was known: a mean tells a sum. */
static struct form
divided(struct forms *f, const struct line *l)
{
	const struct ir_value *v = &f->ir->value[l->id];
	struct line b = { v->args[1], l->offset, l->stride, l->count };
	struct form r;
	mpz_t z;

	mpz_init(z);
	if (f->ir->value[b.id].rank == 0)
		b.offset = b.stride = 0;
	if (!known_line(f, b, z) || mpz_sgn(z) == 0)
		return f->dividends ? scaled(f, l, 1) : opaque(f, l);
	r = scaled(f, l, form_times(power(v->imm[0]), form_inverse(coef_of(z))));
	return r;
}

static struct form
elementwise(struct forms *f, const struct line *l)
{
	const struct ir_value *v = &f->ir->value[l->id];
	struct form a = operand(f, l, 0), b = operand(f, l, 1), ab, c;

	switch (v->op) {
	case IR_ADD:
		return form_add(f, &a, 1, &b);
	case IR_SUB:
		return form_add(f, &a, FORM_PRIME - 1, &b);
	case IR_MUL: case IR_AND:
		return form_product(f, &a, &b);
	case IR_SELECT:
		c = operand(f, l, 2);
		b = form_add(f, &b, FORM_PRIME - 1, &c);
		ab = form_product(f, &a, &b);
		return form_add(f, &c, 1, &ab);
	default:
		ab = form_product(f, &a, &b);
		a = form_add(f, &a, 1, &b);
		return form_add(f, &a, v->op == IR_OR ? FORM_PRIME - 1 : FORM_PRIME - 2, &ab);
	}
}

static struct form
eval_op(struct forms *f, const struct line *l)
{
	const struct ir_value *v = &f->ir->value[l->id];
	struct line to;
	struct form a;
	mpz_t z;

	switch (v->op) {
	case IR_CONST:
		mpz_init(z);
		return constant(f, l, z) ? form_term(f, 0, coef_of(z)) : opaque(f, l);
	case IR_INPUT:
		return input(f, l);
	case IR_ADD: case IR_SUB: case IR_MUL: case IR_AND: case IR_OR: case IR_XOR: case IR_SELECT:
		return v->bits > 0 ? opaque(f, l) : elementwise(f, l);
	case IR_NEG:
		return scaled(f, l, FORM_PRIME - 1);
	case IR_SHL: case IR_SCALE2:
		return scaled(f, l, power(v->imm[0]));
	case IR_TRUNC:
		return scaled(f, l, form_inverse(power(v->imm[0])));
	case IR_HOME: case IR_ASSUME:
		return scaled(f, l, 1);
	case IR_DIV:
		return divided(f, l);
	case IR_NOT:
		a = operand(f, l, 0);
		return v->bits > 0 ? opaque(f, l) : form_one_minus(f, &a);
	case IR_LT: case IR_LE:
		return comparison(f, l);
	case IR_EQ:
		return f->ir->value[v->args[0]].bits > 0 ? opaque(f, l) : comparison(f, l);
	case IR_VIEW:
		return through_view(f, l, &to) ? eval(f, &to) : opaque(f, l);
	case IR_CONCAT:
		return concatenated(f, l);
	case IR_UPDATE:
		return updated(f, l);
	case IR_SUM: case IR_TNMUL: case IR_MATMUL:
		return l->count == 1 ? reduced(f, l) : opaque(f, l);
	default:
		return opaque(f, l);
	}
}

static struct form
eval(struct forms *f, const struct line *l)
{
	struct form r = { .n = 0 };

	if (f->depth == FORMS_DEPTH || f->full || l->count == 0) {
		f->full = f->full || l->count > 0;
		return r;
	}
	f->depth++;
	r = eval_op(f, l);
	f->depth--;
	return r;
}

bool
forms_line(struct forms *f, ir_id id, int64_t offset, int64_t stride, uint64_t count,
    struct form *out)
{
	const struct line l = { id, offset, stride, count };

	*out = eval(f, &l);
	return !f->full;
}

bool
forms_element(struct forms *f, ir_id id, uint64_t i, struct form *out)
{
	return forms_line(f, id, (int64_t)i, 0, 1, out);
}
