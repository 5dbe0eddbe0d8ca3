/* check_hide.c: what is missing is 0 before it is opened.
 *
 * A value times its presence is what shares can compute, but where it is made of a quotient by a
 * secret: that is computed after opening, from what is opened for it (ir_post.c).  So there the
 * presence goes to the dividends, and to all that is added to them, which are what is opened. */
#include <string.h>

#include "check_impl.h"
#include "ir_const.h"

enum { HIDE_DEPTH = 32 };

static bool
is_distribution(const struct check *ck, const struct ir_value *x)
{
	(void)ck;
	return ir_is_distribution(x->op) && x->open == SECRET;
}

static bool
is_quotient(const struct check *ck, const struct ir_value *x)
{
	return (x->op == IR_DIV && ck->ir->value[x->args[1]].open == SECRET) || is_distribution(ck, x);
}

/* Is there something of a kind in v?  Operands stand before what is made of them. */
static bool
has(struct check *ck, ir_id v, bool (*is)(const struct check *, const struct ir_value *))
{
	bool *used = compile_alloc(ck->c, (v + 1) * sizeof *used), found = false;

	used[v] = true;
	for (ir_id i = v + 1; i-- > 0 && !found;) {
		const struct ir_value *x = &ck->ir->value[i];
		for (uint32_t k = 0; used[i] && k < x->n_args; k++)
			if (x->args[k] < i)
				used[x->args[k]] = true;
		found = used[i] && is(ck, x);
	}
	return found;
}

/* Is there a quotient by a secret in v, or a probability, which no share becomes? */
static bool
has_quotient(struct check *ck, ir_id v)
{
	return has(ck, v, is_quotient);
}

/* An interval, of an estimate and a quantile that is no constant: it is made of what is opened for
 * other outputs, each hidden in its own way. */
static bool
is_interval(struct check *ck, const struct ir_value *v)
{
	return (v->op == IR_ADD || v->op == IR_SUB) && ck->ir->value[v->args[0]].open == SECRET &&
	    ck->ir->value[v->args[1]].open == SECRET && (has(ck, v->args[0], is_distribution) ||
	    has(ck, v->args[1], is_distribution));
}

/* Of a quotient, are both its parts made of some?  So is a test's statistic, of an estimate and its
 * error: they are opened for other outputs, or nothing of it is. */
static bool
of_quotients(struct check *ck, const struct ir_value *v)
{
	return v->imm[1] == 0 && has_quotient(ck, v->args[0]) && has_quotient(ck, v->args[1]);
}

/* Is v 0 where p is, for all to see? */
static bool
is_hidden(const struct check *ck, ir_id id, ir_id p, int depth)
{
	const struct ir_value *v = &ck->ir->value[id];

	if (depth == 0)
		return false;
	switch (v->op) {
	case IR_MUL: case IR_AND:
		return v->args[0] == p || v->args[1] == p || is_hidden(ck, v->args[0], p, depth - 1) ||
		    is_hidden(ck, v->args[1], p, depth - 1);
	case IR_NEG: case IR_SHL: case IR_SCALE2: case IR_TRUNC: case IR_SQRT: case IR_DIV:
		return is_hidden(ck, v->args[0], p, depth - 1);
	default:
		return false;
	}
}

/* The range of v, and 0. */
static ir_id
in_range_of(struct check *ck, ir_id made, ir_id v)
{
	mpz_t lo, hi;

	mpz_init_set(lo, ck->ir->value[v].lo);
	mpz_init_set(hi, ck->ir->value[v].hi);
	if (mpz_sgn(lo) > 0)
		mpz_set_ui(lo, 0);
	if (mpz_sgn(hi) < 0)
		mpz_set_ui(hi, 0);
	ir_refine(ck->ir, made, lo, hi);
	return made;
}

static ir_id hide(struct check *, ir_id v, ir_id p, int depth, struct span);

/* The parts of a concatenation, each with its piece of p. */
static ir_id
hide_parts(struct check *ck, ir_id id, ir_id p, int depth, struct span s)
{
	const struct ir_value v = ck->ir->value[id];
	ir_id *part = compile_alloc(ck->c, v.n_args * sizeof *part);
	struct ir_affine from = { 0 };

	for (uint32_t i = 0; i < v.n_args; i++) {
		uint64_t rows = ck->ir->value[v.args[i]].dims[0];
		ir_id piece = ir_slice(ck->ir, p, 0, &from, rows, false, s);

		part[i] = hide(ck, v.args[i], piece, depth, s);
		from.base += (int64_t)rows;
	}
	return ir_concat(ck->ir, part, v.n_args, s);
}

