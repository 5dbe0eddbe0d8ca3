/* check_certain.c: 0 % and 100 %, under a policy's `certain`.
 *
 * Where all people of a line of a table are in one cell, the line tells the value of each of them,
 * however many they are; so do all cells of a table with one axis, and a proportion that is 0 or 1.
 * Lines along every axis are looked at, since table2(ward, died) and table2(died, ward) tell the
 * same.  What is looked at: tables and histograms as the library counts them and what divides
 * them, and other quotients of two counts, each cell by itself. */
#include "check_impl.h"

struct shares {
	enum certain kind;
	ir_id count, whole;             /* LINE: the table; CELL: what is divided by what */
};

static bool
repeats(const struct ir_value *v)
{
	for (unsigned i = 0; i < v->rank; i++)
		if (v->dims[i] > 1 && v->view->stride[i] == 0)
			return true;
	return false;
}

/* Is a row in one of its cells at most? */
static bool
is_table(const struct ir *ir, ir_id id)
{
	while (ir->value[id].op == IR_VIEW && !repeats(&ir->value[id]))
		id = ir->value[id].args[0];
	return ir->value[id].n > 1 && (ir->value[id].sum_most > 0 || ir->value[id].rows_once);
}

/* What x was before it was brought into another shape or format. */
static ir_id
before(const struct ir *ir, ir_id id)
{
	for (;;) {
		const struct ir_value *v = &ir->value[id];
		if (v->op != IR_HOME && v->op != IR_TRUNC && v->op != IR_SHL &&
		    (v->op != IR_VIEW || !ir_same_elements(ir, id, v->args[0])))
			return id;
		id = v->args[0];
	}
}

static struct shares
shares_of(struct check *ck, const struct val *x, bool counts)
{
	const struct ir *ir = ck->ir;

	if (counts)
		return (struct shares){ is_table(ir, x->v) ? CERTAIN_LINE : CERTAIN_NONE, x->v, IR_NONE };
	const struct ir_value v = ir->value[before(ir, x->v)];
	if (v.op != IR_DIV || !is_count(ck, v.args[0]) || !is_count(ck, v.args[1]))
		return (struct shares){ CERTAIN_NONE, IR_NONE, IR_NONE };
	bool table = ir->value[v.args[0]].n == x->n && is_table(ir, v.args[0]);
	return (struct shares){ table ? CERTAIN_LINE : CERTAIN_CELL, v.args[0], v.args[1] };
}

/* Of each line along an axis: are all that it counts in one cell?  At each of its cells. */
static ir_id
line_certain(struct check *ck, const struct val *x, ir_id count, unsigned axis, struct span s)
{
	struct ir *ir = ck->ir;
	uint64_t dims[N_RANK_MAX] = { 0 };

	for (unsigned i = 0; i < x->rank; i++)
		dims[i] = i == axis ? 1 : x->dims[i];
	ir_id all = ir_reshape(ir, ir_reduce(ir, IR_SUM, count, axis, s), x->rank, dims, s);
	all = bin(ck, IR_EQ, count, ir_broadcast(ir, all, x->rank, x->dims, s), 0, s);
	/* Of a line of none each cell equals the sum. */
	ir_id one = bin(ck, IR_EQ, ir_reduce(ir, IR_SUM, all, axis, s), const_si(ck, 1, s), 0, s);
	return ir_broadcast(ir, ir_reshape(ir, one, x->rank, dims, s), x->rank, x->dims, s);
}

static ir_id
uncertain(struct check *ck, const struct val *x, const struct shares *h, struct span s)
{
	ir_id d = IR_NONE;

	if (h->kind == CERTAIN_CELL) {
		d = or_(ck, bin(ck, IR_EQ, h->count, const_si(ck, 0, s), 0, s),
		    bin(ck, IR_EQ, h->count, h->whole, 0, s), s);
		return not_(ck, d, s);
	}
	ir_id count = ir_reshape(ck->ir, h->count, x->rank, x->dims, s);
	for (unsigned axis = 0; axis < x->rank; axis++)
		if (x->dims[axis] > 1) {
			ir_id line = not_(ck, line_certain(ck, x, count, axis, s), s);
			d = d == IR_NONE ? line : and_(ck, d, line, s);
		}
	return d;
}

ir_id
policy_certain(struct check *ck, const struct decl *d, const struct val *x, struct ir_part *part,
    bool counts)
{
	const struct policy *p = ck->c->options->policy;
	struct span s = at_span(ck, d->span);

	if (p == NULL || p->certain == POLICY_CERTAIN_NO || val_open(ck, x) != SECRET || x->n == 0 ||
	    x->axis == AXIS_ROWS || part->noise != 0)
		return IR_NONE;
	const struct shares h = shares_of(ck, x, counts);
	if (h.kind == CERTAIN_NONE)
		return IR_NONE;
	if (p->certain == POLICY_CERTAIN_FLAG) {
		part->certain = (uint8_t)h.kind;
		return IR_NONE;
	}
	if (!counts && part->field[0] != '\0')  /* policy_record has seen to it */
		return IR_NONE;
	ir_id ok = uncertain(ck, x, &h, s);
	return ok == IR_NONE ? ok : ir_reshape(ck->ir, ir_broadcast(ck->ir, ok, x->rank, x->dims, s),
	    x->rank, x->dims, s);
}
