/* ir_expand.c: see ir_expand.h */
#include "ir_expand.h"

#include <string.h>

#include "internal.h"
#include "ir_const.h"

/* Does no protocol, or not this one, do it on shares? */
static bool
replaced(const struct ir *ir, const struct expand *e, ir_id id)
{
	const struct ir_value *v = &ir->value[id];
	const struct target *t = e->target;

	if (v->domain == DOM_L && v->op == IR_TAKE)
		return !expand_take_is_plain(ir, v);
	if (v->domain != DOM_A)
		return false;
	switch (v->op) {
	case IR_MINR: case IR_MAXR:
		return !t->plain_shares && v->imm[1] > 0;
	case IR_ORDER:
		return !t->plain_shares;
	case IR_TAKE:
		return !t->plain_shares || !expand_take_is_plain(ir, v);
	case IR_SUM: case IR_CUMSUM: case IR_MATMUL: case IR_TNMUL:
		return e->layers[id] > 0 ||
		    (!t->has_a && !t->plain_shares && !ir_sum_of_members(ir, v));
	case IR_ONEHOT:
		return !t->plain_shares && v->imm[0] > N_BITS_MAX;
	case IR_EQ:
		return !t->has_a && !t->plain_shares && expand_is_none(ir, v);
	case IR_PICK:
		return !expand_pick_known(t, &ir->value[v->args[0]], v);
	case IR_SHUFFLE:
		return true;
	case IR_DIV:
		return t->has_a && !t->plain_shares && ir->value[v->args[1]].domain != DOM_P;
	case IR_MAX:
		return t->has_a && !t->plain_shares && expand_is_relu(ir, v);
	case IR_SQRT:
		return t->has_a && !t->has_y && !t->plain_shares;
	default:
		return !t->plain_shares && ir_is_function(v->op);
	}
}

static ir_id
replacement(struct rewrite *rw, ir_id old)
{
	struct expand *e = rw->arg;
	struct ir_value v = rw->ir->value[old];
	ir_id a = v.n_args > 0 ? rw_get(rw, v.args[0]) : IR_NONE;

	switch (v.op) {
	case IR_MINR: case IR_MAXR:
		return expand_extreme(rw->ir, &v, a);
	case IR_EQ: {
		const struct ir_value sum = rw->ir->value[v.args[0]];
		return expand_none(rw->ir, &v, sum.imm, rw_get(rw, sum.args[0]));
	}
	case IR_MAX:
		return expand_relu(rw->ir, &v, a);
	case IR_SHUFFLE:
		if (e->target->plain_shares)
			return expand_shuffle_plain(rw->ir, &v);
		return e->shown[old] ? expand_order(rw, e, old) : IR_NONE;
	case IR_ORDER:                           /* nobody asks for what is not shown */
		return e->shown[old] ? expand_order(rw, e, old) : IR_NONE;
	case IR_TAKE:
		if (e->target->plain_shares || v.domain == DOM_L)
			return expand_take_plain(rw->ir, &v, a, rw_get(rw, v.args[1]));
		return expand_take(rw, e, old);
	case IR_SUM:
		return e->layers[old] > 0 ? expand_count(rw->ir, &v, a, e->layers[old]) :
		    expand_sum(rw->ir, &v, a);
	case IR_CUMSUM:
		return expand_cumsum(rw->ir, &v, a);
	case IR_MATMUL: case IR_TNMUL:
		return expand_matmul(rw->ir, &v, a, rw_get(rw, v.args[1]));
	case IR_ONEHOT:
		return expand_onehot(rw->ir, &v, a);
	case IR_PICK:
		return expand_pick(rw->ir, e->target, &v, a, rw_get(rw, v.args[1]));
	default:
		return function_expand(rw->ir, &v, a, v.n_args > 1 ? rw_get(rw, v.args[1]) : IR_NONE, v.span);
	}
}

/* Not ir_view, which sees through views: what is computed after opening knows values by name. */
static ir_id
copy_view(struct rewrite *rw, ir_id old)
{
	struct ir *ir = rw->ir;
	struct ir_value o = ir->value[old];
	ir_id a = rw_get(rw, o.args[0]), id = ir_add(ir, IR_VIEW, 1, &a, o.span);

	ir_shape(ir, id, o.rank, o.dims);
	struct ir_value *v = &ir->value[id];
	v->frac = o.frac;
	v->boolean = o.boolean;
	v->bits = o.bits;
	v->what = o.what;
	v->via = o.via;
	v->view = compile_alloc(ir->compile, sizeof *v->view);
	*v->view = *o.view;
	v->view->offset = rw_affine(rw, &o.view->offset);
	ir_range(ir, id);
	return rw_refine(rw, old, id);
}

