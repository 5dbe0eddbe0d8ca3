/* check_model.c: has a fitted model rows enough for its parameters?
 *
 * A model is what a function of the library returns with several estimates and the number of rows
 * (`estimate` and `nobs`).  Whatever the program makes of its fields may go out only if they are
 * enough: it does not matter whether that is the model as a whole, one estimate or a prediction.
 * The number of rows is a count like any other. */
#include <string.h>

#include "check_impl.h"
#include "ir_build.h"

struct model {
	ir_id *of;                      /* its fields, but for counts */
	uint32_t n_of;
	ir_id rows;
	uint64_t least;                 /* so many rows, at least */
};

/* false: it is no model. */
static bool
model_of(struct check *ck, const struct val *record, struct model *m)
{
	const struct policy *p = ck->c->options->policy;
	const struct val *estimate = record_field(record, "estimate");
	const struct val *rows = record_field(record, "nobs");

	if (p == NULL || estimate == NULL || rows == NULL || estimate->rank != 1 || rows->rank != 0 ||
	    rows->kind != V_INT || rows->v == IR_NONE)
		return false;
	m->rows = rows->v;
	m->least = estimate->n * p->model_rows;
	if (m->least < estimate->n + p->model_df)
		m->least = estimate->n + p->model_df;
	return true;
}

static ir_id
enough(struct check *ck, const struct model *m, struct span s)
{
	return not_(ck, bin(ck, IR_LT, m->rows, const_si(ck, (int64_t)m->least, s), 0, s), s);
}

ir_id
model_record(struct check *ck, const struct val *record, struct span s)
{
	struct model m;

	return model_of(ck, record, &m) ? enough(ck, &m, s) : IR_NONE;
}

void
model_note(struct check *ck, const struct val *record)
{
	struct model m = { .n_of = 0 };

	if (record->kind != V_RECORD || !model_of(ck, record, &m))
		return;
	m.of = compile_alloc(ck->c, 2 * record->n_fields * sizeof *m.of);
	for (uint32_t i = 0; i < record->n_fields; i++) {
		const struct val *x = &record->of[i];
		if (x->v == IR_NONE || val_open(ck, x) != SECRET || (x->kind == V_INT && is_count(ck, x->v)))
			continue;
		m.of[m.n_of++] = x->v;
		if (x->p != IR_NONE)
			m.of[m.n_of++] = x->p;
	}
	ck->model = ir_grow(ck->c, ck->model, &ck->model_cap, ck->n_models, sizeof *ck->model);
	ck->model[ck->n_models++] = m;
}

struct walk {
	struct check *ck;
	uint8_t *seen;
	ir_id *todo;
	uint32_t n;
};

static void
visit(struct walk *w, ir_id id)
{
	if (id == IR_NONE || w->seen[id])
		return;
	w->seen[id] = 1;
	w->todo[w->n++] = id;
}

/* What it is made of, through loops. */
static void
visit_parts(struct walk *w, ir_id id)
{
	const struct ir_value *v = &w->ck->ir->value[id];

	for (uint32_t i = 0; i < v->n_args; i++)
		visit(w, v->args[i]);
	if (v->op == IR_ARG)
		visit(w, (ir_id)v->imm[0]);
	for (uint32_t i = 0; v->loop != NULL && i < v->loop->n_carried; i++)
		visit(w, v->loop->yield[i]);
}

static bool
is_seen(const struct walk *w, const struct model *m)
{
	for (uint32_t i = 0; i < m->n_of; i++)
		if (w->seen[m->of[i]])
			return true;
	return false;
}

ir_id
model_enough(struct check *ck, const ir_id *v, uint32_t n, struct span s)
{
	struct walk w = { .ck = ck };
	ir_id ok = IR_NONE;

	if (ck->n_models == 0)
		return IR_NONE;
	w.seen = compile_alloc(ck->c, ck->ir->n + 1);
	w.todo = compile_alloc(ck->c, (ck->ir->n + 1) * sizeof *w.todo);
	for (uint32_t i = 0; i < n; i++)
		visit(&w, v[i]);
	while (w.n > 0)
		visit_parts(&w, w.todo[--w.n]);
	for (uint32_t i = 0; i < ck->n_models; i++) {
		if (!is_seen(&w, &ck->model[i]))
			continue;
		if (ck->ir->value[ck->model[i].rows].block->depth > 0)
			compile_forbid(ck->c, s, "a loop over known numbers, or the model before it",
			    "the policy does not let this out: it is made of a model that is fitted in a loop");
		ir_id one = enough(ck, &ck->model[i], s);
		if (known_true(ck, one))
			continue;
		ok = ok == IR_NONE ? one : and_(ck, ok, one, s);
	}
	return ok;
}
