/* ledger_judge.c: see ledger_judge.h */
#include "ledger_judge.h"

#include <string.h>

#include "base/mem.h"

/* Sums of decimal fractions miss a limit that they just reach by some last digits. */
#define SLACK (1 + 1e-9)

static void
noise_both(struct ledger_rules *d, const struct ledger_rules *a)
{
	if (!a->noise)
		return;
	d->epsilon = !d->noise || a->epsilon < d->epsilon ? a->epsilon : d->epsilon;
	d->rho = !d->noise || a->rho < d->rho ? a->rho : d->rho;
	d->noise = true;
}

void
ledger_rules_both(struct ledger_rules *d, const struct ledger_rules *a)
{
	if (!a->given)
		return;
	if (!d->given) {
		*d = *a;
		return;
	}
	d->cohort = a->cohort > d->cohort ? a->cohort : d->cohort;
	d->runs = d->runs == 0 || (a->runs != 0 && a->runs < d->runs) ? a->runs : d->runs;
	noise_both(d, a);
	d->exact = d->exact && a->exact;
	d->two_keys = d->two_keys || a->two_keys ||
	    (d->key[0] != '\0' && a->key[0] != '\0' && strcmp(d->key, a->key) != 0);
	if (d->key[0] == '\0')
		memcpy(d->key, a->key, sizeof d->key);
}

void
ledger_shared_fini(struct ledger_shared *s)
{
	mem_free(s->run);
	*s = (struct ledger_shared){ 0 };
}

/* The last run with that cohort. */
static const struct ledger_run *
last_with(const struct ledger *l, uint64_t cohort)
{
	for (uint64_t i = l->n_runs; i > 0; i--)
		if (l->run[i - 1].cohort == cohort)
			return &l->run[i - 1];
	return NULL;
}

/* "run 3 of 2026-11-22 (lung-2026, 3f2a91c0...)" names it, and no rows. */
static enum status
refuse(struct fault *f, const struct ledger_run *run, const char *before, const char *after)
{
	return fault_set(f, ST_POLICY, "%s run %llu of %.10s (%s, study hash %02x%02x%02x%02x...)%s",
	    before, (unsigned long long)run->number, run->at, run->study, run->hash[0], run->hash[1],
	    run->hash[2], run->hash[3], after);
}

/* *shares: cohort k has rows of c.  It is refused if it has nearly the same. */
static enum status
compare(bool *shares, const struct ledger *l, uint64_t k, const struct cohort *c, uint32_t least,
    struct fault *f)
{
	const struct ledger_run *run = last_with(l, k);
	struct cohort_overlap o;
	uint64_t *row;
	enum status st;

	*shares = true;
	if (run == NULL)
		return ST_OK;
	if (l->cohort[k - 1].by != c->by) {
		if (least <= 1)
			return ST_OK;
		st = refuse(f, run, "this table cannot be compared with that of", ", of which other columns "
		    "told the rows apart");
		fault_help(f, "a ledger is for one source of data; `key = COLUMN` in [ledger] tells rows "
		    "apart by one column, whatever others there are");
		return st;
	}
	TRY(ledger_rows(&row, l, k, f));
	o = cohort_compare(row, l->cohort[k - 1].rows, c->row, c->n);
	mem_unmap(row, (l->cohort[k - 1].rows + 1) * sizeof *row);
	*shares = o.both > 0;
	if (o.one > 0 && o.one < least) {
		st = refuse(f, run, "this table has nearly the same rows as that of", "");
		fault_help(f, "results of both, put together, would tell about fewer than %u rows: bring "
		    "the same rows, or ones of which at least so many differ", (unsigned)least);
	}
out:
	return st;
}

static enum status
count_runs(const struct ledger_shared *s, const struct ledger_rules *rules, struct fault *f)
{
	if (rules->runs == 0 || s->n < rules->runs)
		return ST_OK;
	(void)fault_set(f, ST_POLICY, "%llu runs about the same rows are on this site's ledger, and %llu "
	    "is the most", (unsigned long long)s->n, (unsigned long long)rules->runs);
	fault_help(f, "it is the line `runs` of [ledger] in the site's policy");
	return ST_POLICY;
}