/* The bound of the error that was promised holds for the replacement. */
ir_id
expand_keep(struct rewrite *rw, ir_id old, ir_id fresh)
{
	struct ir *ir = rw->ir;

	fresh = rw_refine(rw, old, fresh);
	if (mpz_cmp(ir->value[fresh].err, ir->value[old].err) > 0)
		mpz_set(ir->value[fresh].err, ir->value[old].err);
	return fresh;
}

static ir_id
visit(struct rewrite *rw, ir_id old)
{
	struct expand *e = rw->arg;
	const struct ir_value *v;

	if (rw->map[old] != IR_NONE)
		return rw->map[old];             /* it came with another */
	bool now = e->shared[old] && replaced(rw->ir, e, old);
	if (!e->target->plain_shares && (e->taken[old] || (e->shown[old] && now)))
		expand_order_key(rw, e, old);
	v = &rw->ir->value[old];
	if (v->op == IR_ASSUME && e->shared[old] && v->domain == DOM_A && !e->target->plain_shares &&
	    !rw->ir->compile->options->unchecked)
		return expand_assume(rw, old);
	if (!now)
		return v->op == IR_VIEW ? copy_view(rw, old) : rw_copy(rw, old);
	ir_id id = replacement(rw, old);
	return id == IR_NONE ? IR_NONE : expand_keep(rw, old, id);
}

/* What is computed after opening for a part, and what it is computed with: opened or public. */
enum { POST_COMPUTED = 1, POST_GIVEN = 2 };

static void
walk_post(const struct ir *ir, const struct ir_part *part, ir_id id, uint8_t *post)
{
	const struct ir_value *v = &ir->value[id];
	uint32_t root;
	uint64_t offset;

	if (post[id] != 0)
		return;
	post[id] = v->open != SECRET || ir_opened(ir, part, id, &root, &offset) ? POST_GIVEN :
	    POST_COMPUTED;
	for (uint32_t i = 0; post[id] == POST_COMPUTED && i < v->n_args; i++)
		walk_post(ir, part, v->args[i], post);
}

/* post: of all values; whoever goes through a thousand parts has room for one of them. */
static void
walk_part(const struct ir *ir, const struct ir_part *p, uint8_t *post, uint32_t n)
{
	memset(post, 0, n);
	if (p->value_post && p->value != IR_NONE)
		walk_post(ir, p, p->value, post);
	if (p->present_post && p->present != IR_NONE)
		walk_post(ir, p, p->present, post);
}

static void
mark_part(const struct ir *ir, const struct ir_part *p, uint8_t *post, bool *given)
{
	walk_part(ir, p, post, ir->n);
	for (uint32_t i = 0; i < ir->n; i++)
		given[i] |= post[i] == POST_GIVEN;
	if (!p->value_post && p->value != IR_NONE)
		given[p->value] = true;
	if (!p->present_post && p->present != IR_NONE)
		given[p->present] = true;
	if (p->guard != IR_NONE)
		given[p->guard] = true;
	if (p->cells != IR_NONE)
		given[p->cells] = true;
}

/* What must be there before opening. */
static bool *
find_shared(struct ir *ir)
{
	struct compile *c = ir->compile;
	bool *given = compile_alloc(c, ir->n + 1), *shared = compile_alloc(c, ir->n + 1);
	ir_id *from = compile_alloc(c, (ir->n + 1) * sizeof *from);
	uint8_t *post = compile_alloc(c, ir->n + 1);
	uint32_t n = 0;

	for (uint32_t i = 0; i < ir->n_outputs; i++)
		for (uint32_t k = 0; k < ir->output[i].n_parts; k++)
			mark_part(ir, &ir->output[i].part[k], post, given);
	for (uint32_t i = 0; i < ir->n_roots; i++) {
		given[ir->root[i].value] = true;
		if (ir->root[i].mask != IR_NONE)
			given[ir->root[i].mask] = true;
	}
	for (uint32_t i = 0; i < ir->n; i++)
		if (given[i])
			from[n++] = i;
	rw_reach(ir, shared, from, n);
	return shared;
}

