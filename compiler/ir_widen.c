/* ir_widen.c: all trips of a value as one operation.  See ir_widen.h. */
#include "ir_widen.h"

#include <assert.h>
#include <string.h>

#include "internal.h"

static void
wide_dims(const struct widen *w, const struct ir_value *v, uint64_t *dims)
{
	dims[0] = w->trips;
	memcpy(dims + 1, v->dims, v->rank * sizeof *dims);
}

static void
packed(int64_t *stride, unsigned rank, const uint64_t *dims)
{
	int64_t s = 1;

	for (unsigned i = rank; i-- > 0; s *= (int64_t)dims[i])
		stride[i] = s;
}

int64_t
widen_step(struct widen *w, const struct ir_affine *offset, struct ir_affine *rest)
{
	struct ir_affine f = { .base = offset->base };
	int64_t step = 0;

	for (uint32_t i = 0; i < offset->n; i++) {
		if (offset->term[i].loop == w->old) {
			step = offset->term[i].coef;
			continue;
		}
		f.term[f.n++] = offset->term[i];
	}
	*rest = rw_affine(w->rw, &f);
	bool ok = ir_affine_add(rest, &w->base, step);
	assert(ok);
	(void)ok;
	return step;
}

/* An operand with the trips in front, spread to [trips] + dims. */
ir_id
widen_operand(struct widen *w, ir_id old, unsigned rank, const uint64_t *dims)
{
	struct ir *ir = w->ir;
	uint64_t full[N_RANK_MAX + 1], thin[N_RANK_MAX + 1];
	struct span span = ir->value[old].span;
	bool wide = ir->value[old].block == w->l->body && w->kind[old] == KIND_WIDE;

	full[0] = w->trips;
	memcpy(full + 1, dims, rank * sizeof *dims);
	if (!wide)
		return ir_broadcast(ir, rw_get(w->rw, old), rank + 1, full, span);
	const struct ir_value *x = &ir->value[old];
	if (x->rank == rank)
		return w->wide[old];
	assert(x->rank == 0);
	thin[0] = w->trips;
	for (unsigned i = 1; i <= rank; i++)
		thin[i] = 1;
	return ir_broadcast(ir, ir_reshape(ir, w->wide[old], rank + 1, thin, span), rank + 1, full, span);
}

static bool
is_wide(const struct widen *w, ir_id id)
{
	return w->ir->value[id].block == w->l->body && w->kind[id] == KIND_WIDE;
}

/* The operation of old on new operands, with the trips in front. */
static ir_id
same_op(struct widen *w, ir_id old, uint32_t n_args, const ir_id *args, const int64_t *imm)
{
	struct ir *ir = w->ir;
	struct ir_value o = ir->value[old];
	uint64_t dims[N_RANK_MAX + 1];

	wide_dims(w, &o, dims);
	ir_id id = ir_add(ir, o.op, n_args, args, o.span);
	ir_shape(ir, id, o.rank + 1u, dims);
	struct ir_value *v = &ir->value[id];
	memcpy(v->imm, imm, sizeof v->imm);
	v->frac = o.frac;
	v->bits = o.bits;
	v->boolean = o.boolean;
	v->hint = o.hint;
	v->via = o.via;
	if (o.bits > 0)
		ir_derive_open(ir, id);
	if (o.op == IR_REVEAL)
		v->open = PUBLIC;
	if (o.op == IR_ASSUME) {
		mpz_set(v->lo, o.lo);
		mpz_set(v->hi, o.hi);
		ir->assumption[o.imm[0]].value = id;
		mpz_set(v->err, ir->value[args[0]].err);
		return id;
	}
	ir_range(ir, id);
	return rw_refine(w->rw, old, id);
}

static ir_id
widen_each(struct widen *w, ir_id old)
{
	struct ir_value o = w->ir->value[old];
	ir_id args[3];

	for (uint32_t i = 0; i < o.n_args; i++) {
		const struct ir_value *a = &w->ir->value[o.args[i]];
		if (!is_wide(w, o.args[i]) && a->rank == 0)
			args[i] = rw_get(w->rw, o.args[i]);
		else
			args[i] = widen_operand(w, o.args[i], o.rank, o.dims);
	}
	return same_op(w, old, o.n_args, args, o.imm);
}

static ir_id
widen_view(struct widen *w, ir_id old)
{
	struct ir *ir = w->ir;
	struct ir_value o = ir->value[old];
	struct ir_view v = { 0 };
	uint64_t dims[N_RANK_MAX + 1];
	int64_t step = widen_step(w, &o.view->offset, &v.offset);
	bool wide = is_wide(w, o.args[0]);
	ir_id a = wide ? w->wide[o.args[0]] : rw_get(w->rw, o.args[0]);

	wide_dims(w, &o, dims);
	v.stride[0] = step + (wide ? (int64_t)ir->value[o.args[0]].n : 0);
	memcpy(v.stride + 1, o.view->stride, o.rank * sizeof *v.stride);
	return rw_refine(w->rw, old, ir_view(ir, a, o.rank + 1u, dims, &v, o.span));
}

static ir_id
widen_update(struct widen *w, ir_id old)
{
	struct ir *ir = w->ir;
	struct ir_value o = ir->value[old];
	struct ir_value a = ir->value[o.args[0]], b = ir->value[o.args[1]];
	struct ir_view v = { 0 };

	v.stride[0] = widen_step(w, &o.view->offset, &v.offset) + (int64_t)a.n;
	memcpy(v.stride + 1, o.view->stride, b.rank * sizeof *v.stride);
	ir_id to = widen_operand(w, o.args[0], a.rank, a.dims);
	ir_id from = widen_operand(w, o.args[1], b.rank, b.dims);
	return rw_refine(w->rw, old, ir_update(ir, to, from, &v, o.span));
}

