/* check_rows.c: where the rows of tables are in a value; see check_support_impl.h */
#include "check_support_impl.h"

#include <string.h>

/* How deep a value may be made of others that are looked at for being the same in all rows. */
enum { SUPPORT_ALIKE = 8 };

static const struct ir_value *
value(const struct support *s, ir_id id)
{
	return &s->ck->ir->value[id];
}

static bool
is_indicator(const struct ir_value *v)
{
	return v->bits == 0 && v->frac == 0 && mpz_sgn(v->lo) >= 0 && mpz_cmp_ui(v->hi, 1) <= 0;
}

static struct layout
layout_input(const struct support *s, const struct ir_value *v)
{
	const struct input *in = &s->ck->ir->input[v->imm[0]];
	struct layout l = { .state = LAYOUT_NONE };

	if (in->shape != INPUT_ROWS || v->n == 0)
		return l;
	return (struct layout){ .state = LAYOUT_ROWS, .degree = !is_indicator(v),
		.group = group_index(s->ck, in->party), .rows = v->dims[0], .stride = v->n / v->dims[0] };
}

/* A quotient of which the divisor is of one size: weight by height squared. */
static bool
is_ratio(struct support *s, const struct ir_value *v)
{
	enum { SPREAD = 64 };
	const struct ir_value *by = value(s, v->args[1]);
	mpz_t most;

	mpz_init(most);
	mpz_mul_ui(most, by->lo, SPREAD);
	return mpz_sgn(by->lo) > 0 && mpz_cmp(by->hi, most) <= 0;
}

/* Is it, of numbers of one row, the same as a sum and product of few of them? */
static enum layout_picks
picks_of(struct support *s, const struct ir_value *v)
{
	switch ((enum ir_op)v->op) {
	case IR_NEG: case IR_ADD: case IR_SUB: case IR_MUL: case IR_SHL: case IR_SCALE2: case IR_TRUNC:
	case IR_HOME: case IR_SELECT:
		return PICKS_NONE;
	case IR_DIV:
		return layout_of(s, v->args[1]).state == LAYOUT_NONE ? PICKS_NONE :
		    is_ratio(s, v) ? PICKS_BENT : PICKS_FEW;
	case IR_LOG: case IR_LOG2: case IR_SQRT:
		return layout_of(s, v->args[0]).degree <= 1 ? PICKS_BENT : PICKS_FEW;
	case IR_FDIV: case IR_FLOOR: case IR_ROUND:
		return PICKS_STEPS;
	default:
		return PICKS_FEW;
	}
}

static void
merge(struct layout *d, struct layout a, bool product)
{
	unsigned degree = product ? d->degree + a.degree : a.degree > d->degree ? a.degree : d->degree;

	d->degree = (uint8_t)(degree > SUPPORT_DEGREE ? SUPPORT_DEGREE + 1 : degree);
	d->picks = a.picks > d->picks ? a.picks : d->picks;
}

/* A bool tells what rows it is about, so that they are counted. */
static void
weigh(struct support *s, const struct ir_value *v, struct layout *d)
{
	d->degree = 0;
	d->picks = PICKS_NONE;
	if (is_indicator(v))
		return;
	for (uint32_t i = 0; i < v->n_args; i++)
		merge(d, layout_of(s, v->args[i]), v->op == IR_MUL);
	enum layout_picks own = picks_of(s, v);
	d->picks = own > d->picks ? (uint8_t)own : d->picks;
}

/* Of elementwise operations: as that of the operands that are not repeated. */
static struct layout
layout_each(struct support *s, const struct ir_value *v)
{
	struct layout d = { .state = LAYOUT_NONE };

	for (uint32_t i = 0; i < v->n_args; i++) {
		struct layout a = layout_of(s, v->args[i]);
		if (a.state == LAYOUT_NONE)
			continue;
		if (d.state == LAYOUT_NONE && value(s, v->args[i])->n == v->n)
			d = a;
		else if (a.stride != d.stride || a.rows != d.rows || a.group != d.group)
			d.state = LAYOUT_MIXED;
	}
	if (d.state == LAYOUT_ROWS)
		weigh(s, v, &d);
	return d;
}

static struct layout
layout_view(struct support *s, const struct ir_value *v)
{
	struct layout a = layout_of(s, v->args[0]);
	uint64_t below = 1;

	if (a.state != LAYOUT_ROWS)
		return a;
	for (unsigned i = v->rank; i-- > 0; below *= v->dims[i])
		if (v->dims[i] == a.rows && (v->view->stride[i] == (int64_t)a.stride || a.rows == 1)) {
			a.stride = below;
			return a;
		}
	/* Axes that are cut anew, the rows staying whole. */
	if (v->n == value(s, v->args[0])->n && v->view->offset.n == 0 && v->view->offset.base == 0) {
		int64_t natural = 1;
		bool same = true;
		for (unsigned i = v->rank; i-- > 0; natural *= (int64_t)v->dims[i])
			same = same && (v->dims[i] == 1 || v->view->stride[i] == natural);
		if (same)
			return a;
	}
	a.state = LAYOUT_MIXED;
	return a;
}

