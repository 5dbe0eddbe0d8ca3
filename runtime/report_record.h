/* report_record.h: named results side by side in the table for people. */
#ifndef KONSIL_REPORT_RECORD_H
#define KONSIL_REPORT_RECORD_H

#include "report_cell.h"
#include "text.h"

/* Fields of one axis and length that the same recipients know. */
enum { RECORD_COLUMNS_MAX = 32 };
struct record {
	const struct output *o;
	const struct result_part *r;    /* of the output */
	uint32_t part[RECORD_COLUMNS_MAX];
	uint32_t n;                     /* 0 or 1: nothing stands beside it */
};

/* Those that stand beside part k, itself among them; r is the output's. */
void record_find(struct record *x, const struct result_part *r, const struct output *o, uint32_t k);
/* A column for each, a line for each place, at most `most`, as R prints a model's coefficients. */
void record_text(struct text *t, const struct record *x, uint64_t most);
/* Is all of an output of several parts withheld, by one rule? */
bool record_withheld(const struct result_part *r, const struct output *o);

#endif
