/* page_impl.h: what the files of the report page share; see page.h */
#ifndef KONSIL_PAGE_IMPL_H
#define KONSIL_PAGE_IMPL_H

#include "page.h"
#include "report_cell.h"
#include "text.h"

enum { PAGE_DIGITS = 5 };               /* significant ones, of what is not whole */

/* Parts of one output that have one shape and one recipient: a column each. */
enum { N_SERIES_MAX = 32 };
struct series {
	const struct output *o;
	uint64_t n;                     /* places */
	unsigned n_columns;
	const struct output_part *part[N_SERIES_MAX];
	const struct result_part *of[N_SERIES_MAX];
};

/* s for HTML's text and attributes. */
void page_escape(struct text *t, const char *s);
/* The column of that field, or -1. */
int page_column(const struct series *s, const char *field);
/* Place i of column k as a number; false: missing, withheld or no number. */
bool page_number(double *x, const struct series *s, int k, uint64_t i);
/* What place i is called, or its number. */
void page_place(struct text *t, const struct series *s, uint64_t i);

/* page_plot.c: a picture of the series if there is one that suits it: bars of counts, steps of a
 * survival curve, estimates with their intervals.  True: it shows all that there is. */
bool page_plot(struct text *t, const struct series *s);

#endif
