/* report_cell.c: see report_cell.h */
#include "report_cell.h"

#include "number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

unsigned
report_rule(const struct result_part *r, uint64_t i)
{
	if (r->state == RESULT_WITHHELD)
		return r->rule;
	return r->shown != NULL && r->shown[i] == 0 ? r->cell_rule : RULE_NONE;
}

static bool
is_missing(const struct result_part *r, uint64_t i)
{
	return report_rule(r, i) != RULE_NONE || (r->present != NULL && r->present[i] == 0) ||
	    (r->is_real && !isfinite(r->real[i]));
}

bool
report_number(double *x, const struct result_part *r, const struct type *t, uint64_t i)
{
	*x = 0;
	if (is_missing(r, i) || t->kind == TYPE_BITS)
		return false;
	if (r->is_real)
		*x = r->real[i];
	else
		*x = ldexp((double)r->whole[i], t->kind == TYPE_FIXED ? -(int)t->frac : 0);
	return true;
}

/* As many as a unit of the last place has, so that what rounding leaves is not read as a digit. */
static unsigned
places_of(unsigned frac)
{
	return frac * 3 / 10;
}

bool
report_cell(char out[CELL_MAX], const struct result_part *r, const struct type *t, uint64_t i,
    unsigned digits)
{
	char number[DECIMAL_MAX];

	out[0] = '\0';
	if (is_missing(r, i))
		return false;
	const i128 *whole = r->is_real ? NULL : &r->whole[i * r->each];
	i128 v = r->is_real ? r->real[i] != 0 : *whole;
	switch ((enum type_kind)t->kind) {
	case TYPE_BOOL:
		(void)snprintf(out, CELL_MAX, "%s", v != 0 ? "true" : "false");
		return true;
	case TYPE_CATEGORY:
		if (v >= 0 && v < t->n_levels)
			(void)snprintf(out, CELL_MAX, "%s", t->level[v].name);
		return v >= 0 && v < t->n_levels;
	case TYPE_BITS:
		wording_bits(out, t, whole);
		return true;
	case TYPE_INT:
	case TYPE_FIXED:
	case TYPE_ID:                   /* none: code_verify refuses it */
		break;
	}
	unsigned frac = t->kind == TYPE_FIXED ? t->frac : 0;
	if (r->is_real)
		decimal_double(number, r->real[i], digits);
	else
		decimal_short(number, v, frac, digits, digits < CELL_ALL ? places_of(frac) : frac);
	(void)snprintf(out, CELL_MAX, "%s", number);
	return true;
}

const char *
report_label(const struct output *o, const struct output_part *p, uint32_t axis, uint64_t i)
{
	if (axis >= o->n_labels || axis >= p->rank || o->label[axis].n != p->dims[axis])
		return NULL;
	return o->label[axis].name[i];
}

uint64_t
report_elements(const struct output_part *p)
{
	uint64_t n = 1;

	for (uint32_t k = 0; k < p->rank; k++)
		n *= p->dims[k];
	return n;
}

bool
report_same_shape(const struct output_part *a, const struct output_part *b)
{
	return a->rank == b->rank &&
	    (a->rank == 0 || memcmp(a->dims, b->dims, a->rank * sizeof *a->dims) == 0);
}

void
report_words(char out[CELL_MAX], const struct result_part *r, const struct type *t, uint64_t i,
    unsigned digits)
{
	if (!report_cell(out, r, t, i, digits))
		(void)snprintf(out, CELL_MAX, report_rule(r, i) == RULE_NONE ? "missing" : "withheld");
}

void
report_place(char out[CELL_MAX], const struct output *o, uint32_t axis, uint64_t i)
{
	if (axis < o->n_labels && i < o->label[axis].n)
		(void)snprintf(out, CELL_MAX, "%s", o->label[axis].name[i]);
	else
		(void)snprintf(out, CELL_MAX, "[%llu]", (unsigned long long)i);
	/* A column's name may break a line; here it would look like another result. */
	for (char *p = out; (p = strpbrk(p, "\n\t")) != NULL;)
		*p = ' ';
}
