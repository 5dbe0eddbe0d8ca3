/* ir_told.c: which outputs tell what another one withholds.
 *
 * Cells that are withheld one by one are each a linear form of what the sites bring (ir_forms.h).
 * If those of one output depend linearly on each other once the numbers of rows and what else the
 * same sites learn are known, then one cell can be worked out from the cells that are shown.  A
 * mean counts as the sum that it divides, since numbers of rows are told or guessed.  It is said on
 * the sheet and by `check`; nothing is refused for it, and what is not found may be so.
 * requires: loops.  sets: stated.  keeps: everything else. */
#include <string.h>

#include "internal.h"
#include "ir_forms.h"

enum { CELLS_MAX = 512 };                /* of all outputs */

struct told {
	struct ir *ir;
	struct forms *forms;
	struct form *cell;               /* of all parts */
	uint32_t n_cells;
	uint32_t *first;                 /* of each part, in the order of the outputs; and the end */
	const struct ir_output **of;     /* each part's */
	const struct ir_part **part;
	uint32_t n_parts;
	struct form **pivot;             /* by the first monomial of a form */
	uint32_t *used, n_used;
};

static bool
collect_part(struct told *t, const struct ir_output *o, const struct ir_part *p)
{
	uint64_t n = o->withheld || p->value == IR_NONE ? 0 : t->ir->value[p->value].n;

	t->first[t->n_parts] = t->n_cells;
	t->of[t->n_parts] = o;
	t->part[t->n_parts++] = p;
	/* Rows that go to their owners are no totals. */
	if (n + t->n_cells > CELLS_MAX)
		n = 0;
	for (uint64_t i = 0; i < n; i++)
		if (!forms_element(t->forms, p->value, i, &t->cell[t->n_cells++]))
			return false;
	return true;
}

static bool
collect(struct told *t)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->ir->n_outputs; i++)
		n += t->ir->output[i].n_parts;
	t->cell = compile_alloc(t->ir->compile, CELLS_MAX * sizeof *t->cell);
	t->first = compile_alloc(t->ir->compile, (n + 1) * sizeof *t->first);
	t->of = compile_alloc(t->ir->compile, (n + 1) * sizeof(struct ir_output *));
	t->part = compile_alloc(t->ir->compile, (n + 1) * sizeof(struct ir_part *));
	t->pivot = compile_alloc(t->ir->compile, FORMS_MAX * sizeof(struct form *));
	t->used = compile_alloc(t->ir->compile, FORMS_MAX * sizeof *t->used);
	for (uint32_t i = 0; i < t->ir->n_outputs; i++)
		for (uint32_t k = 0; k < t->ir->output[i].n_parts; k++)
			if (!collect_part(t, &t->ir->output[i], &t->ir->output[i].part[k]))
				return false;
	t->first[t->n_parts] = t->n_cells;
	return true;
}

static void
forget(struct told *t)
{
	while (t->n_used > 0)
		t->pivot[t->used[--t->n_used]] = NULL;
}

/* Adds a form to what is known; false: it was. */
static bool
learn(struct told *t, const struct form *a)
{
	struct form *r = compile_alloc(t->ir->compile, sizeof *r);

	*r = *a;
	while (r->n > 0 && t->pivot[r->term[0].monomial] != NULL) {
		const struct form *p = t->pivot[r->term[0].monomial];
		uint64_t k = form_times(r->term[0].coef, form_inverse(p->term[0].coef));
		*r = form_add(t->forms, r, FORM_PRIME - k, p);
	}
	if (r->n == 0)
		return false;
	t->used[t->n_used++] = r->term[0].monomial;
	t->pivot[r->term[0].monomial] = r;
	return true;
}

static void
learn_one(struct told *t)
{
	const struct form one = form_term(t->forms, 0, 1);

	(void)learn(t, &one);
}

/* Does some party get both? */
static bool
shared(const struct told *t, uint32_t a, uint32_t b)
{
	const struct ir *ir = t->ir;

	for (uint32_t p = 0; p < ir->n_parties; p++)
		if (recipients_have(&ir->roles, t->part[a]->recipients, p) &&
		    recipients_have(&ir->roles, t->part[b]->recipients, p))
			return true;
	return false;
}

/* Is the cell one to look at: not public anyway, and not another one's equal? */
static bool
counts_as_cell(struct told *t, uint32_t s, uint32_t i)
{
	const struct form *f = &t->cell[i];

	if (f->n == 0 || (f->n == 1 && f->term[0].monomial == 0))
		return false;
	for (uint32_t k = t->first[s]; k < i; k++)
		if (form_equal(&t->cell[k], f))
			return false;
	return true;
}

/* With `other` part's cells (or all that are shared, -1; or none, -2) known: does a cell of part s
 * depend on others? */
static bool
determined(struct told *t, uint32_t s, int64_t other)
{
	bool found = false;

	forget(t);
	learn_one(t);
	for (uint32_t k = 0; k < t->n_parts; k++)
		if (t->of[k] != t->of[s] && shared(t, s, k) && (other == -1 || other == (int64_t)k))
			for (uint32_t i = t->first[k]; i < t->first[k + 1]; i++)
				(void)learn(t, &t->cell[i]);
	for (uint32_t i = t->first[s]; i < t->first[s + 1]; i++)
		if (counts_as_cell(t, s, i))
			found |= !learn(t, &t->cell[i]);
	return found;
}

/* Of one output's parts the first that tells. */
static bool
is_said(const struct told *t, uint32_t s, uint32_t part)
{
	for (uint32_t k = 0; k < part; k++)
		if (t->of[k] == t->of[part] && shared(t, s, k))
			return true;
	return false;
}

static void
look_at(struct told *t, uint32_t s)
{
	struct ir_output *o = &t->ir->output[t->of[s] - t->ir->output];
	const char *by = NULL;

	for (const struct ir_stated *k = o->stated; k != NULL; k = k->next)
		if (k->kind == STATED_TOLD)
			return;
	if (determined(t, s, -2)) {
		ir_state(t->ir, o, STATED_TOLD, "the numbers of rows");
		return;
	}
	if (!determined(t, s, -1))
		return;
	for (uint32_t k = 0; k < t->n_parts; k++)
		if (t->of[k] != o && !is_said(t, s, k) && determined(t, s, k))
			by = by == NULL ? compile_printf(t->ir->compile, "`%s`", t->of[k]->name) :
			    compile_printf(t->ir->compile, "%s or `%s`", by, t->of[k]->name);
	ir_state(t->ir, o, STATED_TOLD, by != NULL ? by : "the other outputs together");
}

void
ir_told(struct ir *ir)
{
	struct told t = { .ir = ir, .forms = forms_new(ir) };
	bool any = false;

	t.forms->dividends = true;
	for (uint32_t i = 0; i < ir->n_outputs; i++)
		for (uint32_t k = 0; k < ir->output[i].n_parts; k++)
			any |= ir->output[i].part[k].cells != IR_NONE;
	if (!any || !collect(&t))
		return;
	for (uint32_t s = 0; s < t.n_parts; s++)
		if (t.part[s]->cells != IR_NONE)
			look_at(&t, s);
}