/* A view that only names the axes in another way, or repeats one element: p goes to that. */
static ir_id
hide_seen(struct check *ck, ir_id id, ir_id p, int depth, struct span s)
{
	const struct ir_value v = ck->ir->value[id], a = ck->ir->value[v.args[0]];
	int64_t stride = 1;

	if (a.rank == 0)                         /* what needs no hiding comes back as it is */
		return ir_broadcast(ck->ir, hide(ck, v.args[0], p, depth, s), v.rank, v.dims, s);
	for (unsigned i = v.rank; i-- > 0; stride *= (int64_t)v.dims[i])
		if (v.dims[i] > 1 && v.view->stride[i] != stride)
			return bin(ck, IR_MUL, id, p, 0, s);
	if (v.n != a.n || v.view->offset.n > 0 || v.view->offset.base != 0)
		return bin(ck, IR_MUL, id, p, 0, s);
	p = ir_reshape(ck->ir, p, a.rank, a.dims, s);
	return ir_reshape(ck->ir, hide(ck, v.args[0], p, depth, s), v.rank, v.dims, s);
}

/* v where p is, else 0. */
static ir_id
hide_by_op(struct check *ck, ir_id id, ir_id p, int depth, struct span s)
{
	const struct ir_value v = ck->ir->value[id];
	ir_id a = v.n_args > 0 ? v.args[0] : IR_NONE, b = v.n_args > 1 ? v.args[1] : IR_NONE, d;

	if (is_hidden(ck, id, p, HIDE_DEPTH))
		return id;
	if (depth == 0 || !has_quotient(ck, id) || is_interval(ck, &v))
		return bin(ck, IR_MUL, id, p, 0, s);
	if (ir_is_distribution(v.op))
		return id;                       /* its statistic was hidden before: see check_dist.c */
	switch (v.op) {
	case IR_NEG: case IR_SHL: case IR_SCALE2: case IR_TRUNC: case IR_SQRT:
		return in_range_of(ck, un(ck, v.op, hide(ck, a, p, depth - 1, s), v.imm[0], s), id);
	case IR_ADD: case IR_SUB:
		a = hide(ck, a, p, depth - 1, s);
		return in_range_of(ck, bin(ck, v.op, a, hide(ck, b, p, depth - 1, s), v.imm[0], s), id);
	case IR_MUL:
		if (has_quotient(ck, a))
			a = hide(ck, a, p, depth - 1, s);
		else
			b = hide(ck, b, p, depth - 1, s);
		return in_range_of(ck, bin(ck, IR_MUL, a, b, v.imm[0], s), id);
	case IR_DIV:
		a = of_quotients(ck, &v) ? bin(ck, IR_MUL, a, p, 0, s) : hide(ck, a, p, depth - 1, s);
		d = bin(ck, IR_DIV, a, b, v.imm[0], s);
		if (ck->ir->value[d].op == IR_DIV)
			ck->ir->value[d].imm[1] = v.imm[1];
		return in_range_of(ck, d, id);
	case IR_CONCAT:
		return hide_parts(ck, id, p, depth - 1, s);
	case IR_VIEW:
		return hide_seen(ck, id, p, depth - 1, s);
	default:
		return bin(ck, IR_MUL, id, p, 0, s);
	}
}

/* Who made it, and gave it to whom, stays: policies ask for that. */
static ir_id
hide(struct check *ck, ir_id id, ir_id p, int depth, struct span s)
{
	ir_id first = ck->ir->n, d = hide_by_op(ck, id, p, depth, s);
	const struct ir_value *v = &ck->ir->value[id];

	for (ir_id i = first; v->of_library && i < ck->ir->n; i++)
		ck->ir->value[i].of_library = true;
	ck->ir->value[d].given = v->given;
	ck->ir->value[d].given_group = v->given_group;
	ck->ir->value[d].backed = v->backed;
	return d;
}

struct val
hide_missing(struct check *ck, struct val x, struct span at)
{
	ir_id *plane;

	if (x.p == IR_NONE || x.masked)
		return x;
	if (x.v != IR_NONE && x.axis != AXIS_ROWS && has_quotient(ck, x.v))
		x.v = hide(ck, x.v, x.p, HIDE_DEPTH, at_span(ck, at));
	else if (x.v != IR_NONE)
		x.v = masked_value(ck, &x, at);
	plane = x.n_levels == 0 ? NULL : compile_alloc(ck->c, x.n_levels * sizeof *plane);
	for (uint32_t j = 0; plane != NULL && x.plane != NULL && j < x.n_levels; j++)
		plane[j] = and_(ck, x.plane[j], x.p, at_span(ck, at));
	x.plane = x.plane != NULL ? plane : NULL;
	x.masked = true;
	return x;
}
