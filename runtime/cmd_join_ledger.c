/* cmd_join_ledger.c: `konsil join --ledger`: a site looks at what it took part in before it
 * takes part again, and writes down that it does; see cmd_join.h, ledger.h and ledger_judge.h.
 *
 * The ledger is open only while it is read and written, not while a session waits for others:
 * so sessions may overlap, and each sees those that began before it. */
#include <sodium.h>
#include <string.h>

#include "base/mem.h"
#include "cmd_join.h"
#include "sheet_impl.h"
#include "wording.h"

static enum status
check_options(const struct join *j, struct fault *f)
{
	if (j->o.ledger == NULL) {
		(void)fault_set(f, ST_POLICY, "this site's policy has rules for a ledger, and --ledger FILE "
		    "is missing");
		fault_help(f, "if the site has none yet: touch %s.ledger, and --ledger %s.ledger", j->o.as,
		    j->o.as);
		return ST_POLICY;
	}
	return !j->o.rules.two_keys ? ST_OK : fault_set(f, ST_USAGE,
	    "two policies of this site tell rows apart by different columns (`key` in [ledger])");
}

enum status
join_ledger_begin(struct join *j, struct fault *f)
{
	struct ledger_rules *rules = &j->o.rules;
	uint8_t rows[COHORT_KEY];
	enum status st = ST_OK;

	if ((j->o.ledger == NULL && !rules->given) || j->collect ||
	    !study_brings(&j->study, j->node.me))
		return ST_OK;
	TRY(check_options(j, f));
	if (rules->cohort == 0)
		rules->cohort = j->study.has_policy ? j->study.policy.cells : POLICY_CELLS;
	identity_derive(j->ledger.key, j->secret, LEDGER_PURPOSE);
	identity_derive(rows, j->secret, "konsil ledger rows");
	cohort_init(&j->ledger.cohort, rows, rules->key[0] == '\0' ? NULL : rules->key);
	wipe(rows, sizeof rows);
	j->ledger.active = true;
out:
	return st;
}

/* NULL: the data are no rows of a table. */
static const struct cohort *
rows_of(const struct join *j)
{
	return j->ledger.cohort.any ? &j->ledger.cohort : NULL;
}

enum status
join_ledger_check(struct join *j, struct fault *f)
{
	struct ledger_shared shared = { 0 };
	struct ledger *l = NULL;
	enum status st = ST_OK;

	if (!j->ledger.active)
		return ST_OK;
	TRY(ledger_open(&l, j->o.ledger, j->ledger.key, true, f));
	TRY(ledger_judge_rows(&shared, l, rows_of(j), &j->o.rules, f));
out:
	ledger_shared_fini(&shared);
	ledger_close(l);
	return st;
}

/* Whether somebody else learns a secret without noise. */
static bool
has_exact(const struct code *c, uint32_t me)
{
	for (uint32_t i = 0; i < c->n_outputs; i++)
		for (uint32_t k = 0; k < c->output[i].n_parts; k++) {
			const struct output_part *p = &c->output[i].part[k];
			struct who w = { { 0 } };

			if (p->noise != NOISE_NONE || p->value == SLOT_NONE ||
			    c->slot[p->value].domain == DOM_P)
				continue;
			who_add(&w, c, p->recipients);
			w.bit[me / 64] &= ~(UINT64_C(1) << me % 64);
			if (who_any(&w))
				return true;
		}
	return c->n_reveals > 0;
}

