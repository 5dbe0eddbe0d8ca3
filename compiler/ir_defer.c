/* ir_defer.c: what a sequential loop assumes of shared values is checked behind the loop.
 *
 * An iteration would wait for the comparisons of its own checks; so it writes down what is to be
 * checked, and all iterations' values are compared at once.  That finds the same: the first value
 * that is out of range was computed of values that are not, so that it is right and stands there
 * as it is, whatever becomes of those behind it.
 *
 * requires: domains.  keeps: ranges, what is checked.  breaks: domains (derive them again). */
#include "internal.h"
#include "ir_rewrite.h"

enum { N_WRITTEN_MAX = 1 << 22 };        /* elements that are written down */

/* The loop that is being copied, and what is checked behind it. */
struct deferring {
	const struct ir_loop *loop;
	int64_t trips;
	uint32_t n;
	ir_id *assume;                   /* old */
	struct rw_added added;
	struct deferring *up;
};

bool
ir_is_check(const struct ir_value *v)
{
	return v->op == IR_ASSERT || (v->op == IR_ASSUME && v->imm[2] == ASSUME_KEPT);
}

static bool
is_deferred(const struct ir *ir, ir_id id, int64_t trips)
{
	const struct ir_value *v = &ir->value[id];

	return v->op == IR_ASSUME && v->domain == DOM_A && v->imm[1] != ASSUME_ELSEWHERE && v->n > 0 &&
	    trips > 1 && (uint64_t)trips <= N_WRITTEN_MAX / v->n;
}

static bool
any_deferred(const struct ir *ir, const struct ir_block *b)
{
	int64_t trips = b->loop == IR_NONE ? 0 : ir_trips(ir, b->loop);

	for (uint32_t i = 0; i < b->n; i++) {
		const struct ir_value *v = &ir->value[b->value[i]];
		if (is_deferred(ir, b->value[i], trips) || (v->op == IR_LOOP && any_deferred(ir, v->loop->body)))
			return true;
	}
	return false;
}

static void
find_assumptions(const struct rewrite *rw, struct deferring *d)
{
	const struct ir_block *b = d->loop->body;

	d->assume = compile_alloc(rw->ir->compile, (b->n + 1) * sizeof *d->assume);
	for (uint32_t i = 0; i < b->n; i++)
		if (rw->live[b->value[i]] && is_deferred(rw->ir, b->value[i], d->trips))
			d->assume[d->n++] = b->value[i];
}

/* An array of zeros for the values of all iterations. */
static void
add_array(struct rewrite *rw, struct deferring *d, uint32_t k)
{
	struct ir *ir = rw->ir;
	struct ir_value o = ir->value[d->assume[k]];
	const struct ir_value *a = &ir->value[o.args[0]];
	uint64_t dims = (uint64_t)d->trips * o.n;
	unsigned frac = a->frac;

	mpz_init(d->added.lo[k]);
	mpz_init(d->added.hi[k]);
	if (mpz_sgn(a->lo) < 0)
		mpz_set(d->added.lo[k], a->lo);
	if (mpz_sgn(a->hi) > 0)
		mpz_set(d->added.hi[k], a->hi);
	d->added.init[k] = ir_broadcast(ir, ir_zero(ir, frac, 0, o.span), 1, &dims, o.span);
}

static ir_id
visit(struct rewrite *rw, ir_id old)
{
	struct ir *ir = rw->ir;
	struct deferring *d = *(struct deferring **)rw->arg;
	ir_id id = rw_copy(rw, old);
	uint32_t k = 0;

	while (d != NULL && k < d->n && d->assume[k] != old)
		k++;
	if (d == NULL || k == d->n)
		return id;
	struct ir_value o = ir->value[old];
	struct ir_affine first = rw_affine(rw, &d->loop->lo);
	struct ir_view w = { .stride = { 1 } };
	ir_affine_add(&w.offset, rw->counter[o.block->loop], (int64_t)o.n);
	ir_affine_add(&w.offset, &first, -(int64_t)o.n);
	ir_id a = ir_reshape(ir, rw_get(rw, o.args[0]), 1, &o.n, o.span);
	d->added.yield[k] = ir_update(ir, d->added.arg[k], a, &w, o.span);
	ir->value[id].imm[1] = ASSUME_ELSEWHERE;
	return id;
}

static void
check_behind(struct rewrite *rw, ir_id old, ir_id written)
{
	struct ir *ir = rw->ir;
	struct ir_value o = ir->value[old];
	ir_id id = ir_add(ir, IR_ASSUME, 1, &written, o.span);

	ir_shape(ir, id, 1, ir->value[written].dims);
	struct ir_value *v = &ir->value[id];
	v->frac = o.frac;
	v->via = o.via;
	ir_range(ir, id);
	mpz_set(v->lo, o.lo);
	mpz_set(v->hi, o.hi);
	v->imm[0] = o.imm[0];
	v->imm[2] = ASSUME_KEPT;
}

static bool
visit_loop(struct rewrite *rw, ir_id old)
{
	struct deferring **at = rw->arg;
	struct compile *c = rw->ir->compile;
	struct deferring d = { .loop = rw->ir->value[old].loop, .trips = ir_trips(rw->ir, old),
		.up = *at };

	find_assumptions(rw, &d);
	*at = &d;
	size_t room = (d.n + 1) * sizeof(ir_id), numbers = (d.n + 1) * sizeof(mpz_t);
	d.added = (struct rw_added){ d.n, compile_alloc(c, room), compile_alloc(c, room),
		compile_alloc(c, room), compile_alloc(c, room), compile_alloc(c, numbers),
		compile_alloc(c, numbers) };
	for (uint32_t k = 0; k < d.n; k++)
		add_array(rw, &d, k);
	rw_loop_adding(rw, old, &d.added);
	*at = d.up;
	for (uint32_t k = 0; k < d.n; k++)
		check_behind(rw, d.assume[k], d.added.result[k]);
	return true;
}

/* The checks of an inner loop are then the outer one's: each round takes them out of one more. */
bool
ir_defer(struct ir *ir)
{
	const struct compile_options *o = ir->compile->options;
	struct deferring *at = NULL;

	if (o->unchecked || o->target->plain_shares || !any_deferred(ir, ir->top))
		return false;
	ir_rewrite(ir, visit, visit_loop, &at);
	return true;
}
