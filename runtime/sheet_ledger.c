/* sheet_ledger.c: what a site took part in before, on the sheet; see sheet_impl.h */
#include "sheet_impl.h"

#include <string.h>

/* All are in the sheet's JSON. */
enum { SHOWN = 30 };

static void
ended(struct text *t, const struct ledger_run *run)
{
	if (run->ended == ST_OK || run->ended == ST_WITHHELD)
		text_add(t, run->ended == ST_OK ? "done" : "every output was withheld");
	else if (run->ended < 0)
		text_add(t, "how it ended was not written");
	else
		text_add(t, "ended with status %d", run->ended);
}

/* Of one kind, towards all who got some. */
static void
spent(struct text *t, const struct ledger_run *run, const char *what, size_t at)
{
	bool any = false;

	for (uint32_t i = 0; i < run->n_peers; i++) {
		const double *x = (const double *)(const void *)((const char *)&run->peer[i] + at);

		if (*x == 0)
			continue;
		text_add(t, "%s%.6g towards %s", any ? ", " : what, *x, run->peer[i].name);
		any = true;
	}
}

static void
describe(struct text *t, const struct ledger *l, const struct ledger_run *run)
{
	uint64_t same = 0;

	text_add(t, "Run %llu, %.10s %.5s UTC: %s (%s, study hash %02x%02x%02x%02x...), ",
	    (unsigned long long)run->number, run->at, run->at + 11, run->study, run->protocol,
	    run->hash[0], run->hash[1], run->hash[2], run->hash[3]);
	if (run->cohort == 0) {
		text_add(t, "data that are no rows");
	} else {
		text_count(t, run->rows);
		text_add(t, run->rows == 1 ? " row" : " rows");
	}
	for (uint64_t i = 0; i + 1 < run->number && same == 0; i++)
		if (run->cohort != 0 && l->run[i].cohort == run->cohort)
			same = i + 1;
	if (same != 0)
		text_add(t, ", those of run %llu", (unsigned long long)same);
	spent(t, run, "; epsilon ", offsetof(struct ledger_peer, epsilon));
	spent(t, run, "; rho ", offsetof(struct ledger_peer, rho));
	text_add(t, "; ");
	ended(t, run);
	text_add(t, ".");
}

bool
sheet_earlier(struct text *t, const struct sheet *s, unsigned i)
{
	const struct ledger *l = s->ledger;
	const uint64_t first = l->n_runs > SHOWN ? l->n_runs - SHOWN : 0;

	if (i > 0 && first + i - 1 < l->n_runs)
		describe(t, l, &l->run[first + i - 1]);
	if (i > 0)
		return first + i - 1 < l->n_runs;
	if (l->n_runs == 0)
		text_add(t, "None is on the ledger.");
	else if (first == 0)
		text_add(t, "All %llu that are on the ledger, whatever they were about:",
		    (unsigned long long)l->n_runs);
	else
		text_add(t, "The last %d of %llu that are on the ledger, whatever they were about:",
		    (int)SHOWN, (unsigned long long)l->n_runs);
	return true;
}
