/* ir_widen_tile.c: a loop as tiles of bounded size, each all wide, then what is sequential in it.
 * See ir_widen.h. */
#include <assert.h>
#include <string.h>

#include "internal.h"
#include "ir_widen.h"

enum { TILE_ELEMENTS = 1 << 16 };        /* of the longest wide value of a tile */

static uint64_t
tile_trips(const struct widen *w)
{
	uint64_t most = 1;

	for (uint32_t i = 0; i < w->l->body->n; i++) {
		ir_id id = w->l->body->value[i];
		if (w->rw->live[id] && w->kind[id] == KIND_WIDE && w->ir->value[id].n > most)
			most = w->ir->value[id].n;
	}
	return most > TILE_ELEMENTS ? 1 : TILE_ELEMENTS / most;
}

static bool
carried(const struct widen *w, uint32_t k)
{
	return w->rw->live[w->l->arg[k]] && w->carry[k].role != ROLE_SAME;
}

/* Element or block of the last trip. */
static ir_id
last_of(struct widen *w, ir_id wide, struct span span)
{
	struct ir_affine at = { .base = (int64_t)w->trips - 1 };

	return ir_slice(w->ir, wide, 0, &at, 1, true, span);
}

/* A running sum: all of them, from the value before the tile. */
static void
scan(struct widen *w, uint32_t k, ir_id *now)
{
	struct ir *ir = w->ir;
	const struct carry *c = &w->carry[k];
	struct ir_value y = ir->value[c->at];
	uint64_t dims[N_RANK_MAX + 1];
	ir_id e = widen_operand(w, c->term[0], y.rank, y.dims);

	dims[0] = w->trips;
	memcpy(dims + 1, y.dims, y.rank * sizeof *dims);
	ir_id sums = ir_reduce(ir, IR_CUMSUM, e, 0, y.span);
	ir_id start = ir_broadcast(ir, *now, y.rank + 1u, dims, y.span);
	ir_id all = ir_binary(ir, c->minus[0] ? IR_SUB : IR_ADD, start, sums, 0, y.span);
	w->wide[c->at] = rw_refine(w->rw, c->at, all);
	*now = last_of(w, w->wide[c->at], y.span);
}

static ir_id
sum_term(struct widen *w, ir_id term, const struct ir_value *y)
{
	struct ir *ir = w->ir;
	bool wide = ir->value[term].block == w->l->body && w->kind[term] == KIND_WIDE;

	if (wide)
		return ir_reduce(ir, IR_SUM, widen_operand(w, term, y->rank, y->dims), 0, y->span);
	return ir_binary(ir, IR_MUL, rw_get(w->rw, term),
	    ir_const_si(ir, (int64_t)w->trips, 0, y->span), 0, y->span);
}

static ir_id
sum(struct widen *w, uint32_t k, ir_id now)
{
	struct ir *ir = w->ir;
	const struct carry *c = &w->carry[k];
	struct ir_value y = ir->value[w->l->arg[k]];

	for (uint32_t i = c->n_terms; i-- > 0;)
		now = ir_binary(ir, c->minus[i] ? IR_SUB : IR_ADD, now, sum_term(w, c->term[i], &y), 0, y.span);
	if (ir->value[now].op != IR_CONST)
		ir_refine(ir, now, ir->value[w->l->arg[k]].lo, ir->value[w->l->arg[k]].hi);
	return now;
}

static ir_id
write_array(struct widen *w, uint32_t k, ir_id now)
{
	struct ir *ir = w->ir;
	struct ir_value u = ir->value[w->carry[k].at];
	struct ir_value b = ir->value[w->carry[k].term[0]];
	struct ir_view v = { 0 };

	v.stride[0] = widen_step(w, &u.view->offset, &v.offset);
	memcpy(v.stride + 1, u.view->stride, b.rank * sizeof *v.stride);
	return ir_update(ir, now, widen_operand(w, w->carry[k].term[0], b.rank, b.dims), &v, u.span);
}

