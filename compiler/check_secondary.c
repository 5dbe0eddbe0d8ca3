/* check_secondary.c: which further cells of a table must be withheld, since totals of its lines
 * tell one that is withheld alone.
 *
 * Along each axis, where just one cell of a line is withheld, so is the smallest other one (one of
 * 0 only if there is no other); twice, since a line that crosses may then have just one.  If some
 * line still has, the whole table is withheld. */
#include <string.h>

#include "check_impl.h"

struct table {
	ir_id count;
	unsigned rank;
	const uint64_t *dims;
	struct span span;
};

/* What stands for each line, at each of its cells. */
static ir_id
over_line(struct check *ck, const struct table *t, ir_id a, unsigned axis)
{
	uint64_t dims[N_RANK_MAX];

	memcpy(dims, t->dims, sizeof dims);
	dims[axis] = 1;
	return ir_broadcast(ck->ir, ir_reshape(ck->ir, a, t->rank, dims, t->span), t->rank, t->dims,
	    t->span);
}

/* Of each line: is just one of its cells withheld? */
static ir_id
alone(struct check *ck, const struct table *t, ir_id shown, unsigned axis)
{
	ir_id n = ir_reduce(ck->ir, IR_SUM, not_(ck, shown, t->span), axis, t->span);

	return bin(ck, IR_EQ, n, const_si(ck, 1, t->span), 0, t->span);
}

/* The smallest cell of each line that is shown, the first of several; 0 comes last. */
static ir_id
smallest(struct check *ck, const struct table *t, ir_id shown, unsigned axis)
{
	struct ir *ir = ck->ir;
	struct span s = t->span;
	mpz_t high;

	mpz_init(high);
	mpz_add_ui(high, ir->value[t->count].hi, 1);
	ir_id last = ir_const(ir, high, 0, s);
	mpz_add_ui(high, high, 1);
	ir_id never = ir_const(ir, high, 0, s);
	ir_id none = bin(ck, IR_EQ, t->count, const_si(ck, 0, s), 0, s);
	ir_id key = sel(ck, shown, sel(ck, none, last, t->count, s), never, s);
	ir_id least = over_line(ck, t, ir_reduce(ir, IR_MINR, key, axis, s), axis);
	ir_id is = and_(ck, bin(ck, IR_EQ, key, least, 0, s), shown, s);
	ir_id n = ir_reduce(ir, IR_CUMSUM, is, axis, s);
	return and_(ck, is, bin(ck, IR_EQ, n, const_si(ck, 1, s), 0, s), s);
}

ir_id
secondary(struct check *ck, ir_id count, ir_id shown, struct span s)
{
	const struct ir_value v = ck->ir->value[count];
	const struct table t = { count, v.rank, v.dims, s };
	ir_id any = const_si(ck, 0, s);

	for (unsigned pass = 0; pass < (v.rank > 1 ? 2 : 1); pass++)
		for (unsigned axis = 0; axis < v.rank && v.n > 0; axis++) {
			ir_id one = over_line(ck, &t, alone(ck, &t, shown, axis), axis);
			ir_id second = and_(ck, one, smallest(ck, &t, shown, axis), s);
			shown = and_(ck, shown, not_(ck, second, s), s);
		}
	for (unsigned axis = 0; axis < v.rank && v.n > 0; axis++) {
		ir_id left = nonzero(ck, reduce_all(ck, IR_SUM, alone(ck, &t, shown, axis), s), s);
		any = or_(ck, any, left, s);
	}
	return and_(ck, shown, not_(ck, any, s), s);
}

/* secondary(t, least): where a table of counts is to be withheld. */
struct val
builtin_secondary(struct check *ck, struct call_args *a)
{
	struct span at = a->call->span, s = at_span(ck, at);
	int64_t least = int_arg(ck, a, 1, "the least count that is shown");
	struct val x = settle(ck, concrete(ck, numeric_arg(ck, a, 0), at), at);

	if (x.kind != V_INT || x.rank == 0 || x.p != IR_NONE || !is_count(ck, x.v))
		compile_fail(ck->c, a->expr[0]->span, NULL, NULL,
		    "secondary needs a table of counts, and this is %s", type_text(ck, &x));
	ir_id shown = secondary(ck, x.v, guard_enough(ck, x.v, least, false, s), s);
	shown = not_(ck, shown, s);
	if (ck->c->options->policy != NULL && least >= (int64_t)ck->c->options->policy->cells &&
	    !count_inflated(ck, x.v))
		ck->ir->value[shown].withholds = true;
	return val_shaped_like(ck, &x, V_BOOL, shown, 0);
}