static ir_id
widen_concat(struct widen *w, ir_id old)
{
	struct ir *ir = w->ir;
	struct ir_value o = ir->value[old];
	uint64_t dims[N_RANK_MAX + 1];
	int64_t at = 0;

	wide_dims(w, &o, dims);
	ir_id zero = ir_zero(ir, o.frac, o.bits, o.span);
	ir_id all = ir_broadcast(ir, zero, o.rank + 1u, dims, o.span);
	for (uint32_t i = 0; i < o.n_args; i++) {
		struct ir_value a = ir->value[o.args[i]];
		struct ir_view v = { .offset = { .base = at } };
		v.stride[0] = (int64_t)o.n;
		packed(v.stride + 1, a.rank, a.dims);
		all = ir_update(ir, all, widen_operand(w, o.args[i], a.rank, a.dims), &v, o.span);
		at += (int64_t)a.n;
	}
	return rw_refine(w->rw, old, all);
}

static ir_id
widen_matmul(struct widen *w, ir_id old)
{
	struct ir *ir = w->ir;
	struct ir_value o = ir->value[old];
	int64_t imm[3] = { o.imm[0], o.imm[1], o.imm[2] };
	uint64_t rows[2] = { w->trips, (uint64_t)o.imm[1] }, dims[N_RANK_MAX + 1];
	ir_id args[2];

	wide_dims(w, &o, dims);
	if (is_wide(w, o.args[0]) && is_wide(w, o.args[1])) {    /* inner products */
		ir_id x = ir_reshape(ir, w->wide[o.args[0]], 2, rows, o.span);
		ir_id y = ir_reshape(ir, w->wide[o.args[1]], 2, rows, o.span);
		ir_id s = ir_reduce(ir, IR_SUM, ir_binary(ir, IR_MUL, x, y, 0, o.span), 1, o.span);
		return rw_refine(w->rw, old, ir_reshape(ir, s, o.rank + 1u, dims, o.span));
	}
	bool turn = is_wide(w, o.args[1]);       /* an inner product may be turned round */
	args[0] = w->wide[o.args[turn ? 1 : 0]];
	args[1] = rw_get(w->rw, o.args[turn ? 0 : 1]);
	imm[0] *= (int64_t)w->trips;
	return same_op(w, old, 2, args, imm);
}

/* One table for all trips: all indices at once. */
static ir_id
widen_pick(struct widen *w, ir_id old)
{
	struct ir *ir = w->ir;
	struct ir_value o = ir->value[old];
	uint64_t dims[N_RANK_MAX + 1], n = ir->value[w->wide[o.args[1]]].n;

	wide_dims(w, &o, dims);
	ir_id at = ir_reshape(ir, w->wide[o.args[1]], 1, &n, o.span);
	ir_id d = ir_pick(ir, rw_get(w->rw, o.args[0]), at, o.span);
	return rw_refine(w->rw, old, ir_reshape(ir, d, o.rank + 1u, dims, o.span));
}

static ir_id
widen_counter(struct widen *w, ir_id old)
{
	struct ir *ir = w->ir;
	struct span span = ir->value[old].span;

	if (w->base.n == 0)
		return ir_iota(ir, w->base.base, 1, w->trips, span);
	return ir_binary(ir, IR_ADD, ir_iota(ir, 0, 1, w->trips, span),
	    rw_affine_value(ir, &w->base, span), 0, span);
}

static ir_id
widen_random(struct widen *w, ir_id old)
{
	struct ir_value o = w->ir->value[old];
	uint64_t dims[N_RANK_MAX + 1];

	wide_dims(w, &o, dims);
	return ir_random(w->ir, o.rank + 1u, dims, o.bits, o.span);
}

ir_id
widen_value(struct widen *w, ir_id old)
{
	struct ir_value o = w->ir->value[old];
	int64_t imm[3] = { o.imm[0], o.imm[1], o.imm[2] };
	ir_id args[2];

	switch (o.op) {
	case IR_COUNTER:
		return widen_counter(w, old);
	case IR_RANDOM:
		return widen_random(w, old);
	case IR_VIEW:
		return widen_view(w, old);
	case IR_UPDATE:
		return widen_update(w, old);
	case IR_CONCAT:
		return widen_concat(w, old);
	case IR_MATMUL:
		return widen_matmul(w, old);
	case IR_GATHER:
		args[0] = rw_get(w->rw, o.args[0]);
		args[1] = w->wide[o.args[1]];
		return same_op(w, old, 2, args, imm);
	case IR_SUM: case IR_CUMSUM: case IR_MINR: case IR_MAXR:
		args[0] = w->wide[o.args[0]];
		imm[0] *= (int64_t)w->trips;
		return same_op(w, old, 1, args, imm);
	case IR_ORDER:
		args[0] = w->wide[o.args[0]];
		imm[0] *= (int64_t)w->trips;
		return same_op(w, old, 1, args, imm);
	case IR_TAKE:
		args[0] = widen_operand(w, o.args[0], o.rank, o.dims);
		args[1] = widen_operand(w, o.args[1], o.rank, o.dims);
		imm[0] *= (int64_t)w->trips;
		return same_op(w, old, 2, args, imm);
	case IR_PICK:
		return widen_pick(w, old);
	case IR_REVEAL: case IR_ASSUME: case IR_ASSERT: case IR_ONEHOT:
		args[0] = w->wide[o.args[0]];
		return same_op(w, old, 1, args, imm);
	default:
		return widen_each(w, old);
	}
}