static enum status
add_peers(struct ledger_run *run, const struct join *j)
{
	const struct code *c = j->study.code;
	struct budget *spent = sheet_budgets(c);
	struct who all = { { 0 } };
	enum status st = ST_OK;

	run->peer = mem_array(c->n_parties, sizeof *run->peer);
	if (spent == NULL || run->peer == NULL)
		TRY(ST_INTERNAL);
	for (uint32_t i = 0; i < c->n_outputs; i++) {
		struct who w = { { 0 } };

		wording_recipients(&w, c, &c->output[i]);
		for (size_t k = 0; k < sizeof all.bit / sizeof all.bit[0]; k++)
			all.bit[k] |= w.bit[k];
	}
	for (uint32_t i = 0; i < c->n_parties; i++) {
		struct ledger_peer *p = &run->peer[run->n_peers];

		if (i == j->node.me || !who_has(&all, i))
			continue;
		p->name = mem_strdup(c->party[i].name);
		if (p->name == NULL)
			TRY(ST_INTERNAL);
		run->n_peers++;
		p->epsilon = spent[i].epsilon;
		p->rho = spent[i].rho;
		(void)crypto_generichash(p->key, sizeof p->key, (const uint8_t *)&j->key[i],
		    sizeof j->key[i], NULL, 0);
	}
out:
	mem_free(spent);
	return st;
}

static enum status
describe(struct ledger_run *run, const struct join *j, struct fault *f)
{
	const struct code *c = j->study.code;
	struct component *list = mem_array(N_COMPONENT_MAX, sizeof *list);
	size_t n;
	enum status st = ST_INTERNAL;

	run->study = mem_strdup(j->file->name);
	run->protocol = mem_strdup(j->study.protocol->name);
	if (list == NULL || run->study == NULL || run->protocol == NULL)
		goto out;
	TRY(node_components(list, &n, &j->node, f));
	study_hash(run->hash, list, n);
	run->rows = rows_of(j) == NULL ? 0 : rows_of(j)->n;
	run->noise = c == NULL || sheet_draws_besides(c) ? LEDGER_UNKNOWN :
	    has_exact(c, j->node.me) ? LEDGER_EXACT : LEDGER_COUNTED;
	if (c != NULL)
		TRY(add_peers(run, j));
out:
	mem_free(list);
	return st == ST_OK ? st : fault_set(f, st, "out of memory");
}

static void
say(const struct join *j, uint64_t shared)
{
	progress_clear(j->node.progress);
	if (j->o.json)
		return;
	(void)fprintf(stderr, "recorded as run %llu of %s; ", (unsigned long long)j->ledger.run,
	    j->o.ledger);
	if (shared == 0)
		(void)fprintf(stderr, "no earlier one was about the same rows\n");
	else
		(void)fprintf(stderr, "%llu earlier %s about the same rows\n",
		    (unsigned long long)shared, shared == 1 ? "one was" : "ones were");
}

enum status
join_ledger_charge(struct join *j, struct fault *f)
{
	struct ledger_shared shared = { 0 };
	struct ledger_run run = { .ended = -1 };
	struct ledger *l = NULL;
	enum status st = ST_OK;

	if (!j->ledger.active || j->ledger.run != 0)
		return ST_OK;
	TRY(describe(&run, j, f));
	TRY(ledger_open(&l, j->o.ledger, j->ledger.key, true, f));
	TRY(ledger_judge_rows(&shared, l, rows_of(j), &j->o.rules, f));
	TRY(ledger_judge_noise(l, &shared, &run, &j->o.rules, f));
	TRY(ledger_add(l, &run, rows_of(j), f));
	j->ledger.run = run.number;
	say(j, shared.n);
out:
	ledger_close(l);
	ledger_shared_fini(&shared);
	ledger_run_fini(&run);
	return st;
}

void
join_ledger_end(struct join *j, enum status st)
{
	struct ledger *l = NULL;
	struct fault f = { 0 };

	if (j->ledger.run == 0)
		return;
	if (ledger_open(&l, j->o.ledger, j->ledger.key, false, &f) == ST_OK)
		(void)!ledger_end(l, j->ledger.run, st, &f);
	ledger_close(l);
	/* It counts all the same. */
	if (f.st != ST_OK && !j->o.json)
		(void)fprintf(stderr, "konsil: warning: how the run ended is not on the ledger: %s\n",
		    f.message);
}

void
join_ledger_fini(struct join_ledger *l)
{
	if (l->active)
		cohort_fini(&l->cohort);
	wipe(l, sizeof *l);
}
