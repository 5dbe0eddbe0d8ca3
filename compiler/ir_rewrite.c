/* ir_rewrite.c: see ir_rewrite.h */
#include "ir_rewrite.h"

#include <assert.h>
#include <string.h>

#include "internal.h"

/* Liveness: from outputs, what is opened for them, and assertions, through operands and round
 * loops. */
struct marks {
	struct ir *ir;
	bool *live;
	ir_id *stack;
	uint32_t n;
};

static void
mark(struct marks *m, ir_id id)
{
	if (id == IR_NONE || m->live[id])
		return;
	m->live[id] = true;
	m->stack[m->n++] = id;
}

static void
mark_affine(struct marks *m, const struct ir_affine *f)
{
	for (uint32_t i = 0; i < f->n; i++)
		mark(m, m->ir->value[f->term[i].loop].loop->counter);
}

static void
mark_operands(struct marks *m, const struct ir_value *v)
{
	struct ir *ir = m->ir;

	if (v->block != NULL && v->block->loop != IR_NONE)
		mark(m, v->block->loop);
	if (v->op == IR_LOOP) {
		mark_affine(m, &v->loop->lo);
		mark_affine(m, &v->loop->hi);
		return;
	}
	if (v->op == IR_RESULT)
		mark(m, ir->value[v->args[0]].loop->arg[v->imm[1]]);
	if (v->op == IR_ARG) {
		const struct ir_value *l = &ir->value[v->imm[0]];
		mark(m, l->args[v->imm[1]]);
		mark(m, l->loop->yield[v->imm[1]]);
	}
	for (uint32_t i = 0; i < v->n_args; i++)
		mark(m, v->args[i]);
	if (v->view != NULL)
		mark_affine(m, &v->view->offset);
}

static void
mark_asserts(struct marks *m, const struct ir_block *b)
{
	for (uint32_t i = 0; i < b->n; i++) {
		const struct ir_value *v = &m->ir->value[b->value[i]];
		if (ir_is_check(v))
			mark(m, b->value[i]);
		if (v->op == IR_LOOP)
			mark_asserts(m, v->loop->body);
	}
}

void
rw_reach(struct ir *ir, bool *live, const ir_id *from, uint32_t n)
{
	struct marks m = { .ir = ir, .live = live };

	m.stack = compile_alloc(ir->compile, (ir->n + 1) * sizeof *m.stack);
	for (uint32_t i = 0; i < n; i++)
		mark(&m, from[i]);
	mark_asserts(&m, ir->top);
	while (m.n > 0)
		mark_operands(&m, &ir->value[m.stack[--m.n]]);
}

static void
find_live(struct rewrite *rw)
{
	struct ir *ir = rw->ir;
	uint32_t n = 2 * ir->n_roots, at = 0;

	for (uint32_t i = 0; i < ir->n_outputs; i++)
		n += 4 * ir->output[i].n_parts;
	ir_id *from = compile_alloc(ir->compile, (n + 1) * sizeof *from);
	for (uint32_t i = 0; i < ir->n_outputs; i++)
		for (uint32_t k = 0; k < ir->output[i].n_parts; k++) {
			const struct ir_part *p = &ir->output[i].part[k];
			from[at++] = p->value;
			from[at++] = p->present;
			from[at++] = p->guard;
			from[at++] = p->cells;
		}
	for (uint32_t i = 0; i < ir->n_roots; i++) {
		from[at++] = ir->root[i].value;
		from[at++] = ir->root[i].mask;
	}
	rw_reach(ir, rw->live, from, n);
}

void
rw_set_counter(struct rewrite *rw, ir_id old_loop, const struct ir_affine *f)
{
	if (rw->counter[old_loop] == NULL)
		rw->counter[old_loop] = compile_alloc(rw->ir->compile, sizeof *f);
	*rw->counter[old_loop] = *f;
}

struct ir_affine
rw_affine(struct rewrite *rw, const struct ir_affine *old)
{
	struct ir_affine f = { .base = old->base };

	for (uint32_t i = 0; i < old->n; i++) {
		bool ok = ir_affine_add(&f, rw->counter[old->term[i].loop], old->term[i].coef);
		assert(ok);
		(void)ok;
	}
	return f;
}

ir_id
rw_affine_value(struct ir *ir, const struct ir_affine *f, struct span span)
{
	ir_id sum = ir_const_si(ir, f->base, 0, span);

	for (uint32_t i = 0; i < f->n; i++) {
		ir_id t = ir->value[f->term[i].loop].loop->counter;
		if (f->term[i].coef != 1)
			t = ir_binary(ir, IR_MUL, t, ir_const_si(ir, f->term[i].coef, 0, span), 0, span);
		sum = f->base == 0 && i == 0 ? t : ir_binary(ir, IR_ADD, sum, t, 0, span);
	}
	return sum;
}

