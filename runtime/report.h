/* report.h: results, as people or programs read them. */
#ifndef KONSIL_REPORT_H
#define KONSIL_REPORT_H

#include "result.h"

/* A table for people: names, values aligned, grids with the labels of their axes; withheld outputs
 * as "withheld (require)", missing cells as "missing".  Arrays beyond REPORT_ROWS_MAX rows are
 * cut, and so are the own rows of more parties than that, and it says so.  Outputs that are not
 * here are left out. */
enum { REPORT_ROWS_MAX = 40 };
enum status report_text(char **out, const struct result *r, const struct code *c) MUST_USE;

/* The object of `run --json` and result.json, with a newline.  cost may be NULL. */
enum status report_json(char **out, const struct result *r, const struct code *c,
    const struct cost *cost) MUST_USE;

/* Rounds, bytes, seconds of a run, a line or two. */
enum status report_cost(char **out, const struct cost *cost, const struct code *c) MUST_USE;

#endif
