/* check_asked.c: what a guard tells by whether something is withheld, under a policy.
 *
 * That an output is withheld says that a condition of the program holds: of `require
 * sum(x.where(pid == 7)) > 57` that is a number of one row, compared.  So what is compared has to
 * pass as if it went out itself, or the output is withheld whatever the condition says: enough rows
 * behind it, and nothing told beside what went out before.  Whether a count reaches a known
 * threshold that is the policy's at least, or is 0, no policy hides: it does the same. */
#include "check_differ.h"
#include "check_support_impl.h"

enum { ASKED_DEPTH = 1000 };

struct asked {
	struct check *ck;
	const struct decl *d;
	unsigned flags, depth;
	struct support support;
	struct span at;
};

static const struct ir_value *
value(const struct asked *q, ir_id id)
{
	return &q->ck->ir->value[id];
}

static ir_id
both(struct asked *q, ir_id a, ir_id b)
{
	return a == IR_NONE ? b : b == IR_NONE ? a : and_(q->ck, a, b, q->at);
}

static bool
is_truth(const struct ir_value *v)
{
	return v->bits == 0 && v->frac == 0 && mpz_sgn(v->lo) >= 0 && mpz_cmp_ui(v->hi, 1) <= 0;
}

bool
policy_hides(const struct policy *p, const mpz_t least)
{
	return mpz_cmp_ui(least, p->zeros ? 0 : 1) > 0 && mpz_cmp_ui(least, p->cells) < 0;
}

/* A count of rows, and not of bools that are made of numbers of several rows. */
static bool
counts_rows(struct asked *q, ir_id id)
{
	const struct ir_value v = *value(q, id);
	bool all = v.n_args > 0;

	for (uint32_t i = 0; i < v.n_args; i++)
		if (layout_of(&q->support, v.args[i]).state != LAYOUT_NONE)
			return true;
	if (v.open != SECRET || q->depth == ASKED_DEPTH ||
	    (v.op == IR_SUM && is_truth(value(q, v.args[0]))))
		return v.open != SECRET;
	q->depth++;
	for (uint32_t i = 0; i < v.n_args; i++)
		all = all && counts_rows(q, v.args[i]);
	q->depth--;
	return all;
}

/* Is it whether a count is at least so many, which the policy tells anyway? */
static bool
is_threshold(struct asked *q, const struct ir_value *v)
{
	const struct policy *p = q->ck->c->options->policy;
	mpz_t least;
	const ir_id *sum;

	if (v->op != IR_LT && v->op != IR_LE && v->op != IR_EQ)
		return false;
	for (uint32_t i = 0; i < v->n_args; i++)
		if (mixed_sums(q->ck, v->args[i], &sum) > 0)
			return false;
	mpz_init(least);
	unsigned known = ir_is_const(q->ck->ir, v->args[0], &least) ? 0 : 1;
	if ((known == 1 && !ir_is_const(q->ck->ir, v->args[1], &least)) ||
	    value(q, v->args[known])->frac != 0 || !is_count(q->ck, v->args[!known]) ||
	    count_inflated(q->ck, v->args[!known]) || !counts_rows(q, v->args[!known]))
		return false;
	if (v->op == IR_EQ)
		return mpz_sgn(least) == 0 && !p->zeros;
	if ((v->op == IR_LT) == (known == 0))     /* bound < count, count <= bound */
		mpz_add_ui(least, least, 1);
	return !policy_hides(p, least);
}

static ir_id asked(struct asked *, ir_id);

/* Of all elements of a together: one bool, for each of v's. */
static ir_id
asked_all(struct asked *q, ir_id a, const struct ir_value *v)
{
	ir_id ok = asked(q, a);

	if (ok == IR_NONE || value(q, ok)->n == 0)
		return IR_NONE;
	ok = bin(q->ck, IR_EQ, reduce_all(q->ck, IR_SUM, ok, q->at),
	    const_si(q->ck, (int64_t)value(q, ok)->n, q->at), 0, q->at);
	return ir_broadcast(q->ck->ir, ok, v->rank, v->dims, q->at);
}

