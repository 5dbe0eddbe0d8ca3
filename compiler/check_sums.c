/* check_sums.c: is a count one of sums over rows, and not of rows?  See check_support.h
 *
 * How many groups have members, or of how many means something is true, is a small number however
 * many rows the sums are over: a threshold on it would protect nobody.  It is looked at as what is
 * compared is, by the rows behind that. */
#include "check_support_impl.h"

enum { SUMS_DEPTH = 1000 };

struct sums {
	struct check *ck;
	unsigned depth;
};

static const struct ir_value *
value(const struct sums *q, ir_id id)
{
	return &q->ck->ir->value[id];
}

static bool
is_truth(const struct ir_value *v)
{
	return v->bits == 0 && v->frac == 0 && mpz_sgn(v->lo) >= 0 && mpz_cmp_ui(v->hi, 1) <= 0;
}

typedef bool is_fn(struct sums *, ir_id);

static bool
all_are(struct sums *q, const struct ir_value *v, is_fn *is)
{
	bool all = v->n_args > 0 && q->depth < SUMS_DEPTH;

	q->depth++;
	for (uint32_t i = 0; i < v->n_args && all; i++)
		all = is(q, v->args[i]);
	q->depth--;
	return all;
}

/* Sums over rows, and what is computed of these alone. */
static bool
is_of_sums(struct sums *q, ir_id id)
{
	const struct ir_value v = *value(q, id);

	if (v.open != SECRET)
		return true;
	if (v.op == IR_SUM || v.op == IR_MATMUL || v.op == IR_TNMUL)
		for (uint32_t i = 0; i < v.n_args; i++)
			if (layout_of(support_layouts(q->ck), v.args[i]).state == LAYOUT_ROWS)
				return true;
	return (ir_ops[v.op].class == CLASS_EACH || v.op == IR_VIEW || v.op == IR_CONCAT ||
	    v.op == IR_SUM) && all_are(q, &v, is_of_sums);
}

static bool
counts_sums(struct sums *q, ir_id id)
{
	const struct ir_value v = *value(q, id);

	if (v.open != SECRET)
		return true;
	if (is_truth(&v) && (v.op == IR_LT || v.op == IR_LE || v.op == IR_EQ))
		return layout_of(support_layouts(q->ck), id).state == LAYOUT_NONE && all_are(q, &v, is_of_sums);
	switch ((enum ir_op)v.op) {
	case IR_NOT: case IR_AND: case IR_OR: case IR_ADD: case IR_SUB: case IR_MIN: case IR_MAX:
	case IR_SUM: case IR_VIEW: case IR_CONCAT: case IR_HOME:
		return all_are(q, &v, counts_sums);
	default:
		return false;
	}
}

bool
support_of_sums(struct check *ck, ir_id count)
{
	struct sums q = { .ck = ck };

	return ck->c->options->policy != NULL && ck->ir->value[count].open == SECRET &&
	    counts_sums(&q, count);
}
