/* policy.h: what a data protection officer allows to be released; see compiler/check_policy.c for
 * how it is enforced, runtime/policy_file.h for the file it is written in. */
#ifndef KONSIL_POLICY_H
#define KONSIL_POLICY_H

#include <stdbool.h>
#include <stdint.h>

enum {
	POLICY_SITES = 3, POLICY_ROWS = 20, POLICY_CELLS = 10,  /* where a file does not say */
	POLICY_CELLS_LEAST = 3, POLICY_CELLS_MOST = 100,
	POLICY_MODEL_ROWS = 10, POLICY_MODEL_DF = 10,
	POLICY_STANDARD_DOMINANCE = 90, POLICY_STANDARD_P_RATIO = 10, POLICY_STANDARD_BINS = 3,
};

#define POLICY_ANY_BUDGET UINT64_MAX
enum { POLICY_BUDGET_UNIT = 1000000 };

/* What tells the value of everybody in a group: shown, flagged or withheld. */
enum policy_certain { POLICY_CERTAIN_NO, POLICY_CERTAIN_FLAG, POLICY_CERTAIN_WITHHOLD,
	N_POLICY_CERTAIN };

struct policy {
	uint32_t sites;                 /* so many parties put in data, at least */
	uint64_t rows;                  /* so many rows in all, at least, of each group with tables */
	uint32_t cells;                 /* fewer than so many rows behind a number: it is withheld */
	bool zeros;                     /* also where there are none */
	uint32_t round;                 /* counts are rounded to multiples of it; 0: not */
	bool without_any_site;          /* so also with the rows of any one site taken away */
	bool secondary;                 /* lone withheld cells of a table get company: their totals tell */
	uint32_t model_rows;            /* rows for each parameter of a fitted model, at least */
	uint32_t model_df;              /* and rows beyond its parameters */
	bool extremes;                  /* least and greatest values may be released */
	bool single_rows;               /* values of single rows may go to others than their site */
	uint32_t dominance;             /* percent of a sum that its two greatest rows may be; 0: any */
	uint32_t p_ratio;               /* percent of its greatest that all but two must be; 0: none */
	uint32_t bins;                  /* rows for each bin of a histogram, at least; 0: any */
	uint32_t certain;               /* enum policy_certain: what is 0 % or 100 % of a group */
	uint64_t epsilon, rho;          /* what noise may spend in all, in millionths */
};

/* "no", "flag", "withhold" */
const char *policy_certain_word(unsigned certain);
/* A file that says nothing. */
struct policy policy_default(void);
/* What statistical offices and registries usually ask for: `rules = standard`. */
struct policy policy_standard(void);
/* d = what both allow. */
void policy_both(struct policy *d, const struct policy *a);
/* The first rule in which d allows more than a, in words; NULL: in none. */
const char *policy_laxer(const struct policy *d, const struct policy *a);

#endif