/* The sequential rest of a tile: a loop that reads what is wide place by place. */
static void
sequential(struct widen *w, ir_id *now)
{
	struct ir *ir = w->ir;
	struct compile *c = ir->compile;
	struct rewrite *rw = w->rw;
	struct ir_affine lo = { 0 }, hi = { .base = (int64_t)w->trips }, at;
	uint32_t n = 0, m = w->l->n_carried;
	ir_id *init = compile_alloc(c, (m + 1) * sizeof *init);
	uint32_t *which = compile_alloc(c, (m + 1) * sizeof *which);
	mpz_t *least = compile_alloc(c, (m + 1) * sizeof *least);
	mpz_t *most = compile_alloc(c, (m + 1) * sizeof *most);

	for (uint32_t k = 0; k < m; k++) {
		if (!carried(w, k) || w->carry[k].role != ROLE_SEQUENTIAL)
			continue;
		mpz_init_set(least[n], ir->value[w->l->arg[k]].lo);
		mpz_init_set(most[n], ir->value[w->l->arg[k]].hi);
		which[n] = k;
		init[n++] = now[k];
	}
	ir_id loop = ir_loop_begin(ir, &lo, &hi, n, init, least, most, ir->value[w->old].span);
	ir->value[loop].loop->settled = true;
	ir->value[loop].loop->why_sequential = w->why;
	at = (struct ir_affine){ .n = 1, .term = { { loop, 1 } } };
	struct ir_affine counter = w->base;
	bool ok = ir_affine_add(&counter, &at, 1);
	assert(ok);
	(void)ok;
	rw_set_counter(rw, w->old, &counter);
	for (uint32_t i = 0; i < n; i++) {
		ir_id a = ir->value[loop].loop->arg[i];
		ir->value[a].open = ir->value[w->l->arg[which[i]]].open;
		rw->map[w->l->arg[which[i]]] = a;
	}
	for (uint32_t i = 0; i < w->l->body->n; i++) {
		ir_id id = w->l->body->value[i];
		if (!rw->live[id] || ir->value[id].op == IR_ARG)
			continue;
		if (w->kind[id] == KIND_WIDE)
			rw->map[id] = ir_slice(ir, w->wide[id], 0, &at, 1, true, ir->value[id].span);
		else if (w->kind[id] == KIND_SEQUENTIAL)
			rw->map[id] = rw->visit(rw, id);
	}
	for (uint32_t i = 0; i < n; i++)
		init[i] = rw_get(rw, w->l->yield[which[i]]);
	ir_loop_end(ir, loop, init);
	for (uint32_t i = 0; i < n; i++)
		now[which[i]] = ir_result(ir, loop, i, ir->value[loop].span);
}

static bool
has_sequential(const struct widen *w)
{
	for (uint32_t i = 0; i < w->l->body->n; i++)
		if (w->rw->live[w->l->body->value[i]] && w->kind[w->l->body->value[i]] == KIND_SEQUENTIAL)
			return true;
	return false;
}

/* now: the carried variables before the tile, and after it. */
static void
tile(struct widen *w, const struct ir_affine *base, uint64_t trips, ir_id *now)
{
	struct ir *ir = w->ir;

	w->base = *base;
	w->trips = trips;
	for (uint32_t k = 0; k < w->l->n_carried; k++)
		if (carried(w, k) && w->carry[k].role == ROLE_ARRAY)
			w->rw->map[w->l->arg[k]] = now[k];   /* what an iteration reads of its own place */
	for (uint32_t i = 0; i < w->l->body->n; i++) {
		ir_id id = w->l->body->value[i];
		uint32_t k = 0;
		if (!w->rw->live[id] || w->kind[id] != KIND_WIDE)
			continue;
		while (k < w->l->n_carried && !(carried(w, k) && w->carry[k].role == ROLE_SCAN &&
		    w->carry[k].at == id))
			k++;
		if (k < w->l->n_carried)
			scan(w, k, &now[k]);
		else
			w->wide[id] = widen_value(w, id);
	}
	for (uint32_t k = 0; k < w->l->n_carried; k++) {
		if (!carried(w, k))
			continue;
		ir_id y = w->l->yield[k];
		if (w->carry[k].role == ROLE_SUM)
			now[k] = sum(w, k, now[k]);
		else if (w->carry[k].role == ROLE_ARRAY)
			now[k] = write_array(w, k, now[k]);
		else if (w->carry[k].role == ROLE_LAST)
			now[k] = ir->value[y].block == w->l->body && w->kind[y] == KIND_WIDE ?
			    last_of(w, w->wide[y], ir->value[y].span) : rw_get(w->rw, y);
	}
	if (has_sequential(w))
		sequential(w, now);
}