ir_id
rw_get(struct rewrite *rw, ir_id old)
{
	const struct ir_value *v;

	if (old == IR_NONE)
		return IR_NONE;
	v = &rw->ir->value[old];
	if (v->op == IR_RESULT)
		return rw->result[v->args[0]][v->imm[1]];
	if (v->op == IR_COUNTER && rw->map[old] == IR_NONE)
		return rw_affine_value(rw->ir, rw->counter[v->imm[0]], v->span);
	assert(rw->map[old] != IR_NONE);
	return rw->map[old];
}

ir_id
rw_refine(struct rewrite *rw, ir_id old, ir_id fresh)
{
	struct ir *ir = rw->ir;
	struct ir_value *o = &ir->value[old], *f = &ir->value[fresh];

	if (f->op == IR_CONST || f->op == IR_ARG || f->op == IR_COUNTER)
		return fresh;
	ir_refine(ir, fresh, o->lo, o->hi);
	if (f->what == NULL)
		f->what = o->what;
	if (o->boolean)
		f->boolean = true;
	return fresh;
}

ir_id
rw_copy(struct rewrite *rw, ir_id old)
{
	struct ir *ir = rw->ir;
	struct ir_value o = ir->value[old];
	ir_id args[3] = { IR_NONE, IR_NONE, IR_NONE };
	ir_id *list = args;

	assert(o.op != IR_LOOP && o.op != IR_RESULT && o.op != IR_ARG && o.op != IR_COUNTER);
	if (o.n_args > 3)
		list = compile_alloc(ir->compile, o.n_args * sizeof *list);
	for (uint32_t i = 0; i < o.n_args; i++)
		list[i] = rw_get(rw, o.args[i]);
	if (o.op == IR_VIEW) {
		struct ir_view w = *o.view;
		w.offset = rw_affine(rw, &w.offset);
		return rw_refine(rw, old, ir_view(ir, list[0], o.rank, o.dims, &w, o.span));
	}
	ir_id id = ir_add(ir, o.op, o.n_args, list, o.span);
	ir_shape(ir, id, o.rank, o.dims);
	struct ir_value *d = &ir->value[id];
	memcpy(d->imm, o.imm, sizeof d->imm);
	d->frac = o.frac;
	d->data = o.data;
	d->what = o.what;
	d->boolean = o.boolean;
	d->hint = o.hint;
	d->via = o.via;
	d->bits = o.bits;
	if (o.op == IR_INPUT || o.op == IR_SHUFFLE || o.op == IR_RANDOM)
		d->open = SECRET;
	if (o.op == IR_REVEAL)
		d->open = PUBLIC;
	if (o.op == IR_ASSUME)
		ir->assumption[o.imm[0]].value = id;
	if (o.bits > 0 && o.op != IR_CONST && o.op != IR_REVEAL)
		ir_derive_open(ir, id);
	if (o.view != NULL) {
		d->view = compile_alloc(ir->compile, sizeof *d->view);
		*d->view = *o.view;
		d->view->offset = rw_affine(rw, &o.view->offset);
	}
	mpz_set(d->lo, o.lo);
	mpz_set(d->hi, o.hi);
	if (o.op == IR_CONST || o.op == IR_INPUT || o.op == IR_SHUFFLE || o.op == IR_RANDOM)
		return id;
	ir_range(ir, id);
	return rw_refine(rw, old, id);
}

void
rw_loop(struct rewrite *rw, ir_id old)
{
	struct rw_added none = { 0 };

	rw_loop_adding(rw, old, &none);
}

/* The live carried variables; how many. */
static uint32_t
live_carried(const struct rewrite *rw, const struct ir_loop *l, uint32_t *of)
{
	uint32_t n = 0;

	for (uint32_t k = 0; k < l->n_carried; k++)
		if (rw->live[l->arg[k]])
			of[n++] = k;
	return n;
}

