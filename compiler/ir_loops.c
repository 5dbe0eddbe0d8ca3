/* ir_loops.c: loops that are short are unrolled; of the others, what does not depend on the
 * iteration before becomes wide (ir_widen.c), what does stays sequential.
 *
 * requires: any valid IR.  keeps: ranges.  breaks: nothing. */
#include "internal.h"
#include "ir_const.h"
#include "ir_rewrite.h"
#include "ir_widen.h"

enum {
	UNROLL_TRIPS = 8,                /* always, if the body is no giant */
	UNROLL_VALUES = 512,             /* trips times values of the body */
	/* The same, where inner loops run from or to the counter: each of them is wide then, and all go
	 * through together. */
	UNROLL_UNEVEN = 8192,
};

static uint32_t
size_of(const struct ir *ir, const struct ir_block *b)
{
	uint32_t n = b->n;

	for (uint32_t i = 0; i < b->n; i++)
		if (ir->value[b->value[i]].op == IR_LOOP)
			n += size_of(ir, ir->value[b->value[i]].loop->body);
	return n;
}

/* A bound of an inner loop may depend on the outer counter; once that is known, so are its
 * trips. */
static bool
inner_needs_counter(const struct ir *ir, const struct ir_block *b, ir_id loop)
{
	for (uint32_t i = 0; i < b->n; i++) {
		const struct ir_value *v = &ir->value[b->value[i]];
		if (v->op != IR_LOOP)
			continue;
		for (uint32_t k = 0; k < v->loop->lo.n; k++)
			if (v->loop->lo.term[k].loop == loop)
				return true;
		for (uint32_t k = 0; k < v->loop->hi.n; k++)
			if (v->loop->hi.term[k].loop == loop)
				return true;
		if (inner_needs_counter(ir, v->loop->body, loop))
			return true;
	}
	return false;
}

static void
unroll(struct rewrite *rw, ir_id old, int64_t trips)
{
	struct ir *ir = rw->ir;
	struct compile *c = ir->compile;
	struct ir_value o = ir->value[old];
	struct ir_loop *l = o.loop;
	struct ir_affine from = rw_affine(rw, &l->lo);

	rw->result[old] = compile_alloc(c, (l->n_carried + 1) * sizeof(ir_id));
	ir_id *now = rw->result[old];
	ir_id *next = compile_alloc(c, (l->n_carried + 1) * sizeof *next);
	for (uint32_t k = 0; k < l->n_carried; k++)
		if (rw->live[l->arg[k]])
			now[k] = rw_get(rw, o.args[k]);
	for (int64_t t = 0; t < trips; t++) {
		struct ir_affine at = from;
		at.base += t;
		rw_set_counter(rw, old, &at);
		rw->map[l->counter] = IR_NONE;
		for (uint32_t k = 0; k < l->n_carried; k++)
			if (rw->live[l->arg[k]])
				rw->map[l->arg[k]] = now[k];
		rw_block(rw, l->body);
		for (uint32_t k = 0; k < l->n_carried; k++)
			if (rw->live[l->arg[k]])
				next[k] = rw_get(rw, l->yield[k]);
		for (uint32_t k = 0; k < l->n_carried; k++)
			now[k] = next[k];
	}
	rw->map[old] = old;
}

static bool
visit_loop(struct rewrite *rw, ir_id old)
{
	struct ir *ir = rw->ir;
	int64_t trips = ir_trips(ir, old);
	const struct ir_loop *l = ir->value[old].loop;
	uint32_t size = size_of(ir, l->body);

	if (trips < 0) {                         /* affine bounds: known once the outer loop is unrolled */
		struct ir_affine d = rw_affine(rw, &l->hi), lo = rw_affine(rw, &l->lo);
		if (!ir_affine_add(&d, &lo, -1) || d.n > 0)
			return false;
		trips = d.base > 0 ? d.base : 0;
	}
	uint64_t values = (uint64_t)trips * size;
	bool few = trips <= UNROLL_TRIPS && values <= UNROLL_VALUES;
	bool uneven = values <= UNROLL_UNEVEN && inner_needs_counter(ir, l->body, old);
	if (trips > 1 && !few && !uneven)
		return false;
	unroll(rw, old, trips);
	return true;
}

static ir_id
visit(struct rewrite *rw, ir_id old)
{
	return rw_copy(rw, old);
}

static bool
has_loop(const struct ir *ir)
{
	for (uint32_t i = 0; i < ir->top->n; i++)
		if (ir->value[ir->top->value[i]].op == IR_LOOP)
			return true;
	return false;
}

void
ir_loops(struct ir *ir)
{
	ir_rewrite(ir, visit, visit_loop, NULL);
	ir_fold(ir);
	/* Inner loops first: each round settles one level more. */
	for (bool changed = has_loop(ir); changed;) {
		changed = false;
		ir_rewrite(ir, visit, widen_visit_loop, &changed);
		ir_fold(ir);
	}
}