enum status
ledger_judge_rows(struct ledger_shared *s, const struct ledger *l, const struct cohort *c,
    const struct ledger_rules *rules, struct fault *f)
{
	bool *shares = mem_array(l->n_cohorts + 1, sizeof *shares);
	enum status st = ST_OK;

	*s = (struct ledger_shared){ .run = mem_array(l->n_runs, sizeof *s->run) };
	if (shares == NULL || s->run == NULL)
		TRY(fault_set(f, ST_INTERNAL, "no memory for the ledger"));
	shares[0] = true;
	for (uint64_t k = 1; k <= l->n_cohorts; k++) {
		shares[k] = true;
		if (c != NULL)
			TRY(compare(&shares[k], l, k, c, rules->cohort, f));
	}
	for (uint64_t i = 0; i < l->n_runs; i++) {
		s->run[i] = shares[l->run[i].cohort];
		s->n += s->run[i];
	}
	TRY(count_runs(s, rules, f));
out:
	mem_free(shares);
	if (st != ST_OK)
		ledger_shared_fini(s);
	return st;
}

/* What earlier runs spent towards a peer. */
static struct ledger_peer
spent_before(const struct ledger *l, const struct ledger_shared *s, const struct ledger_peer *p)
{
	struct ledger_peer sum = { .epsilon = 0 };

	for (uint64_t i = 0; i < l->n_runs; i++)
		for (uint32_t k = 0; s->run[i] && k < l->run[i].n_peers; k++)
			if (memcmp(l->run[i].peer[k].key, p->key, sizeof p->key) == 0) {
				sum.epsilon += l->run[i].peer[k].epsilon;
				sum.rho += l->run[i].peer[k].rho;
			}
	return sum;
}

static enum status
over(struct fault *f, const struct ledger_peer *p, const char *what, double before, double now,
    double most)
{
	if (now == 0 || before + now <= most * SLACK)
		return ST_OK;
	(void)fault_set(f, ST_POLICY, "this run would spend %s %.6g towards %s; earlier ones about the "
	    "same rows spent %.6g, and %.6g is the most", what, now, p->name, before, most);
	fault_help(f, "it is the line `%s` of [ledger] in the site's policy", what);
	return ST_POLICY;
}

static enum status
not_counted(struct fault *f, enum ledger_noise noise)
{
	(void)fault_set(f, ST_POLICY, noise == LEDGER_EXACT ?
	    "this site counts what noise spends, and the study has outputs without noise" :
	    "this site counts what noise spends, and of this study that is not known: it draws noise by "
	    "itself, or cannot be compiled before others tell their row counts");
	fault_help(f, "`exact = yes` in [ledger] of the site's policy lets such outputs out, uncounted");
	return ST_POLICY;
}

enum status
ledger_judge_noise(const struct ledger *l, const struct ledger_shared *s,
    const struct ledger_run *run, const struct ledger_rules *rules, struct fault *f)
{
	enum status st = ST_OK;

	if (!rules->noise)
		return ST_OK;
	if (run->noise != LEDGER_COUNTED && !rules->exact)
		return not_counted(f, run->noise);
	for (uint64_t i = 0; i < l->n_runs && !rules->exact; i++)
		if (s->run[i] && l->run[i].noise != LEDGER_COUNTED) {
			st = refuse(f, &l->run[i], "what noise spent about these rows is not known: "
			    "outputs without it went out in", "");
			fault_help(f, "`exact = yes` in [ledger] of the site's policy does not count them");
			return st;
		}
	for (uint32_t i = 0; i < run->n_peers; i++) {
		const struct ledger_peer *p = &run->peer[i], before = spent_before(l, s, p);

		TRY(over(f, p, "epsilon", before.epsilon, p->epsilon, rules->epsilon));
		TRY(over(f, p, "rho", before.rho, p->rho, rules->rho));
	}
out:
	return st;
}
