/* check_bins.c: has a histogram too many bins for its rows?
 *
 * A histogram is what the library makes, and any array of counts for which the program compares
 * numbers of rows: tables from cut points, running counts.  What divides a number does not count:
 * means of bands are no histogram.  In a histogram of the library a row is in one
 * bin at most, so that its bins add up to the rows; of other counts that is known of tables only,
 * and else the greatest count stands for the rows, which are at least that many. */
#include "check_support_impl.h"

enum { BINS_DEPTH = 2000 };

struct binned {
	struct check *ck;
	struct span at;
	uint8_t *seen;
	uint32_t depth;
	uint64_t most;                   /* so many numbers are shown */
	uint64_t n;                      /* counts of numbers compared, that are no histogram */
	ir_id greatest;                  /* and the greatest of them */
	ir_id ok;
	bool few;                        /* too few rows, whatever they are */
};

static const struct ir_value *
value(const struct binned *b, ir_id id)
{
	return &b->ck->ir->value[id];
}

static bool
is_truth(const struct ir_value *v)
{
	return v->bits == 0 && v->frac == 0 && mpz_sgn(v->lo) >= 0 && mpz_cmp_ui(v->hi, 1) <= 0;
}

/* Is a bool of rows made by comparing numbers? */
static bool
compares(struct binned *b, ir_id id)
{
	const struct ir_value *v = value(b, id);

	if (v->open != SECRET || b->depth == BINS_DEPTH)
		return v->open == SECRET;
	if (!is_truth(v))
		return true;
	bool yes = false;
	b->depth++;
	for (uint32_t i = 0; i < v->n_args && !yes; i++)
		yes = compares(b, v->args[i]);
	b->depth--;
	return yes;
}

/* rows >= bins * the policy's. */
static void
ask(struct binned *b, ir_id rows, uint64_t bins)
{
	const struct policy *p = b->ck->c->options->policy;
	int64_t least = (int64_t)(bins < b->most ? bins : b->most) * p->bins;
	ir_id ok = not_(b->ck, bin(b->ck, IR_LT, rows, const_si(b->ck, least, b->at), 0, b->at), b->at);

	b->ok = b->ok == IR_NONE ? ok : and_(b->ck, b->ok, ok, b->at);
}

static void
histogram(struct binned *b, ir_id id)
{
	uint64_t bins = value(b, id)->n;

	b->few |= mpz_cmp_ui(value(b, id)->hi, (bins < b->most ? bins : b->most) *
	    b->ck->c->options->policy->bins) < 0;
	ask(b, reduce_all(b->ck, IR_SUM, id, b->at), bins);
}

static void
counts(struct binned *b, ir_id id)
{
	ir_id most = value(b, id)->sum_most > 0 ? reduce_all(b->ck, IR_SUM, id, b->at) :
	    reduce_all(b->ck, IR_MAXR, id, b->at);

	b->n += value(b, id)->n;
	b->greatest = b->greatest == IR_NONE ? most :
	    bin(b->ck, IR_MAX, b->greatest, most, 0, b->at);
}

static void
walk(struct binned *b, ir_id id)
{
	const struct ir_value v = *value(b, id);

	if (v.open != SECRET || v.n == 0 || b->seen[id] || b->depth == BINS_DEPTH)
		return;
	b->seen[id] = 1;
	if (v.rows_once) {
		histogram(b, id);
	} else if ((v.op == IR_SUM || v.op == IR_MATMUL || v.op == IR_TNMUL) && !v.of_library) {
		bool any = false, truth = true;
		for (uint32_t i = 0; i < v.n_args; i++) {
			truth = truth && is_truth(value(b, v.args[i]));
			any = any || compares(b, v.args[i]);
		}
		if (truth && any) {
			counts(b, id);
			return;
		}
	}
	b->depth++;
	for (uint32_t i = 0; i < v.n_args && !v.rows_once && (i == 0 || v.op != IR_DIV); i++)
		walk(b, v.args[i]);
	b->depth--;
}

void
policy_bins(struct check *ck, const struct decl *d, const struct val *x, struct ir_part *part)
{
	const struct policy *p = ck->c->options->policy;
	struct binned b = { .ck = ck, .at = at_span(ck, d->span), .most = x->n,
		.greatest = IR_NONE, .ok = IR_NONE };

	if (p == NULL || p->bins == 0 || x->rank == 0 || x->n < 2 || part->noise != 0)
		return;
	b.seen = compile_alloc(ck->c, ck->ir->n + 1);
	walk(&b, x->v);
	if (b.n > 1)
		ask(&b, b.greatest, b.n);
	if (b.few || (b.ok != IR_NONE && known_false(ck, b.ok)))
		compile_forbid(ck->c, d->name_span, "fewer bins, each of them wider",
		    "the policy does not let \"%s\" out: for each of %llu bins it wants %u rows, and there "
		    "are fewer", d->name, (unsigned long long)x->n, p->bins);
	if (b.ok == IR_NONE || known_true(ck, b.ok))
		return;
	if (part->guard == IR_NONE)
		part->rule = RULE_BINS;
	else if (part->rule == RULE_NONE)
		part->rule = RULE_REQUIRE_POLICY;
	else if (part->rule != RULE_REQUIRE_POLICY)
		part->rule = RULE_POLICY;
	part->guard = part->guard == IR_NONE ? b.ok : and_(ck, part->guard, b.ok, b.at);
}
