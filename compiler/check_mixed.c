/* check_mixed.c: sums over rows that are put into rows again; see check_support_impl.h
 *
 * mean(x + sum(x.where(c))) tells the inner sum to whoever knows mean(x), and how many are above it
 * tells its place.  So whatever is no row itself, but is added to rows, compared with them, or
 * chooses among them, has to pass as if it went out.  What functions of the library compute of rows
 * on their way is theirs; what they return to the program is not. */
#include "check_support_impl.h"

struct mixed {
	struct check *ck;
	uint8_t *tells;                  /* of each value: is there such a number in what it is made of? */
	uint32_t n, cap;                 /* values that have been looked at */
};

static const struct ir_value *
value(const struct check *ck, ir_id id)
{
	return &ck->ir->value[id];
}

static bool
has_rows(struct mixed *m, ir_id id)
{
	return layout_of(support_layouts(m->ck), id).state != LAYOUT_NONE;
}

/* Of loops the values from outside are enough, which others see to. */
static bool
is_put_in(struct mixed *m, ir_id id)
{
	const struct ir_value *v = value(m->ck, id);

	return v->open == SECRET && v->n > 0 && v->block->depth == 0 && v->op != IR_INPUT &&
	    (!v->of_library || v->given != GIVEN_NOT) && !has_rows(m, id);
}

/* Does v join a number with rows? */
static bool
mixes(struct mixed *m, const struct ir_value *v)
{
	bool rows = false, other = false;

	if (v->open != SECRET || v->n_args < 2 || v->op == IR_LOOP)
		return false;
	for (uint32_t i = 0; i < v->n_args; i++) {
		rows = rows || has_rows(m, v->args[i]);
		other = other || is_put_in(m, v->args[i]);
	}
	return rows && other;
}

/* What stands in a loop is a part of the loop. */
static bool
is_told_by(const struct mixed *m, const struct ir_value *v)
{
	const struct ir_block *body = v->op == IR_LOOP ? v->loop->body : NULL;
	bool yes = false;

	for (uint32_t i = 0; i < v->n_args && !yes; i++)
		yes = m->tells[v->args[i]] != 0;
	for (uint32_t i = 0; body != NULL && i < body->n && !yes; i++)
		yes = body->value[i] < m->n && m->tells[body->value[i]] != 0;
	if (v->op == IR_RESULT)
		for (uint32_t i = 0; i < value(m->ck, v->args[0])->loop->body->n && !yes; i++)
			yes = m->tells[value(m->ck, v->args[0])->loop->body->value[i]] != 0;
	return yes;
}

static void
look(struct mixed *m, uint32_t n)
{
	if (n > m->cap) {
		uint8_t *more = compile_alloc(m->ck->c, 2 * (size_t)n);
		for (uint32_t i = 0; i < m->n; i++)
			more[i] = m->tells[i];
		m->tells = more;
		m->cap = 2 * n;
	}
	for (; m->n < n; m->n++) {
		const struct ir_value v = *value(m->ck, m->n);
		m->tells[m->n] = mixes(m, &v) || is_told_by(m, &v);
	}
}

static struct mixed *
mixed_of(struct check *ck)
{
	if (ck->mixed == NULL) {
		ck->mixed = compile_alloc(ck->c, sizeof *ck->mixed);
		ck->mixed->ck = ck;
	}
	return ck->mixed;
}

struct walk {
	struct mixed *m;
	uint8_t *seen;                   /* 1: visited; 2: and put into rows */
	ir_id *todo, *put;
	uint32_t n, n_put;
};

static void
visit(struct walk *w, ir_id id)
{
	if (w->seen[id] != 0 || w->m->tells[id] == 0)
		return;
	w->seen[id] = 1;
	w->todo[w->n++] = id;
}

static void
visit_parts(struct walk *w, ir_id id)
{
	const struct ir_value *v = value(w->m->ck, id);
	const struct ir_value *l = v->op == IR_RESULT ? value(w->m->ck, v->args[0]) : v;

	for (uint32_t i = 0; i < v->n_args; i++)
		visit(w, v->args[i]);
	for (uint32_t i = 0; l->op == IR_LOOP && i < l->loop->body->n; i++)
		visit(w, l->loop->body->value[i]);
	if (!mixes(w->m, v))
		return;
	for (uint32_t i = 0; i < v->n_args; i++)
		if (is_put_in(w->m, v->args[i]) && w->seen[v->args[i]] < 2) {
			visit(w, v->args[i]);
			w->seen[v->args[i]] = 2;
			w->put[w->n_put++] = v->args[i];
		}
}

uint32_t
mixed_sums(struct check *ck, ir_id id, const ir_id **sum)
{
	struct walk w = { .m = mixed_of(ck) };

	look(w.m, ck->ir->n);
	*sum = NULL;
	if (w.m->tells[id] == 0)
		return 0;
	w.seen = compile_alloc(ck->c, ck->ir->n + 1);
	w.todo = compile_alloc(ck->c, (ck->ir->n + 1) * sizeof *w.todo);
	w.put = compile_alloc(ck->c, (ck->ir->n + 1) * sizeof *w.put);
	visit(&w, id);
	while (w.n > 0)
		visit_parts(&w, w.todo[--w.n]);
	*sum = w.put;
	return w.n_put;
}

void
support_mixed(struct support *s, ir_id id)
{
	const ir_id *sum;
	const uint32_t n = mixed_sums(s->ck, id, &sum);

	for (uint32_t i = 0; i < n; i++)
		support_demand(s, support_behind(s, sum[i]));
}
