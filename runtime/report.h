/* report.h: results, as people or programs read them. */
#ifndef KONSIL_REPORT_H
#define KONSIL_REPORT_H

#include "code/policy.h"
#include "result.h"

/* A table for people: names, values aligned, grids with the labels of their axes; withheld outputs
 * as "withheld (require)", missing cells as "missing".  Arrays beyond REPORT_ROWS_MAX rows are
 * cut, and so are the own rows of more parties than that, and it says so.  Outputs that are not
 * here are left out.  Below stands what each rule means by which something is withheld.  The
 * policy may be NULL. */
enum { REPORT_ROWS_MAX = 40 };
enum status report_text(char **out, const struct result *r, const struct code *c,
    const struct policy *p) MUST_USE;

/* The object of `run --json` and result.json, with a newline.  cost may be NULL. */
enum status report_json(char **out, const struct result *r, const struct code *c,
    const struct cost *cost) MUST_USE;

/* One tidy table, as R and spreadsheets read it: output, party (if parties get different
 * values), term and column (labels of the first axis and of the others, else their numbers), the
 * value or the fields of named results under broom's names (std.error, p.value, conf.low),
 * withheld (the rule, or nothing), flag ("0 %", "100 %", if there are any).  What is missing or
 * withheld is empty. */
enum status report_csv(char **out, const struct result *r, const struct code *c) MUST_USE;

/* Rounds, bytes, seconds of a run, a line or two. */
enum status report_cost(char **out, const struct cost *cost, const struct code *c) MUST_USE;

#endif