static void
tiles(struct widen *w, uint64_t each, uint64_t count, ir_id *now)
{
	struct ir *ir = w->ir;
	struct compile *c = ir->compile;
	struct ir_affine lo = { 0 }, hi = { .base = (int64_t)count }, base = rw_affine(w->rw, &w->l->lo);
	uint32_t n = 0, m = w->l->n_carried;
	ir_id *init = compile_alloc(c, (m + 1) * sizeof *init);
	ir_id *inner = compile_alloc(c, (m + 1) * sizeof *inner);
	uint32_t *which = compile_alloc(c, (m + 1) * sizeof *which);
	mpz_t *least = compile_alloc(c, (m + 1) * sizeof *least);
	mpz_t *most = compile_alloc(c, (m + 1) * sizeof *most);

	for (uint32_t k = 0; k < m; k++) {
		if (!carried(w, k))
			continue;
		mpz_init_set(least[n], ir->value[w->l->arg[k]].lo);
		mpz_init_set(most[n], ir->value[w->l->arg[k]].hi);
		which[n] = k;
		init[n++] = now[k];
	}
	ir_id loop = ir_loop_begin(ir, &lo, &hi, n, init, least, most, ir->value[w->old].span);
	ir->value[loop].loop->settled = true;
	for (uint32_t i = 0; i < n; i++) {
		ir_id a = ir->value[loop].loop->arg[i];
		ir->value[a].open = ir->value[w->l->arg[which[i]]].open;
		inner[which[i]] = a;
	}
	struct ir_affine step = { .n = 1, .term = { { loop, 1 } } };
	bool ok = ir_affine_add(&base, &step, (int64_t)each);
	assert(ok);
	(void)ok;
	tile(w, &base, each, inner);
	for (uint32_t i = 0; i < n; i++)
		init[i] = inner[which[i]];
	ir_loop_end(ir, loop, init);
	for (uint32_t i = 0; i < n; i++)
		now[which[i]] = ir_result(ir, loop, i, ir->value[loop].span);
}

static void
build(struct widen *w, uint64_t trips, uint64_t each)
{
	struct rewrite *rw = w->rw;
	struct ir *ir = w->ir;
	struct ir_value o = ir->value[w->old];
	struct ir_affine base = rw_affine(rw, &w->l->lo);
	uint64_t whole = trips / each, rest = trips % each;

	rw->result[w->old] = compile_alloc(ir->compile, (w->l->n_carried + 1) * sizeof(ir_id));
	ir_id *now = rw->result[w->old];
	for (uint32_t k = 0; k < w->l->n_carried; k++)
		if (rw->live[w->l->arg[k]]) {
			now[k] = rw_get(rw, o.args[k]);
			if (w->carry[k].role == ROLE_SAME)
				rw->map[w->l->arg[k]] = now[k];
		}
	for (uint32_t i = 0; i < w->l->body->n; i++) {
		ir_id id = w->l->body->value[i];
		if (rw->live[id] && w->kind[id] == KIND_INVARIANT && ir->value[id].op != IR_ARG)
			rw->map[id] = rw->visit(rw, id);
	}
	if (whole == 1)
		tile(w, &base, each, now);
	else
		tiles(w, each, whole, now);
	if (rest > 0) {
		base.base += (int64_t)(whole * each);
		tile(w, &base, rest, now);
	}
	rw->map[w->old] = w->old;
}

static void
say_sequential(struct widen *w)
{
	struct ir_loop *l = w->l;

	l->settled = true;
	if (l->why_sequential == NULL)
		l->why_sequential = w->why == NULL ? "its trips are not known" : w->why;
	ir_note(w->ir, compile_printf(w->ir->compile, "line %u: this loop is sequential: %s",
	    w->ir->value[w->old].span.line, l->why_sequential));
}

bool
widen_visit_loop(struct rewrite *rw, ir_id old)
{
	struct ir *ir = rw->ir;
	struct compile *c = ir->compile;
	struct widen w = { .rw = rw, .ir = ir, .old = old, .l = ir->value[old].loop };
	int64_t trips = ir_trips(ir, old);
	bool inner = false;

	for (uint32_t i = 0; i < w.l->body->n; i++) {
		const struct ir_value *v = &ir->value[w.l->body->value[i]];
		if (v->op == IR_LOOP && rw->live[w.l->body->value[i]] && !v->loop->settled)
			inner = true;
	}
	if (w.l->settled || inner)               /* inner loops first */
		return false;
	w.kind = compile_alloc(c, rw->n + 1);
	w.uses = compile_alloc(c, (rw->n + 1) * sizeof *w.uses);
	w.wide = compile_alloc(c, (rw->n + 1) * sizeof *w.wide);
	w.carry = compile_alloc(c, (w.l->n_carried + 1) * sizeof *w.carry);
	if (trips <= 0 || !widen_find(&w)) {
		*(bool *)rw->arg = true;
		say_sequential(&w);
		return false;
	}
	uint64_t each = tile_trips(&w);
	if (each > (uint64_t)trips)
		each = (uint64_t)trips;
	if (each < 2) {
		*(bool *)rw->arg = w.l->settled = true;  /* an iteration is wide enough by itself */
		return false;
	}
	*(bool *)rw->arg = true;
	build(&w, (uint64_t)trips, each);
	return true;
}
