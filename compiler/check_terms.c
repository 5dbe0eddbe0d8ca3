/* check_terms.c: a number of a row as a sum of products of its columns, for check_dominance.c.
 *
 * (x + 1000) * (2 - c), of columns x and c, c a bool, is x, and x where c, and what is no
 * magnitude: a constant, and constants where c.  Factors that are the same in all rows are left
 * out of terms: shares do not depend on them.  Of a function that is no sum or product,
 * f(x + 1000), the magnitude is what it differs by from f(1000), a row of zeros. */
#include "check_support_impl.h"

#include <string.h>

static const char not_followed_why[] =
    "numbers of rows of which it cannot be told how much each of them adds";

static const struct ir_value *
value(const struct support *s, ir_id id)
{
	return &s->ck->ir->value[id];
}

static bool
fail(struct support *s, const char *why)
{
	if (s->told.why == NULL) {
		s->told.why = why;
		s->told.shares = true;
	}
	return false;
}

static bool
same_term(const struct row_term *a, const struct row_term *b)
{
	return a->mask == b->mask && a->magnitude == b->magnitude && (a->num == b->num ||
	    (a->of[0] != IR_NONE && a->of[0] == b->of[0] && a->of[1] == b->of[1]));
}

static bool
add_term(struct support *s, struct row_terms *d, const struct row_term *a)
{
	for (uint32_t i = 0; i < d->n; i++)
		if (same_term(&d->term[i], a))
			return true;
	if (d->n == N_TERM_MAX)
		return fail(s, "a sum of very many products");
	d->term[d->n++] = *a;
	return true;
}

static struct row_term
one_term(ir_id mask, ir_id num, bool magnitude)
{
	return (struct row_term){ .mask = mask, .num = num, .of = { IR_NONE, IR_NONE },
		.magnitude = magnitude };
}

static void
begin(struct row_terms *d)
{
	d->n = 0;
	d->rest = IR_NONE;
}

bool
terms_plain(struct support *s, ir_id id, bool alike, struct row_terms *d)
{
	const struct ir_value *v = value(s, id);
	mpz_t zero;

	mpz_init(zero);
	begin(d);
	if (ir_is_const(s->ck->ir, id, &zero) && mpz_sgn(zero) == 0)
		return true;
	bool truth = v->bits == 0 && v->frac == 0 && mpz_sgn(v->lo) >= 0 && mpz_cmp_ui(v->hi, 1) <= 0;
	struct row_term t = one_term(truth && !alike ? id : IR_NONE, truth || alike ? IR_NONE : id, false);

	d->rest = id;
	return add_term(s, d, &t);
}

/* Of an operand of an elementwise value of layout l. */
static bool
operand(struct support *s, ir_id id, const struct ir_value *of, struct layout l,
    struct row_terms *d)
{
	return layout_of(s, id).state == LAYOUT_ROWS ? terms_of(s, id, d) :
	    terms_plain(s, id, rows_alike(s, id, of, l), d);
}

static ir_id
rest_or_zero(struct support *s, const struct row_terms *t, ir_id of)
{
	return t->rest != IR_NONE ? t->rest :
	    full_like(s->ck, of, 0, value(s, of)->frac, s->at);
}

static bool
add_all(struct support *s, struct row_terms *d, const struct row_terms *a, ir_id mask, bool inside)
{
	if (mask != IR_NONE && !inside)
		mask = not_(s->ck, mask, s->at);
	for (uint32_t i = 0; i < a->n; i++) {
		struct row_term t = a->term[i];
		if (mask != IR_NONE)
			t.mask = t.mask == IR_NONE ? mask : and_(s->ck, t.mask, mask, s->at);
		if (!add_term(s, d, &t))
			return false;
	}
	return true;
}

static bool
of_sum(struct support *s, const struct ir_value *v, const struct row_terms *a,
    const struct row_terms *b, struct row_terms *d)
{
	if (a->rest != IR_NONE || b->rest != IR_NONE)
		d->rest = bin(s->ck, v->op, rest_or_zero(s, a, v->args[0]), rest_or_zero(s, b, v->args[1]), 0,
		    s->at);
	return add_all(s, d, a, IR_NONE, true) && add_all(s, d, b, IR_NONE, true);
}

