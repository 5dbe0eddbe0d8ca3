/* check_single.c: is some element of a value that of a single row, or computed of a few?
 *
 * A guard of the program answers for statistics of which it cannot be followed how many rows stand
 * behind them: a median, ranks.  It does not answer for rows that are shown one by one, only in
 * another order: sort(x), cumsum(x), x[3], or what a loop writes down.  Only a sum over all rows
 * ends that.  Functions of the library that put rows in order give statistics of them; quantile
 * says of which (PLACE_INSIDE). */
#include "check_support_impl.h"

enum { SINGLE_DEPTH = 2000 };

struct single {
	struct support s;
	uint32_t depth, found;
	uint8_t *known;                  /* 0: not asked; 1: no, or being asked; 2: yes */
};

static const struct ir_value *
value(const struct single *q, ir_id id)
{
	return &q->s.ck->ir->value[id];
}

static bool is_single(struct single *, ir_id);

static bool
any_single(struct single *q, const struct ir_value *v)
{
	for (uint32_t i = 0; i < v->n_args; i++)
		if (is_single(q, v->args[i]))
			return true;
	return false;
}

/* A variable that a loop carries: what it is at first, or becomes. */
static bool
carried(struct single *q, ir_id loop, int64_t k)
{
	const struct ir_value *l = value(q, loop);

	return is_single(q, l->args[k]) || is_single(q, l->loop->yield[k]);
}

static bool
over_rows(struct single *q, const struct ir_value *v)
{
	struct layout a = layout_of(&q->s, v->args[0]);

	if (v->op == IR_SUM)
		return rows_summed(v, a);
	return rows_contracted(v, a, true) ||
	    rows_contracted(v, layout_of(&q->s, v->args[1]), false);
}

static bool
by_op(struct single *q, const struct ir_value *v)
{
	switch ((enum ir_op)v->op) {
	case IR_INPUT:
		return q->s.ck->ir->input[v->imm[0]].shape == INPUT_ROWS;
	case IR_ARG:
		return carried(q, (ir_id)v->imm[0], v->imm[1]);
	case IR_RESULT:
		return !v->of_library && carried(q, v->args[0], v->imm[1]);
	case IR_SUM: case IR_MATMUL: case IR_TNMUL:
		return !v->of_library && !over_rows(q, v) && any_single(q, v);
	case IR_CUMSUM: case IR_MINR: case IR_MAXR: case IR_ORDER: case IR_TAKE: case IR_PICK:
	case IR_GATHER:
		return !v->of_library && any_single(q, v);
	default:
		return any_single(q, v);
	}
}

static bool
is_single(struct single *q, ir_id id)
{
	const struct ir_value v = *value(q, id);

	if (v.open != SECRET || v.n == 0 || v.place != PLACE_NONE)
		return false;
	if (q->known[id] == 0) {
		if (q->depth == SINGLE_DEPTH)
			return true;
		q->known[id] = 1;
		q->depth++;
		if (by_op(q, &v)) {
			q->known[id] = 2;
			q->found++;
		}
		q->depth--;
	}
	return q->known[id] == 2;
}

/* What loops carry may turn out after another variable has been told no: until nothing changes. */
bool
support_single(struct check *ck, ir_id v, const struct policy *p, struct span at)
{
	struct single q = { .s = { .ck = ck, .policy = p, .at = at, .n = ck->ir->n } };
	uint32_t before;
	bool yes;

	q.known = compile_alloc(ck->c, ck->ir->n + 1);
	do {
		before = q.found;
		yes = is_single(&q, v);
		for (ir_id i = 0; i < q.s.n; i++)
			q.known[i] = q.known[i] == 2 ? 2 : 0;
	} while (!yes && q.found > before);
	return yes;
}