static ir_id
like(struct asked *q, ir_id ok, const struct ir_value *v)
{
	return ok == IR_NONE || value(q, ok)->rank == v->rank ? ok :
	    ir_broadcast(q->ck->ir, ok, v->rank, v->dims, q->at);
}

/* The value as a number that goes out. */
static ir_id
asked_number(struct asked *q, ir_id id)
{
	const struct ir_value v = *value(q, id);
	struct support_told told = { 0 };
	ir_id ok = support_of(q->ck, id, q->ck->c->options->policy, q->flags, &told, q->d->span);

	if (told.why != NULL)
		compile_forbid(q->ck->c, q->d->name_span, NULL,
		    "the policy does not let \"%s\" out: whether it is withheld tells something that is "
		    "made of %s", q->d->name, told.why);
	ok = like(q, ok, &v);
	return both(q, ok, like(q, differ_cells(q->ck, q->d, id, ok), &v));
}

/* How many of several bools are true, compared: `all`, `any`. */
static bool
is_of_bools(struct asked *q, const struct ir_value *v, ir_id *bools)
{
	for (uint32_t i = 0; i < v->n_args && i < 2; i++) {
		const struct ir_value *sum = value(q, v->args[i]);
		if (value(q, v->args[!i])->open == SECRET || sum->op != IR_SUM ||
		    !is_truth(value(q, sum->args[0])) ||
		    layout_of(&q->support, sum->args[0]).state != LAYOUT_NONE)
			continue;
		*bools = sum->args[0];
		return true;
	}
	return false;
}

static ir_id
asked_parts(struct asked *q, const struct ir_value *v)
{
	ir_id *part = compile_alloc(q->ck->c, v->n_args * sizeof *part);

	for (uint32_t i = 0; i < v->n_args; i++) {
		part[i] = asked(q, v->args[i]);
		if (part[i] == IR_NONE)
			part[i] = full_like(q->ck, v->args[i], 1, 0, q->at);
	}
	return ir_concat(q->ck->ir, part, v->n_args, q->at);
}

static ir_id
asked_by_op(struct asked *q, ir_id id, const struct ir_value *v)
{
	ir_id ok = IR_NONE, bools;
	bool truth = v->n_args > 0;

	if (v->withholds || is_threshold(q, v))
		return IR_NONE;
	for (uint32_t i = 0; i < v->n_args; i++)
		truth = truth && is_truth(value(q, v->args[i]));
	if (truth && v->op == IR_VIEW) {
		ok = asked(q, v->args[0]);
		return ok == IR_NONE ? ok : ir_view(q->ck->ir, ok, v->rank, v->dims, v->view, q->at);
	}
	if (truth && v->op == IR_CONCAT)
		return asked_parts(q, v);
	for (uint32_t i = 0; truth && ir_ops[v->op].class == CLASS_EACH && i < v->n_args; i++)
		ok = both(q, ok, like(q, asked(q, v->args[i]), v));
	if (truth && ir_ops[v->op].class == CLASS_EACH)
		return ok;
	if ((v->op == IR_EQ || v->op == IR_LT || v->op == IR_LE) && is_of_bools(q, v, &bools))
		return asked_all(q, bools, v);
	return asked_number(q, id);
}

static ir_id
asked(struct asked *q, ir_id id)
{
	const struct ir_value v = *value(q, id);

	if (v.open != SECRET || v.n == 0)
		return IR_NONE;
	if (q->depth == ASKED_DEPTH)
		return asked_number(q, id);
	q->depth++;
	ir_id ok = asked_by_op(q, id, &v);
	q->depth--;
	return ok;
}

ir_id
policy_asked(struct check *ck, const struct decl *d, ir_id c, bool promised)
{
	struct asked q = { .ck = ck, .d = d, .flags = promised ? SUPPORT_PROMISED : 0,
		.at = at_span(ck, d->span) };

	if (ck->c->options->policy == NULL || ck->ir->value[c].open != SECRET)
		return c;
	q.support = support_begin(ck, ck->c->options->policy, d->span);
	ir_id ok = asked(&q, c);
	return ok == IR_NONE ? c : and_(ck, c, ok, q.at);
}