/* Columns that are put beside one another: the rows of what is put in go where its rows go. */
static struct layout
layout_update(struct support *s, const struct ir_value *v)
{
	struct layout a = layout_of(s, v->args[0]), b = layout_of(s, v->args[1]), d = a;
	const struct ir_value *x = value(s, v->args[1]);
	uint64_t below = 1;

	if (b.state == LAYOUT_NONE)
		return a;
	d.state = LAYOUT_MIXED;
	for (unsigned i = x->rank; i-- > 0 && b.state == LAYOUT_ROWS; below *= x->dims[i]) {
		uint64_t to = (uint64_t)v->view->stride[i];
		if (x->dims[i] != b.rows || below != b.stride || v->n != to * b.rows)
			continue;
		d = b;
		d.stride = to;
		merge(&d, a, false);
	}
	if (a.state != LAYOUT_NONE && (a.state != d.state || a.stride != d.stride || a.group != d.group))
		d.state = LAYOUT_MIXED;
	return d;
}

static struct layout
layout_concat(struct support *s, const struct ir_value *v)
{
	struct layout d = layout_of(s, v->args[0]);

	for (uint32_t i = 0; i < v->n_args; i++) {
		struct layout a = layout_of(s, v->args[i]);
		if (a.state == LAYOUT_NONE && d.state == LAYOUT_NONE)
			continue;
		if (a.state == LAYOUT_MIXED || d.state == LAYOUT_MIXED)
			return (struct layout){ .state = LAYOUT_MIXED };
		if (a.state != d.state || a.stride != d.stride || a.rows != d.rows ||
		    a.group != d.group || value(s, v->args[i])->n % (a.stride * a.rows) != 0)
			d.state = LAYOUT_MIXED;
		merge(&d, a, false);
	}
	return d;
}

bool
rows_summed(const struct ir_value *v, struct layout a)
{
	return a.state == LAYOUT_ROWS && (uint64_t)v->imm[1] == a.rows &&
	    (uint64_t)v->imm[2] == a.stride;
}

static struct layout
layout_reduce(struct support *s, const struct ir_value *v)
{
	struct layout a = layout_of(s, v->args[0]);
	uint64_t mid = (uint64_t)v->imm[1], inner = (uint64_t)v->imm[2];

	if (a.state != LAYOUT_ROWS || value(s, v->args[0])->n == 0)
		return a;
	if (v->op != IR_SUM)
		a.picks = PICKS_FEW;
	if (rows_summed(v, a))
		a.state = LAYOUT_NONE;
	else if (a.stride % (mid * inner) == 0)
		a.stride /= mid;
	else if (inner % (a.stride * a.rows) != 0)
		a.state = LAYOUT_MIXED;
	return a;
}

static bool
alike(const struct support *s, ir_id id, const struct ir_value *of, unsigned axis, unsigned depth)
{
	const struct ir_value *w = value(s, id);

	if (w->n == 1 || ir_is_const(s->ck->ir, id, NULL))
		return true;
	if (w->rank != of->rank || w->n != of->n || depth > SUPPORT_ALIKE)
		return false;
	if (w->op == IR_VIEW)
		return w->view->stride[axis] == 0;
	for (uint32_t i = 0; i < w->n_args && ir_ops[w->op].class == CLASS_EACH; i++)
		if (!alike(s, w->args[i], of, axis, depth + 1))
			return false;
	return w->n_args > 0 && ir_ops[w->op].class == CLASS_EACH;
}

bool
rows_alike(const struct support *s, ir_id id, const struct ir_value *of, struct layout l)
{
	uint64_t below = 1;

	for (unsigned i = of->rank; i-- > 0; below *= of->dims[i])
		if (below == l.stride && of->dims[i] == l.rows)
			return alike(s, id, of, i, 0);
	return value(s, id)->n == 1 || ir_is_const(s->ck->ir, id, NULL);
}

bool
rows_contracted(const struct ir_value *v, struct layout l, bool left)
{
	uint64_t k = (uint64_t)(v->op == IR_MATMUL ? v->imm[1] : v->imm[0]);

	if (l.state != LAYOUT_ROWS || l.rows != k)
		return false;
	if (v->op == IR_TNMUL)
		return l.stride == (uint64_t)(left ? v->imm[1] : v->imm[2]);
	return l.stride == (left ? 1 : (uint64_t)v->imm[2]);
}