static ir_id
clone(struct ir *ir, ir_id id, const uint8_t *post, ir_id *map)
{
	if (id == IR_NONE || post[id] != POST_COMPUTED)
		return id;
	if (map[id] != IR_NONE)
		return map[id];
	struct ir_value o = ir->value[id];
	ir_id *args = compile_alloc(ir->compile, (o.n_args + 1) * sizeof *args);
	for (uint32_t i = 0; i < o.n_args; i++)
		args[i] = clone(ir, o.args[i], post, map);
	ir_id fresh = ir_add(ir, o.op, o.n_args, args, o.span);
	struct ir_value *v = &ir->value[fresh], copy = o;
	copy.args = v->args;
	copy.block = v->block;
	mpz_init_set(copy.lo, o.lo);
	mpz_init_set(copy.hi, o.hi);
	mpz_init_set(copy.err, o.err);
	*v = copy;
	map[id] = fresh;
	return fresh;
}

/* What is needed on shares and computed after opening, too, must be there twice: an operation after
 * opening is one on real numbers, and not what shares make of it. */
static void
split_part(struct ir *ir, const struct expand *e, uint8_t *post, uint32_t n, struct ir_part *p)
{
	bool both = false;

	walk_part(ir, p, post, n);
	for (uint32_t i = 0; i < n; i++)
		both |= post[i] == POST_COMPUTED && e->shared[i] && replaced(ir, e, i);
	if (!both)
		return;
	ir_id *map = compile_alloc(ir->compile, (ir->n + 1) * sizeof *map);
	memset(map, 0xff, (ir->n + 1) * sizeof *map);
	if (p->value_post)
		p->value = clone(ir, p->value, post, map);
	if (p->present_post)
		p->present = clone(ir, p->present, post, map);
}

static void
show_order(const struct ir *ir, struct expand *e, ir_id id)
{
	if (id != IR_NONE && (ir->value[id].op == IR_ORDER || ir->value[id].op == IR_SHUFFLE))
		e->shown[id] = true;
}

/* What becomes of each order. */
static void
use_orders(const struct ir *ir, struct expand *e)
{
	for (ir_id id = 0; id < ir->n; id++) {
		const struct ir_value *v = &ir->value[id];
		if (!e->shared[id])
			continue;
		for (uint32_t k = 0; k < v->n_args; k++)
			if (v->op == IR_TAKE && k == 1 && v->domain == DOM_A)
				e->taken[v->args[k]] = true;
			else
				show_order(ir, e, v->args[k]);
		for (uint32_t k = 0; v->op == IR_LOOP && k < v->loop->n_carried; k++)
			show_order(ir, e, v->loop->yield[k]);
	}
	for (uint32_t i = 0; i < ir->n_roots; i++)
		show_order(ir, e, ir->root[i].value);
	for (uint32_t i = 0; i < ir->n_outputs; i++)
		for (uint32_t k = 0; k < ir->output[i].n_parts; k++)
			show_order(ir, e, ir->output[i].part[k].value);
}

void
ir_expand(struct ir *ir)
{
	struct compile *c = ir->compile;
	struct expand e = { .target = c->options->target };
	uint32_t n = ir->n;
	bool *shared = find_shared(ir);
	uint8_t *post = compile_alloc(c, n + 1), *layers;

	e.shared = shared;
	expand_plan_counts(ir, &e);
	ir->at = ir->top;
	for (uint32_t i = 0; i < ir->n_outputs; i++)
		for (uint32_t k = 0; k < ir->output[i].n_parts; k++)
			split_part(ir, &e, post, n, &ir->output[i].part[k]);
	e.shared = compile_alloc(c, ir->n + 1);
	memcpy(e.shared, shared, n);
	layers = e.layers;
	e.layers = compile_alloc(c, ir->n + 1);
	memcpy(e.layers, layers, n);
	e.taken = compile_alloc(c, ir->n + 1);
	e.shown = compile_alloc(c, ir->n + 1);
	e.key = compile_alloc(c, (ir->n + 1) * sizeof(struct order_key *));
	use_orders(ir, &e);
	ir_rewrite(ir, visit, NULL, &e);
}
