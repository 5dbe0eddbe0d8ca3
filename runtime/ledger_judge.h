/* ledger_judge.h: whether a site takes part in a run, seeing what it took part in before.
 *
 * The rules are the site's own, in [ledger] of its policy: they are no part of a study, and
 * others learn only that the site stops.
 *
 *     [ledger]
 *     cohort  = 10     # refuse rows of which 1 to 9 differ from an earlier run's
 *     runs    = 20     # so many runs about the same rows, at most; this one counts
 *     epsilon = 1      # so much is spent by all runs about the same rows, towards each recipient
 *     rho     = 0.5
 *     exact   = no     # with epsilon or rho: may outputs without noise go to others?
 *     key     = pid    # the column that tells rows apart; else all cells do
 *
 * cohort is the policy's `cells` if nothing is said; 1 compares nothing.  The others set no
 * limit then; but with one of epsilon and rho the other is 0 (`none` limits it not).  Runs are
 * about the same rows if they share one.  Data without rows (single values) share with
 * everything.  All runs count that were begun, however they ended. */
#ifndef KONSIL_LEDGER_JUDGE_H
#define KONSIL_LEDGER_JUDGE_H

#include "cohort.h"
#include "ledger.h"

enum { LEDGER_COLUMN_MAX = 128 };

struct ledger_rules {
	bool given;                     /* the policy has such a section */
	uint32_t cohort;                /* 0: nothing was said */
	uint32_t runs;                  /* 0: no limit */
	bool noise;                     /* epsilon or rho is said; */
	double epsilon, rho;            /* then these hold, and are 0 if only the other is */
	bool exact;
	char key[LEDGER_COLUMN_MAX];    /* "": all cells */
	bool two_keys;                  /* of several policies: the rules cannot be used */
};

/* d = the stricter of each. */
void ledger_rules_both(struct ledger_rules *d, const struct ledger_rules *a);

/* Which earlier runs a run shares rows with. */
struct ledger_shared {
	uint64_t n;                     /* how many */
	bool *run;                      /* by index in l->run */
};
void ledger_shared_fini(struct ledger_shared *s);

/* Compares rows (NULL: the data are none) with all cohorts, and counts.  ST_POLICY: refused; the
 * fault names the earlier run. */
enum status ledger_judge_rows(struct ledger_shared *s, const struct ledger *l,
    const struct cohort *c, const struct ledger_rules *rules, struct fault *f) MUST_USE;
/* Adds up what is spent towards each of run->peer.  ST_POLICY: too much. */
enum status ledger_judge_noise(const struct ledger *l, const struct ledger_shared *s,
    const struct ledger_run *run, const struct ledger_rules *rules, struct fault *f) MUST_USE;

#endif
