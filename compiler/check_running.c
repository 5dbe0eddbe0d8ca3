/* check_running.c: what the library says of its arrays, for policies: how many rows are behind each
 * element, and of running counts that neighbours tell what is between them.
 *
 * The parts of rows that are at most each of several points differ by the rows between the points.
 * Under a policy a point's part goes out if those between it and the point before are enough: then
 * any two that go out differ by enough.  A part that is 0 or 1 goes out as well: what it differs by
 * from others are the rows below, or above, which are enough or none. */
#include "check_support_impl.h"

struct val
builtin_running(struct check *ck, struct call_args *a)
{
	struct val x = a->val[0], of = concrete(ck, a->val[2], a->call->span);
	struct val rising = condition(ck, &a->val[1], a->call->span);

	library_only(ck, a);
	const bool policy = ck->c->options->policy != NULL;
	if (policy && (val_open(ck, &rising) == SECRET || known_false(ck, rising.v)))
		compile_forbid(ck->c, a->call->span, "points that are known, in ascending order",
		    "under a policy it must be known what lies between the points of a running count");
	if (policy && !known_true(ck, rising.v))
		ir_assert(ck->ir, rising.v, at_span(ck, a->call->span));
	x = hide_missing(ck, x, a->call->span);
	if (val_open(ck, &x) == SECRET)
		ck->ir->value[x.v].running = 1 + of.v;
	return x;
}

/* Of n rows behind each element of x. */
struct val
builtin_backed(struct check *ck, struct call_args *a)
{
	struct val x = settle(ck, a->val[0], a->call->span);

	library_only(ck, a);
	if (val_open(ck, &x) == SECRET)
		ck->ir->value[x.v].backed = 1 + a->val[1].v;
	return x;
}

ir_id
support_between(struct support *s, ir_id upto, ir_id all)
{
	struct check *ck = s->ck;
	struct ir *ir = ck->ir;
	const uint64_t n = ir->value[upto].n;
	struct ir_affine first = { .base = 0 };
	ir_id below = const_si(ck, 0, s->at), part[2];

	part[0] = ir_broadcast(ir, below, 1, (uint64_t[]){ 1 }, s->at);
	part[1] = ir_slice(ir, upto, 0, &first, n - 1, false, s->at);
	below = n == 1 ? part[0] : ir_concat(ir, part, 2, s->at);
	ir_id ok = support_some(s, bin(ck, IR_SUB, upto, below, 0, s->at));
	ir_id above = bin(ck, IR_SUB, all, upto, 0, s->at), zero = const_si(ck, 0, s->at);
	ok = or_(ck, ok, bin(ck, IR_EQ, upto, zero, 0, s->at), s->at);
	ok = or_(ck, ok, bin(ck, IR_EQ, above, zero, 0, s->at), s->at);
	return and_(ck, ok, support_enough(s, above, false), s->at);
}
