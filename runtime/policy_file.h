/* policy_file.h: a site's policy, as its data protection officer writes it.
 *
 *     [policy]
 *     rules            = standard      # the first key, or not there: see below
 *     sites            = 3     # at least so many sites put in data
 *     rows             = 20    # at least so many rows in all
 *     cells            = 10    # counts from 1 to 9 are withheld, and what fewer rows stand behind
 *     zeros            = show  # or withhold
 *     round            = 5     # released counts are multiples of it; none: as they are
 *     without_any_site = no    # yes: `cells` must hold also without the rows of any one site
 *     secondary        = no    # yes: no cell of a table is withheld alone in its line
 *     model_rows       = 10    # rows for each parameter of a fitted model, at least
 *     model_df         = 10    # rows beyond its parameters, at least
 *     extremes         = no    # yes: a least or greatest value is released as a sum is
 *     single_rows      = no    # may values of single rows go to others than their site?
 *     dominance        = 90%   # of a sum its two greatest rows make up at most that; none: any
 *     p_ratio          = 10%   # of its greatest row all others but the second are at least; none
 *     bins             = 3     # rows for each bin of a histogram, at least; none: any
 *     certain          = flag  # or withhold, or no: what is 0 % or 100 % of a group
 *     epsilon          = 1.5   # all Laplace noise of a study spends at most that; none: any
 *     rho              = 0.5   # and all its Gaussian noise
 *
 * What is not said is as above, but round, dominance, p_ratio, bins, epsilon and rho = none.
 * `rules = standard` sets what is common: as above, but secondary = yes and round, epsilon and
 * rho = none; what is said after it makes single rules stricter or looser.  Of several policies
 * the strictest rule of each kind holds.  A second section, [ledger], is for the site itself and
 * no part of a study; see ledger_judge.h. */
#ifndef KONSIL_POLICY_FILE_H
#define KONSIL_POLICY_FILE_H

#include "base/status.h"
#include "code/policy.h"
#include "ledger_judge.h"

struct policy_file {
	bool has_policy;                /* else `policy` is what it is where nothing is said */
	struct policy policy;
	struct ledger_rules ledger;
};

/* ST_USAGE with file and line. */
enum status policy_read(struct policy_file *out, const char *path, struct fault *f) MUST_USE;

/* "cells = 10\n", ...: all rules, one way for each policy. */
struct text;
void policy_write(struct text *t, const struct policy *p);

#endif