static bool
of_choice(struct support *s, const struct ir_value *v, const struct row_terms *a,
    const struct row_terms *b, struct row_terms *d)
{
	ir_id c = v->args[0];

	if (a->rest != IR_NONE || b->rest != IR_NONE)
		d->rest = sel(s->ck, c, rest_or_zero(s, a, v->args[1]), rest_or_zero(s, b, v->args[2]),
		    s->at);
	return add_all(s, d, a, c, true) && add_all(s, d, b, c, false);
}

static ir_id
either(struct support *s, enum ir_op op, ir_id a, ir_id b)
{
	return a == IR_NONE ? b : b == IR_NONE ? a : bin(s->ck, op, a, b, 0, s->at);
}

bool
terms_product(struct support *s, const struct row_terms *a, const struct row_terms *b,
    struct row_terms *d)
{
	begin(d);
	if (a->rest != IR_NONE && b->rest != IR_NONE)
		d->rest = bin(s->ck, IR_MUL, a->rest, b->rest, 0, s->at);
	for (uint32_t i = 0; i < a->n; i++)
		for (uint32_t k = 0; k < b->n; k++) {
			const struct row_term *p = &a->term[i], *q = &b->term[k];
			struct row_term t = one_term(p->mask == q->mask ? p->mask : either(s, IR_AND, p->mask, q->mask),
			    IR_NONE, p->magnitude || q->magnitude);
			if (p->num != IR_NONE && q->num != IR_NONE) {
				t.of[0] = p->num < q->num ? p->num : q->num;
				t.of[1] = p->num < q->num ? q->num : p->num;
			}
			t.num = either(s, IR_MUL, p->num, q->num);
			if (!add_term(s, d, &t))
				return false;
		}
	return true;
}

/* What stands for an operand in a row of zeros, as far as its range allows. */
static ir_id
base(struct support *s, ir_id id, const struct row_terms *t, bool divisor)
{
	const struct ir_value *v = value(s, id), *r;
	struct check *ck = s->ck;
	mpz_t z, lo, hi;

	mpz_init(z);
	mpz_init_set(lo, v->lo);
	mpz_init_set(hi, v->hi);
	unsigned frac = v->frac;
	if (t->rest == IR_NONE) {
		mpz_set(z, mpz_sgn(lo) > 0 ? lo : mpz_sgn(hi) < 0 || divisor ? hi : z);
		return ir_const(ck->ir, z, frac, s->at);
	}
	r = value(s, t->rest);
	bool low = mpz_cmp(r->lo, lo) < 0, high = mpz_cmp(r->hi, hi) > 0;
	ir_id d = t->rest;
	if (low)
		d = bin(ck, IR_MAX, d, ir_const(ck->ir, lo, frac, s->at), 0, s->at);
	return high ? bin(ck, IR_MIN, d, ir_const(ck->ir, hi, frac, s->at), 0, s->at) : d;
}

/* Any function of a row's numbers. */
static bool
of_function(struct support *s, ir_id id, const struct ir_value *v, struct layout l,
    struct row_terms *d)
{
	bool quotient = v->op == IR_DIV || v->op == IR_FDIV || v->op == IR_MOD;
	ir_id arg[2] = { IR_NONE, IR_NONE };
	struct row_terms t;
	bool alike = true;

