/* check_each.c: comprehensions.
 *
 * The body is elaborated once for its type and range, then in a loop that carries the result array
 * and writes one element of it in each step. */
#include <string.h>

#include "check_loop.h"

enum { N_EXPAND = 64 };         /* quotients and roots that are made side by side, not in a loop */

static struct val
each_value(struct check *ck, const struct expr *e, const struct over *o, struct val counter)
{
	struct scope own;
	struct val x;

	push_scope(ck, &own);
	bind_name(ck, e->text, loop_element(ck, o, counter), e->span)->loop_counter = true;
	x = settle(ck, eval(ck, e->args[0]), e->args[0]->span);
	pop_scope(ck);
	return x;
}

static struct val
expanded(struct check *ck, const struct expr *e, const struct over *o, int64_t n)
{
	struct val *x = compile_alloc(ck->c, ((size_t)n + 1) * sizeof *x), y;
	const char **text = compile_alloc(ck->c, ((size_t)n + 1) * sizeof *text);
	bool strings = true;

	for (int64_t i = 0; i < n; i++) {
		x[i] = each_value(ck, e, o, val_int(ck, o->lo.base + i));
		strings &= x[i].kind == V_STRING && x[i].rank == 0;
		text[i] = strings ? x[i].text[0] : NULL;
	}
	if (strings)
		return val_strings(ck, (uint32_t)n, text, false);
	y = stack(ck, (uint32_t)n, x, e->span);
	if (o->texts) {
		struct names *l = names_new(ck, (uint64_t)n);
		memcpy(l->name, o->xs.text, (size_t)n * sizeof *l->name);
		y.label[0] = l;
	}
	return y;
}

/* The result array, before the first iteration: of values within the range of its elements. */
static void
start_result(struct check *ck, struct carried *c, uint64_t n, struct span at)
{
	ir_id id[2 + N_LEVEL_MAX];
	uint64_t dims[N_RANK_MAX] = { n };
	struct val *s = &c->start;

	if (s->rank + 1 > N_RANK_MAX)
		compile_fail(ck->c, at, NULL, NULL, "an array of more than %d axes", N_RANK_MAX);
	loop_first_ranges(ck, c);
	memcpy(dims + 1, s->dims, s->rank * sizeof *dims);
	loop_get_parts(s, id);
	for (uint32_t i = 0; i < c->n_parts; i++) {
		mpz_t z;
		mpz_init(z);
		if (mpz_sgn(c->lo[i]) > 0)
			mpz_set(z, c->lo[i]);
		else if (mpz_sgn(c->hi[i]) < 0)
			mpz_set(z, c->hi[i]);
		unsigned frac = ir_frac(ck, id[i]);
		unsigned bits = ck->ir->value[id[i]].bits;
		id[i] = bits == 0 ? full(ck, z, frac, s->rank + 1, dims, at_span(ck, at)) :
		    ir_broadcast(ck->ir, ir_zero(ck->ir, 0, bits, at_span(ck, at)), s->rank + 1, dims,
		    at_span(ck, at));
	}
	loop_set_parts(ck, s, id);
	for (unsigned i = s->rank; i-- > 0;)
		s->label[i + 1] = s->label[i];
	s->label[0] = NULL;
	val_set_dims(s, s->rank + 1, dims);
	s->axis = AXIS_FREE;
}

/* The elements of one step stand at row counter - lo. */
static void
store_step(struct check *ck, struct attempt *a, const struct over *o, const struct val *x,
    struct span at)
{
	struct ir_view w = { 0 };
	struct ir_affine f = { .n = 1 };
	int64_t row = 1;
	ir_id id[2 + N_LEVEL_MAX];

	for (unsigned i = x->rank; i-- > 0;) {
		w.stride[i] = row;
		row *= (int64_t)x->dims[i];
	}
	f.term[0].loop = a->loop;
	f.term[0].coef = 1;
	if (!ir_affine_add(&f, &o->lo, -1) || !ir_affine_add(&w.offset, &f, row))
		compile_fail(ck->c, at, NULL, NULL, "a comprehension of too many elements");
	loop_get_parts(x, id);
	for (uint32_t i = 0; i < a->n; i++)
		a->yield[i] = x->n == 0 ? ck->ir->value[a->loop].loop->arg[i] :
		    ir_update(ck->ir, ck->ir->value[a->loop].loop->arg[i], id[i], &w, at_span(ck, at));
}

/* comprehension = "[" expr "for" name "in" over "]" */
struct val
comprehension(struct check *ck, const struct expr *e)
{
	struct over o = loop_parse_over(ck, e->args[1]);
	int64_t most, n = loop_trips(ck, &o, &most);
	struct span at = e->span;
	struct binding result = { .span = at, .whole_at = cond_depth(ck) };
	struct carried c = { .b = &result, .before_at = cond_depth(ck) };
	struct attempt a;

	if (n < 0)
		compile_fail(ck->c, o.span, NULL, NULL, "an array's length may not depend on a loop counter");
	if (n > 0 && (o.texts || (n == 1 && o.lo.n == 0)))
		return expanded(ck, e, &o, n);
	if (o.texts)
		return val_strings(ck, 0, o.xs.text, false);
	loop_begin(ck, &a, &o, NULL, 0);
	struct val x = each_value(ck, e, &o, loop_counter_of(ck, a.loop));
	if (x.kind == V_RECORD || x.kind == V_STRING)
		compile_fail(ck->c, at, NULL, NULL, "an array cannot hold %s", type_text(ck, &x));
	c.start = concrete(ck, x, at);
	ck->loop_depth--;
	ir_loop_abort(ck->ir, a.loop);
	if (n > 0 && n <= N_EXPAND && o.lo.n == 0 && ends_after_opening(ck, &c.start))
		return expanded(ck, e, &o, n);
	start_result(ck, &c, (uint64_t)n, at);
	if (n == 0)
		return c.start;
	loop_begin(ck, &a, &o, &c, 1);
	x = concrete(ck, each_value(ck, e, &o, loop_counter_of(ck, a.loop)), at);
	store_step(ck, &a, &o, &x, at);
	loop_finish(ck, &a, &c, 1, at);
	return result.val;
}
