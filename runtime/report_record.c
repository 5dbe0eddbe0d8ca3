/* report_record.c: see report_record.h */
#include "report_record.h"

#include <string.h>

enum { DIGITS = 7 };                    /* significant, of what is not whole: R's */

void
record_find(struct record *x, const struct result_part *r, const struct output *o, uint32_t k)
{
	const struct output_part *p = &o->part[k];
	bool found = false;

	*x = (struct record){ .o = o, .r = r };
	if (p->field[0] == '\0' || p->rank != 1 || p->dims[0] == 0 || p->each >= 0 ||
	    r[k].state != RESULT_VALUE)
		return;
	for (uint32_t i = 0; i < o->n_parts && x->n < RECORD_COLUMNS_MAX; i++) {
		if (r[i].state != RESULT_VALUE || o->part[i].each >= 0 ||
		    !report_same_shape(&o->part[i], p) || o->part[i].recipients != p->recipients)
			continue;
		found = found || i == k;
		x->part[x->n++] = i;
	}
	x->n = found ? x->n : 0;        /* one of very many: it stands alone */
}

static size_t
record_width(const struct record *x, uint32_t column, uint64_t rows)
{
	const struct output_part *p = &x->o->part[x->part[column]];
	size_t width = text_width(p->field);
	char s[CELL_MAX];

	for (uint64_t i = 0; i < rows; i++) {
		report_words(s, &x->r[x->part[column]], &p->type, i, DIGITS);
		width = text_width(s) > width ? text_width(s) : width;
	}
	return width;
}

void
record_text(struct text *t, const struct record *x, uint64_t most)
{
	const struct output_part *first = &x->o->part[x->part[0]];
	uint64_t n = first->dims[0], rows = n > most ? most : n;
	bool labels = report_label(x->o, first, 0, 0) != NULL;
	size_t width[RECORD_COLUMNS_MAX], label_width = 0;
	char s[CELL_MAX];

	for (uint64_t i = 0; labels && i < rows; i++) {
		report_place(s, x->o, 0, i);
		label_width = text_width(s) > label_width ? text_width(s) : label_width;
	}
	text_pad(t, ' ', labels ? label_width + 2 : 0);
	for (uint32_t k = 0; k < x->n; k++) {
		width[k] = record_width(x, k, rows);
		text_right(t, x->o->part[x->part[k]].field, width[k] + 2);
	}
	for (uint64_t i = 0; i < rows; i++) {
		text_put(t, "\n", 1);
		if (labels) {
			report_place(s, x->o, 0, i);
			text_add(t, "  ");
			text_left(t, s, label_width);
		}
		for (uint32_t k = 0; k < x->n; k++) {
			report_words(s, &x->r[x->part[k]], &x->o->part[x->part[k]].type, i, DIGITS);
			text_right(t, s, width[k] + 2);
		}
	}
	text_put(t, "\n", 1);
	if (rows < n)
		text_add(t, "  ... %llu more rows; -o DIR or --json has them\n",
		    (unsigned long long)(n - rows));
}

bool
record_withheld(const struct result_part *r, const struct output *o)
{
	for (uint32_t i = 0; i < o->n_parts; i++)
		if (r[i].state != RESULT_WITHHELD || r[i].rule != r[0].rule || o->part[i].each >= 0 ||
		    o->part[i].recipients != o->part[0].recipients)
			return false;
	return o->n_parts > 1;
}