	if (ir_ops[v->op].class != CLASS_EACH || v->n_args < 1 || v->n_args > 2 || v->bits > 0)
		return fail(s, not_followed_why);
	for (uint32_t i = 0; i < v->n_args; i++) {
		if (value(s, v->args[i])->bits > 0)
			return fail(s, not_followed_why);
		if (!operand(s, v->args[i], v, l, &t))
			return false;
		arg[i] = base(s, v->args[i], &t, quotient && i == 1);
		for (uint32_t k = 0; k < t.n; k++)
			alike = alike && (t.term[k].magnitude || (t.term[k].mask == IR_NONE &&
			    t.term[k].num == IR_NONE));
	}
	d->rest = v->n_args == 1 ? un(s->ck, v->op, arg[0], v->imm[0], s->at) :
	    bin(s->ck, v->op, arg[0], arg[1], v->imm[0], s->at);
	struct row_term with = one_term(IR_NONE, bin(s->ck, IR_SUB, id, d->rest, 0, s->at), true);
	struct row_term without = one_term(IR_NONE, alike ? IR_NONE : d->rest, false);
	return add_term(s, d, &with) && add_term(s, d, &without);
}

static bool
of_each(struct support *s, ir_id id, const struct ir_value *v, struct layout l, struct row_terms *d)
{
	uint32_t first = v->op == IR_SELECT;
	struct row_terms a, b;

	switch ((enum ir_op)v->op) {
	case IR_NEG: case IR_SHL: case IR_SCALE2: case IR_TRUNC: case IR_HOME:
		if (!operand(s, v->args[0], v, l, d))
			return false;
		if (d->rest != IR_NONE && v->op != IR_HOME)
			d->rest = un(s->ck, v->op, d->rest, v->imm[0], s->at);
		return true;
	case IR_DIV:
		if (layout_of(s, v->args[1]).state == LAYOUT_ROWS || !rows_alike(s, v->args[1], v, l))
			return of_function(s, id, v, l, d);
		if (!operand(s, v->args[0], v, l, d))
			return false;
		if (d->rest != IR_NONE)
			d->rest = bin(s->ck, IR_DIV, d->rest, v->args[1], v->imm[0], s->at);
		return true;
	case IR_ADD: case IR_SUB: case IR_MUL: case IR_SELECT:
		if (!operand(s, v->args[first], v, l, &a) || !operand(s, v->args[first + 1], v, l, &b))
			return false;
		return v->op == IR_MUL ? terms_product(s, &a, &b, d) :
		    v->op == IR_SELECT ? of_choice(s, v, &a, &b, d) : of_sum(s, v, &a, &b, d);
	default:
		return of_function(s, id, v, l, d);
	}
}

void
terms_map(struct support *s, struct row_terms *t, terms_move *move, const void *arg)
{
	for (uint32_t i = 0; i < t->n; i++) {
		struct row_term *m = &t->term[i];
		m->mask = m->mask == IR_NONE ? IR_NONE : move(s, m->mask, arg);
		ir_id num = m->num == IR_NONE ? IR_NONE : move(s, m->num, arg);
		if (num != m->num)
			m->of[0] = m->of[1] = IR_NONE;
		m->num = num;
	}
	t->rest = t->rest == IR_NONE ? IR_NONE : move(s, t->rest, arg);
}

static ir_id
viewed(struct support *s, ir_id id, const void *arg)
{
	const struct ir_value *v = arg;

	return ir_view(s->ck->ir, id, v->rank, v->dims, v->view, s->at);
}

static ir_id
as_large(struct support *s, ir_id id, const void *arg)
{
	const struct ir_value *v = arg;

	return ir_broadcast(s->ck->ir, id, v->rank, v->dims, s->at);
}

ir_id
terms_value(struct support *s, const struct row_term *t)
{
	return t->mask == IR_NONE ? t->num : sel(s->ck, t->mask, t->num,
	    full_like(s->ck, t->num, 0, value(s, t->num)->frac, s->at), s->at);
}

/* Columns side by side: term i is the i-th magnitude of each; 0 where there is none. */
struct side {
	ir_id value;                     /* the column itself */
	struct row_terms t;
};

static ir_id
magnitude_of(struct support *s, const struct side *c, uint32_t i)
{
	for (uint32_t k = 0; k < c->t.n; k++)
		if (c->t.term[k].magnitude && i-- == 0)
			return terms_value(s, &c->t.term[k]);
	return full_like(s->ck, c->value, 0, value(s, c->value)->frac, s->at);
}