void
rw_loop_adding(struct rewrite *rw, ir_id old, struct rw_added *more)
{
	struct ir *ir = rw->ir;
	struct compile *c = ir->compile;
	struct ir_value o = ir->value[old];
	struct ir_loop *l = o.loop;
	uint32_t *of = compile_alloc(c, (l->n_carried + 1) * sizeof *of);
	uint32_t n = live_carried(rw, l, of), all = n + more->n;
	ir_id *init = compile_alloc(c, (all + 1) * sizeof *init);
	ir_id *yield = compile_alloc(c, (all + 1) * sizeof *yield);
	mpz_t *lo = compile_alloc(c, (all + 1) * sizeof *lo);
	mpz_t *hi = compile_alloc(c, (all + 1) * sizeof *hi);
	struct ir_affine from = rw_affine(rw, &l->lo), to = rw_affine(rw, &l->hi);

	for (uint32_t k = 0; k < all; k++) {
		init[k] = k < n ? rw_get(rw, o.args[of[k]]) : more->init[k - n];
		mpz_init_set(lo[k], k < n ? ir->value[l->arg[of[k]]].lo : more->lo[k - n]);
		mpz_init_set(hi[k], k < n ? ir->value[l->arg[of[k]]].hi : more->hi[k - n]);
	}
	ir_id id = ir_loop_begin(ir, &from, &to, all, init, lo, hi, o.span);
	ir->value[id].loop->why_sequential = l->why_sequential;
	ir->value[id].loop->settled = l->settled;
	rw->map[l->counter] = ir->value[id].loop->counter;
	rw_set_counter(rw, old, &(struct ir_affine){ .n = 1, .term = { { id, 1 } } });
	for (uint32_t k = 0; k < n; k++) {
		ir_id a = ir->value[id].loop->arg[k];
		ir->value[a].open = ir->value[l->arg[of[k]]].open;
		mpz_set(ir->value[a].err, ir->value[l->arg[of[k]]].err);
		rw->map[l->arg[of[k]]] = a;
	}
	for (uint32_t k = 0; k < more->n; k++) {
		more->arg[k] = ir->value[id].loop->arg[n + k];
		ir->value[more->arg[k]].open = SECRET;
		mpz_sub(ir->value[more->arg[k]].err, more->hi[k], more->lo[k]);
	}
	rw_block(rw, l->body);
	for (uint32_t k = 0; k < all; k++)
		yield[k] = k < n ? rw_get(rw, l->yield[of[k]]) : more->yield[k - n];
	ir_loop_end(ir, id, yield);
	rw->map[old] = id;
	rw->result[old] = compile_alloc(c, (l->n_carried + 1) * sizeof(ir_id));
	for (uint32_t k = 0; k < n; k++)
		rw->result[old][of[k]] = ir_result(ir, id, k, o.span);
	for (uint32_t k = 0; k < more->n; k++)
		more->result[k] = ir_result(ir, id, n + k, o.span);
}

void
rw_block(struct rewrite *rw, const struct ir_block *b)
{
	for (uint32_t i = 0; i < b->n; i++) {
		ir_id id = b->value[i];
		enum ir_op op = rw->ir->value[id].op;
		if (!rw->live[id] || op == IR_RESULT || op == IR_ARG || op == IR_COUNTER)
			continue;
		if (op != IR_LOOP)
			rw->map[id] = rw->visit(rw, id);
		else if (rw->visit_loop == NULL || !rw->visit_loop(rw, id))
			rw_loop(rw, id);
	}
}

/* An assumption that nothing depends on is none; one in an unrolled loop has several values. */
static void
renumber_assumptions(struct ir *ir, uint32_t first)
{
	uint32_t *number = compile_alloc(ir->compile, (ir->n_assumptions + 1) * sizeof *number);
	uint32_t n = 0;

	for (uint32_t i = 0; i < ir->n_assumptions; i++) {
		number[i] = n;
		if (ir->assumption[i].value >= first)
			ir->assumption[n++] = ir->assumption[i];
	}
	ir->n_assumptions = n;
	for (uint32_t i = first; i < ir->n; i++)
		if (ir->value[i].op == IR_ASSUME)
			ir->value[i].imm[0] = number[ir->value[i].imm[0]];
}

void
ir_rewrite(struct ir *ir, ir_id (*visit)(struct rewrite *, ir_id),
    bool (*visit_loop)(struct rewrite *, ir_id), void *arg)
{
	struct compile *c = ir->compile;
	struct rewrite rw = { .ir = ir, .visit = visit, .visit_loop = visit_loop, .n = ir->n, .arg = arg };
	struct ir_block *old = ir->top;

	rw.map = compile_alloc(c, (ir->n + 1) * sizeof *rw.map);
	memset(rw.map, 0xff, ir->n * sizeof *rw.map);
	rw.result = compile_alloc(c, (ir->n + 1) * sizeof *rw.result);
	rw.counter = compile_alloc(c, (ir->n + 1) * sizeof *rw.counter);
	rw.live = compile_alloc(c, (ir->n + 1) * sizeof *rw.live);
	find_live(&rw);
	ir->top = compile_alloc(c, sizeof *ir->top);
	ir->top->loop = IR_NONE;
	ir->at = ir->top;
	rw_block(&rw, old);
	for (uint32_t i = 0; i < ir->n_outputs; i++)
		for (uint32_t k = 0; k < ir->output[i].n_parts; k++) {
			struct ir_part *p = &ir->output[i].part[k];
			p->value = rw_get(&rw, p->value);
			p->present = rw_get(&rw, p->present);
			p->guard = rw_get(&rw, p->guard);
			p->cells = rw_get(&rw, p->cells);
		}
	for (uint32_t i = 0; i < ir->n_roots; i++) {
		ir->root[i].value = rw_get(&rw, ir->root[i].value);
		ir->root[i].mask = rw_get(&rw, ir->root[i].mask);
	}
	renumber_assumptions(ir, rw.n);
}
