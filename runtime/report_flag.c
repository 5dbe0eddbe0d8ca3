/* report_flag.c: see report_flag.h */
#include "report_flag.h"

#include <math.h>

#include "report_cell.h"

enum { FLAGS_NAMED = 8 };

enum cell_is { IS_HIDDEN, IS_NONE, IS_SOME, IS_WHOLE };

/* Numbers are as exact as the error of the part says: a share of 1 may be out a bit below. */
static enum cell_is
cell_is(const struct output_part *o, const struct result_part *r, uint64_t i)
{
	double x, slack = 0;

	if (!report_number(&x, r, &o->type, i))
		return IS_HIDDEN;
	if (!r->is_real && o->type.kind == TYPE_FIXED)
		slack = ldexp((double)o->error, -(int)o->type.frac);
	return fabs(x) <= slack ? IS_NONE : fabs(x - 1) <= slack ? IS_WHOLE : IS_SOME;
}

/* Is cell `here` the only one that is not 0 of its line along an axis, or is another? */
static enum flag
line_flag(const struct output_part *o, const struct result_part *r, uint32_t axis, uint64_t here)
{
	uint64_t stride = 1, others = 0;

	for (uint32_t k = axis + 1; k < o->rank; k++)
		stride *= o->dims[k];
	uint64_t first = here - here / stride % o->dims[axis] * stride;
	for (uint64_t i = 0; i < o->dims[axis]; i++) {
		enum cell_is is = cell_is(o, r, first + i * stride);
		if (is == IS_HIDDEN)
			return FLAG_NONE;
		others += is != IS_NONE && first + i * stride != here;
	}
	if (cell_is(o, r, here) == IS_NONE)
		return others == 1 ? FLAG_NOBODY : FLAG_NONE;
	return others == 0 && o->dims[axis] > 1 ? FLAG_EVERYBODY : FLAG_NONE;
}

enum flag
report_flag(const struct output_part *o, const struct result_part *r, uint64_t i)
{
	enum flag flag = FLAG_NONE;

	if (r->state != RESULT_VALUE || o->certain == CERTAIN_NONE)
		return FLAG_NONE;
	if (o->certain == CERTAIN_CELL) {
		enum cell_is is = cell_is(o, r, i);
		return is == IS_NONE ? FLAG_NOBODY : is == IS_WHOLE ? FLAG_EVERYBODY : FLAG_NONE;
	}
	for (uint32_t axis = 0; axis < o->rank && flag == FLAG_NONE; axis++)
		flag = line_flag(o, r, axis, i);
	return flag;
}

const char *
report_flag_text(enum flag flag)
{
	return flag == FLAG_NOBODY ? "0 %" : flag == FLAG_EVERYBODY ? "100 %" : "";
}

bool
report_flag_named(const struct output_part *o, enum flag flag)
{
	return flag == FLAG_EVERYBODY || (flag == FLAG_NOBODY && o->certain == CERTAIN_CELL);
}

/* "(b, died)": the labels of cell i, or its numbers. */
static void
add_place(struct text *t, const struct output *o, const struct output_part *p, uint64_t i)
{
	uint64_t below = report_elements(p);

	for (uint32_t k = 0; k < p->rank; k++) {
		below /= p->dims[k];
		const char *label = report_label(o, p, k, i / below % p->dims[k]);
		text_add(t, "%s", k == 0 ? " (" : ", ");
		if (label != NULL)
			text_add(t, "%s", label);
		else
			text_add(t, "%llu", (unsigned long long)(i / below % p->dims[k]));
	}
	text_add(t, "%s", p->rank > 0 ? ")" : "");
}

/* How many cells of part k of output i are to be named: the first are, unless t is NULL. */
static uint64_t
part_flags(struct text *t, const struct result *r, const struct output *o, uint32_t k,
    uint32_t first, uint64_t named)
{
	const struct output_part *p = &o->part[k];
	uint64_t n = 0;

	for (uint64_t i = 0; p->certain != CERTAIN_NONE && i < r->part[first + k].n; i++) {
		if (!report_flag_named(p, report_flag(p, &r->part[first + k], i)))
			continue;
		n++;
		if (t == NULL || named + n > FLAGS_NAMED)
			continue;
		text_add(t, "%s%s%s%s", named + n > 1 ? ", " : "", o->name, p->field[0] == '\0' ? "" : ".",
		    p->field);
		add_place(t, o, p, i);
	}
	return n;
}

static uint64_t
all_flags(struct text *t, const struct result *r, const struct code *c)
{
	uint64_t n = 0;
	uint32_t first = 0;

	for (uint32_t i = 0; i < c->n_outputs; first += c->output[i++].n_parts)
		for (uint32_t k = 0; k < c->output[i].n_parts; k++)
			n += part_flags(t, r, &c->output[i], k, first, n);
	return n;
}

bool
report_any_flag(const struct result *r, const struct code *c)
{
	return all_flags(NULL, r, c) > 0;
}

void
report_flags(struct text *t, const struct result *r, const struct code *c)
{
	uint64_t n = all_flags(t, r, c);

	if (n > FLAGS_NAMED)
		text_add(t, " and %llu more", (unsigned long long)(n - FLAGS_NAMED));
}
