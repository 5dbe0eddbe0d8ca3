/* policy.c: see policy.h */
#include "policy.h"

#include <stddef.h>

struct policy
policy_default(void)
{
	return (struct policy){ .sites = POLICY_SITES, .rows = POLICY_ROWS, .cells = POLICY_CELLS,
		.model_rows = POLICY_MODEL_ROWS, .model_df = POLICY_MODEL_DF,
		.certain = POLICY_CERTAIN_FLAG,
		.epsilon = POLICY_ANY_BUDGET, .rho = POLICY_ANY_BUDGET };
}

struct policy
policy_standard(void)
{
	struct policy p = policy_default();

	p.sites = 3;
	p.rows = 20;
	p.cells = 10;
	p.secondary = true;
	p.extremes = p.single_rows = false;
	p.dominance = POLICY_STANDARD_DOMINANCE;
	p.p_ratio = POLICY_STANDARD_P_RATIO;
	p.certain = POLICY_CERTAIN_FLAG;
	p.bins = POLICY_STANDARD_BINS;
	return p;
}

const char *
policy_certain_word(unsigned certain)
{
	static const char *const word[N_POLICY_CERTAIN] = { "no", "flag", "withhold" };

	return certain < N_POLICY_CERTAIN ? word[certain] : NULL;
}

static uint32_t
gcd(uint32_t a, uint32_t b)
{
	while (b != 0) {
		uint32_t r = a % b;
		a = b;
		b = r;
	}
	return a;
}

/* Multiples of both: as coarse as either. */
static uint32_t
multiple_of_both(uint32_t a, uint32_t b)
{
	uint64_t m;

	if (a == 0 || b == 0)
		return a + b;
	m = (uint64_t)a / gcd(a, b) * b;
	return m > UINT32_MAX ? UINT32_MAX : (uint32_t)m;
}

void
policy_both(struct policy *d, const struct policy *a)
{
	d->sites = a->sites > d->sites ? a->sites : d->sites;
	d->rows = a->rows > d->rows ? a->rows : d->rows;
	d->cells = a->cells > d->cells ? a->cells : d->cells;
	d->zeros = d->zeros || a->zeros;
	d->round = multiple_of_both(d->round, a->round);
	d->without_any_site = d->without_any_site || a->without_any_site;
	d->secondary = d->secondary || a->secondary;
	d->model_rows = a->model_rows > d->model_rows ? a->model_rows : d->model_rows;
	d->model_df = a->model_df > d->model_df ? a->model_df : d->model_df;
	d->extremes = d->extremes && a->extremes;
	d->single_rows = d->single_rows && a->single_rows;
	if (d->dominance == 0 || (a->dominance > 0 && a->dominance < d->dominance))
		d->dominance = a->dominance;
	d->p_ratio = a->p_ratio > d->p_ratio ? a->p_ratio : d->p_ratio;
	d->bins = a->bins > d->bins ? a->bins : d->bins;
	d->certain = a->certain > d->certain ? a->certain : d->certain;
	d->epsilon = a->epsilon < d->epsilon ? a->epsilon : d->epsilon;
	d->rho = a->rho < d->rho ? a->rho : d->rho;
}

const char *
policy_laxer(const struct policy *d, const struct policy *a)
{
	if (d->sites < a->sites)
		return "sites";
	if (d->rows < a->rows)
		return "rows";
	if (d->cells < a->cells)
		return "cells";
	if (a->zeros && !d->zeros)
		return "zeros";
	if (a->round > 0 && (d->round == 0 || d->round % a->round != 0))
		return "round";
	if (a->without_any_site && !d->without_any_site)
		return "without_any_site";
	if (a->secondary && !d->secondary)
		return "secondary";
	if (d->model_rows < a->model_rows)
		return "model_rows";
	if (d->model_df < a->model_df)
		return "model_df";
	if (d->extremes && !a->extremes)
		return "extremes";
	if (d->single_rows && !a->single_rows)
		return "single_rows";
	if (a->dominance > 0 && (d->dominance == 0 || d->dominance > a->dominance))
		return "dominance";
	if (d->p_ratio < a->p_ratio)
		return "p_ratio";
	if (d->bins < a->bins)
		return "bins";
	if (d->certain < a->certain)
		return "certain";
	if (d->epsilon > a->epsilon)
		return "epsilon";
	if (d->rho > a->rho)
		return "rho";
	return NULL;
}