static ir_id
put_together(struct support *s, const struct ir_value *v, ir_id *part)
{
	unsigned frac = 0;

	for (uint32_t i = 0; i < v->n_args; i++)
		frac = value(s, part[i])->frac > frac ? value(s, part[i])->frac : frac;
	for (uint32_t i = 0; i < v->n_args; i++)
		part[i] = align(s->ck, part[i], frac, s->at);
	return v->op == IR_CONCAT ? ir_concat(s->ck->ir, part, v->n_args, s->at) :
	    ir_update(s->ck->ir, part[0], part[1], v->view, s->at);
}

static bool
of_columns(struct support *s, const struct ir_value *v, struct row_terms *d)
{
	struct side *side = compile_alloc(s->ck->c, v->n_args * sizeof *side);
	ir_id *part = compile_alloc(s->ck->c, v->n_args * sizeof *part);
	uint32_t most = 0;
	bool rest = false;

	for (uint32_t i = 0; i < v->n_args; i++) {
		uint32_t n = 0;
		side[i].value = v->args[i];
		if (layout_of(s, v->args[i]).state == LAYOUT_ROWS) {
			if (!terms_of(s, v->args[i], &side[i].t))
				return false;
		} else {
			(void)terms_plain(s, v->args[i], false, &side[i].t);
		}
		for (uint32_t k = 0; k < side[i].t.n; k++)
			n += side[i].t.term[k].magnitude;
		most = n > most ? n : most;
		rest = rest || side[i].t.rest != IR_NONE;
	}
	for (uint32_t k = 0; k < most; k++) {
		for (uint32_t i = 0; i < v->n_args; i++)
			part[i] = magnitude_of(s, &side[i], k);
		struct row_term t = one_term(IR_NONE, put_together(s, v, part), true);
		if (!add_term(s, d, &t))
			return false;
	}
	for (uint32_t i = 0; i < v->n_args && rest; i++)
		part[i] = rest_or_zero(s, &side[i].t, v->args[i]);
	if (!rest)
		return true;
	d->rest = put_together(s, v, part);
	struct row_term t = one_term(IR_NONE, d->rest, false);
	return add_term(s, d, &t);
}

static bool
take_apart(struct support *s, ir_id id, const struct ir_value *v, struct row_terms *d)
{
	struct layout l = layout_of(s, id);
	struct row_term column = one_term(IR_NONE, id, true);

	begin(d);
	if (v->bits == 0 && v->frac == 0 && mpz_sgn(v->lo) >= 0 && mpz_cmp_ui(v->hi, 1) <= 0)
		return terms_plain(s, id, false, d);
	if (ir_ops[v->op].class == CLASS_EACH)
		return of_each(s, id, v, l, d);
	switch ((enum ir_op)v->op) {
	case IR_INPUT:
		return add_term(s, d, &column);
	case IR_ASSUME:
		return terms_of(s, v->args[0], d);
	case IR_VIEW:
		if (!terms_of(s, v->args[0], d))
			return false;
		terms_map(s, d, viewed, v);
		return true;
	case IR_CONCAT: case IR_UPDATE:
		return of_columns(s, v, d);
	default:
		return fail(s, not_followed_why);
	}
}

bool
terms_of(struct support *s, ir_id id, struct row_terms *d)
{
	const struct ir_value v = *value(s, id);

	if (s->terms == NULL)
		s->terms = compile_alloc(s->ck->c, (s->n + 1) * sizeof *s->terms);
	if (id >= s->n || s->depth == SUPPORT_DEPTH)
		return fail(s, not_followed_why);
	if (s->terms[id] == NULL) {
		struct row_terms *t = compile_alloc(s->ck->c, sizeof *t);
		s->depth++;
		bool ok = take_apart(s, id, &v, t);
		s->depth--;
		if (!ok)
			return false;
		terms_map(s, t, as_large, &v);
		s->terms[id] = t;
	}
	*d = *s->terms[id];
	return true;
}