static struct layout
layout_product(struct support *s, const struct ir_value *v)
{
	struct layout a = layout_of(s, v->args[0]), b = layout_of(s, v->args[1]);
	uint64_t k = (uint64_t)v->imm[1];

	if ((rows_contracted(v, a, true) || a.state == LAYOUT_NONE) &&
	    (rows_contracted(v, b, false) || b.state == LAYOUT_NONE))
		return (struct layout){ .state = LAYOUT_NONE };
	if (v->op == IR_MATMUL && b.state == LAYOUT_NONE && a.state == LAYOUT_ROWS && a.stride == k) {
		a.stride = (uint64_t)v->imm[2];
		return a;
	}
	return (struct layout){ .state = LAYOUT_MIXED };
}

/* What each row looks up in a table that is of no rows. */
static struct layout
layout_pick(struct support *s, const struct ir_value *v)
{
	struct layout a = layout_of(s, v->args[0]), b = layout_of(s, v->args[1]);

	if (a.state != LAYOUT_NONE || b.state != LAYOUT_ROWS)
		return (struct layout){ .state = a.state == LAYOUT_NONE ? b.state : LAYOUT_MIXED };
	b.stride *= v->n / value(s, v->args[1])->n;
	b.degree = 0;
	b.picks = is_indicator(v) ? PICKS_NONE : PICKS_FEW;
	return b;
}

static struct layout
layout_other(struct support *s, const struct ir_value *v)
{
	for (uint32_t i = 0; i < v->n_args; i++)
		if (layout_of(s, v->args[i]).state != LAYOUT_NONE)
			return (struct layout){ .state = LAYOUT_MIXED };
	return (struct layout){ .state = LAYOUT_NONE };
}

static struct layout
layout_by_op(struct support *s, const struct ir_value *v)
{
	if (v->op == IR_INPUT)
		return layout_input(s, v);
	if (ir_ops[v->op].class == CLASS_EACH)
		return layout_each(s, v);
	switch ((enum ir_op)v->op) {
	case IR_VIEW:
		return layout_view(s, v);
	case IR_CONCAT:
		return layout_concat(s, v);
	case IR_UPDATE:
		return layout_update(s, v);
	case IR_SUM: case IR_MINR: case IR_MAXR:
		return layout_reduce(s, v);
	case IR_MATMUL: case IR_TNMUL:
		return layout_product(s, v);
	case IR_ONEHOT: {
		struct layout a = layout_of(s, v->args[0]);
		a.stride *= (uint64_t)v->imm[0];
		a.degree = 0;
		a.picks = PICKS_NONE;
		return a;
	}
	case IR_PICK:
		return layout_pick(s, v);
	case IR_ASSUME:
		return layout_of(s, v->args[0]);
	default:
		return layout_other(s, v);
	}
}

/* Values are added while others are asked about. */
static void
more_layouts(struct support *s)
{
	uint32_t n = 2 * s->ck->ir->n;
	struct layout *more = compile_alloc(s->ck->c, n * sizeof *more);

	if (s->n_layouts > 0)
		memcpy(more, s->layout, s->n_layouts * sizeof *more);
	s->layout = more;
	s->n_layouts = n;
}

struct layout
layout_within(struct support *s, ir_id id)
{
	const struct ir_value v = *value(s, id);

	if (v.n == 0)
		return (struct layout){ .state = LAYOUT_NONE };
	if (v.open != SECRET || s->depth == SUPPORT_DEPTH)
		return (struct layout){ .state = v.open == SECRET ? LAYOUT_MIXED : LAYOUT_NONE };
	if (id >= s->n_layouts)
		more_layouts(s);
	if (s->layout[id].state == 0) {
		s->depth++;
		struct layout l = layout_by_op(s, &v);
		s->depth--;
		s->layout[id] = l;
	}
	return s->layout[id];
}

/* Of what the library gives back as long as a column it was given, element by element stands for
 * the column's rows; else there are no rows in it. */
struct layout
layout_of(struct support *s, ir_id id)
{
	const struct layout l = layout_within(s, id);
	const struct ir_value *v = value(s, id);

	if (l.state != LAYOUT_MIXED || !v->of_library || v->given == GIVEN_NOT)
		return l;
	if (v->given == GIVEN_WHOLE)
		return (struct layout){ .state = LAYOUT_NONE };
	if (v->given_group == UINT32_MAX)
		return l;
	return (struct layout){ .state = LAYOUT_ROWS, .degree = !is_indicator(v),
		.picks = is_indicator(v) ? PICKS_NONE : PICKS_FEW, .group = v->given_group,
		.rows = v->dims[0], .stride = v->n / v->dims[0] };
}

struct support *
support_layouts(struct check *ck)
{
	if (ck->layouts == NULL) {
		ck->layouts = compile_alloc(ck->c, sizeof *ck->layouts);
		*ck->layouts = support_begin(ck, ck->c->options->policy, (struct span){ 0 });
	}
	return ck->layouts;
}

bool
may_have_rows(struct check *ck, const struct val *x)
{
	if (ck->c->options->policy == NULL || x->axis == AXIS_ROWS || x->v == IR_NONE)
		return true;
	return layout_of(support_layouts(ck), x->v).state != LAYOUT_NONE;
}
