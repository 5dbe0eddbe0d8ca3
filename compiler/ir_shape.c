/* ir_shape.c: building what moves and reduces elements.  See ir.h. */
#include <assert.h>
#include <string.h>

#include "internal.h"
#include "ir_build.h"

static void
strides_of(int64_t *stride, unsigned rank, const uint64_t *dims)
{
	int64_t s = 1;

	for (unsigned i = rank; i-- > 0;) {
		stride[i] = s;
		s *= (int64_t)dims[i];
	}
}

static bool
has_shape(const struct ir_value *v, unsigned rank, const uint64_t *dims)
{
	if (rank != v->rank)
		return false;
	for (unsigned i = 0; i < rank; i++)
		if (dims[i] != v->dims[i])
			return false;
	return true;
}

/* A view of a view is a view of what is below, if the upper one only steps along axes of the
 * lower. */
static bool
compose(const struct ir *ir, ir_id *a, struct ir_view *w, unsigned rank, const uint64_t *dims)
{
	const struct ir_value *v = &ir->value[*a];
	struct ir_view out = { 0 };
	int64_t flat[N_RANK_MAX];

	if (v->op != IR_VIEW || w->offset.n > 0 || v->n == 0)
		return false;
	strides_of(flat, v->rank, v->dims);
	out.offset = v->view->offset;
	/* The start, taken apart into indices of the lower view. */
	int64_t at = w->offset.base, index[N_RANK_MAX];
	if (at < 0)
		return false;
	for (unsigned i = 0; i < v->rank; i++) {
		index[i] = at / flat[i];
		at %= flat[i];
		if (index[i] >= (int64_t)v->dims[i])
			return false;
		out.offset.base += index[i] * v->view->stride[i];
	}
	for (unsigned k = 0; k < rank; k++) {
		unsigned i = 0;
		if (dims[k] <= 1 || w->stride[k] == 0)
			continue;
		while (i < v->rank && (flat[i] == 0 || w->stride[k] % flat[i] != 0 || v->dims[i] <= 1))
			i++;
		if (i == v->rank)
			return false;
		int64_t step = w->stride[k] / flat[i];
		int64_t end = index[i] + step * (int64_t)(dims[k] - 1);
		if (end < 0 || end >= (int64_t)v->dims[i])
			return false;
		index[i] = step > 0 ? end : index[i];
		out.stride[k] = step * v->view->stride[i];
	}
	*a = v->args[0];
	*w = out;
	return true;
}

ir_id
ir_view(struct ir *ir, ir_id a, unsigned rank, const uint64_t *dims, const struct ir_view *view,
    struct span span)
{
	struct ir_view w = *view;
	bool boolean = ir->value[a].boolean;
	const char *what = ir->value[a].what;
	uint64_t d[N_RANK_MAX] = { 0 };

	for (unsigned i = 0; i < rank; i++)     /* a single number may come with no dims at all */
		d[i] = dims[i];
	while (compose(ir, &a, &w, rank, d))
		;
	ir_id id = ir_add(ir, IR_VIEW, 1, &a, span);
	ir_shape(ir, id, rank, d);
	struct ir_value *v = &ir->value[id];
	v->frac = ir->value[a].frac;
	v->boolean = boolean;
	v->what = what;
	v->view = compile_alloc(ir->compile, sizeof w);
	*v->view = w;
	ir_range(ir, id);
	return id;
}

ir_id
ir_broadcast(struct ir *ir, ir_id a, unsigned rank, const uint64_t *dims, struct span span)
{
	const struct ir_value *v = &ir->value[a];
	struct ir_view w = { 0 };
	int64_t flat[N_RANK_MAX];

	assert(rank >= v->rank);
	if (has_shape(v, rank, dims))
		return a;
	strides_of(flat, v->rank, v->dims);
	for (unsigned i = 0; i < v->rank; i++) {
		unsigned k = rank - v->rank + i;
		assert(v->dims[i] == dims[k] || v->dims[i] == 1);
		w.stride[k] = v->dims[i] == 1 ? 0 : flat[i];
	}
	return ir_view(ir, a, rank, dims, &w, span);
}

ir_id
ir_reshape(struct ir *ir, ir_id a, unsigned rank, const uint64_t *dims, struct span span)
{
	struct ir_view w = { 0 };

	if (has_shape(&ir->value[a], rank, dims))
		return a;
	strides_of(w.stride, rank, dims);
	ir_id id = ir_view(ir, a, rank, dims, &w, span);
	assert(ir->value[id].n == ir->value[a].n);
	return id;
}

ir_id
ir_slice(struct ir *ir, ir_id a, unsigned axis, const struct ir_affine *from, uint64_t count,
    bool drop_axis, struct span span)
{
	const struct ir_value *v = &ir->value[a];
	struct ir_view w = { 0 };
	uint64_t dims[N_RANK_MAX];
	unsigned rank = v->rank;

	assert(axis < rank && (!drop_axis || count == 1));
	strides_of(w.stride, rank, v->dims);
	memcpy(dims, v->dims, sizeof dims);
	bool ok = ir_affine_add(&w.offset, from, w.stride[axis]);
	assert(ok);
	(void)ok;
	dims[axis] = count;
	if (drop_axis) {
		for (unsigned i = axis; i + 1 < rank; i++) {
			dims[i] = dims[i + 1];
			w.stride[i] = w.stride[i + 1];
		}
		rank--;
		w.stride[rank] = 0;
	}
	return ir_view(ir, a, rank, dims, &w, span);
}

ir_id
ir_concat(struct ir *ir, const ir_id *a, uint32_t n, struct span span)
{
	uint64_t dims[N_RANK_MAX];

	assert(n > 0);
	memcpy(dims, ir->value[a[0]].dims, sizeof dims);
	for (uint32_t i = 1; i < n; i++) {
		const struct ir_value *v = &ir->value[a[i]];
		assert(v->rank == ir->value[a[0]].rank && v->rank >= 1 && v->frac == ir->value[a[0]].frac);
		dims[0] += v->dims[0];
	}
	ir_id id = ir_add(ir, IR_CONCAT, n, a, span);
	ir_shape(ir, id, ir->value[a[0]].rank, dims);
	ir->value[id].frac = ir->value[a[0]].frac;
	ir->value[id].boolean = ir->value[a[0]].boolean;
	ir_range(ir, id);
	return id;
}

/* A value like args[0], with other elements. */
static ir_id
like_first(struct ir *ir, enum ir_op op, uint32_t n, const ir_id *args, struct span span)
{
	ir_id id = ir_add(ir, op, n, args, span);
	uint64_t dims[N_RANK_MAX];

	memcpy(dims, ir->value[args[0]].dims, sizeof dims);
	ir_shape(ir, id, ir->value[args[0]].rank, dims);
	ir->value[id].frac = ir->value[args[0]].frac;
	ir->value[id].boolean = ir->value[args[0]].boolean;
	ir->value[id].what = ir->value[args[0]].what;
	return id;
}

ir_id
ir_update(struct ir *ir, ir_id a, ir_id b, const struct ir_view *view, struct span span)
{
	ir_id args[2] = { a, b };

	assert(ir->value[a].frac == ir->value[b].frac);
	ir_id id = like_first(ir, IR_UPDATE, 2, args, span);
	ir->value[id].view = compile_alloc(ir->compile, sizeof *view);
	*ir->value[id].view = *view;
	ir_range(ir, id);
	return id;
}

/* Elements of one row of a. */
static int64_t
row_of(const struct ir_value *a)
{
	int64_t n = 1;

	for (unsigned i = 1; i < a->rank; i++)
		n *= (int64_t)a->dims[i];
	return n;
}

ir_id
ir_gather(struct ir *ir, ir_id a, ir_id index, bool clamp, struct span span)
{
	ir_id args[2] = { a, index };
	uint64_t dims[N_RANK_MAX];
	unsigned rank = 0;
	const struct ir_value *x = &ir->value[index], *v = &ir->value[a];

	assert(v->rank >= 1 && x->open != SECRET && x->frac == 0);
	for (unsigned i = 0; i < x->rank; i++)
		dims[rank++] = x->dims[i];
	for (unsigned i = 1; i < v->rank; i++)
		dims[rank++] = v->dims[i];
	int64_t row = row_of(v);
	ir_id id = ir_add(ir, IR_GATHER, 2, args, span);
	ir_shape(ir, id, rank, dims);
	struct ir_value *d = &ir->value[id];
	d->frac = ir->value[a].frac;
	d->boolean = ir->value[a].boolean;
	d->what = ir->value[a].what;
	d->imm[0] = row;
	d->imm[1] = clamp;
	ir_range(ir, id);
	return id;
}

ir_id
ir_put(struct ir *ir, ir_id a, ir_id b, ir_id index, bool quiet, struct span span)
{
	ir_id args[3] = { a, b, index };

	assert(ir->value[index].rank == 0 && ir->value[index].open != SECRET);
	assert(ir->value[a].frac == ir->value[b].frac);
	ir_id id = like_first(ir, IR_PUT, 3, args, span);
	ir->value[id].imm[0] = row_of(&ir->value[a]);
	ir->value[id].imm[1] = quiet;
	ir_range(ir, id);
	return id;
}

ir_id
ir_reduce(struct ir *ir, enum ir_op op, ir_id a, unsigned axis, struct span span)
{
	const struct ir_value *v = &ir->value[a];
	uint64_t dims[N_RANK_MAX];
	int64_t imm[3] = { 1, 1, 1 };
	unsigned rank = v->rank;

	assert(ir_ops[op].class == CLASS_REDUCE && axis < rank);
	memcpy(dims, v->dims, sizeof dims);
	for (unsigned i = 0; i < rank; i++)
		imm[i < axis ? 0 : i == axis ? 1 : 2] *= (int64_t)dims[i];
	if (op != IR_CUMSUM) {
		for (unsigned i = axis; i + 1 < rank; i++)
			dims[i] = dims[i + 1];
		rank--;
	}
	ir_id id = ir_add(ir, op, 1, &a, span);
	ir_shape(ir, id, rank, dims);
	memcpy(ir->value[id].imm, imm, sizeof imm);
	ir->value[id].frac = ir->value[a].frac;
	ir_range(ir, id);
	return id;
}

ir_id
ir_matmul(struct ir *ir, ir_id a, ir_id b, struct span span)
{
	const struct ir_value *x = &ir->value[a], *y = &ir->value[b];
	ir_id args[2] = { a, b };
	uint64_t dims[2];
	unsigned rank = 0;

	assert(x->rank >= 1 && x->rank <= 2 && y->rank >= 1 && y->rank <= 2);
	uint64_t m = x->rank == 2 ? x->dims[0] : 1, k = x->dims[x->rank - 1];
	uint64_t n = y->rank == 2 ? y->dims[1] : 1;
	assert(y->dims[0] == k);
	if (x->rank == 2)
		dims[rank++] = m;
	if (y->rank == 2)
		dims[rank++] = n;
	unsigned frac = x->frac + y->frac;
	ir_id id = ir_add(ir, IR_MATMUL, 2, args, span);
	ir_shape(ir, id, rank, dims);
	struct ir_value *v = &ir->value[id];
	v->imm[0] = (int64_t)m;
	v->imm[1] = (int64_t)k;
	v->imm[2] = (int64_t)n;
	v->frac = (uint8_t)frac;
	ir_range(ir, id);
	return id;
}

ir_id
ir_tnmul(struct ir *ir, ir_id a, ir_id b, struct span span)
{
	const struct ir_value *x = &ir->value[a], *y = &ir->value[b];
	ir_id args[2] = { a, b };

	assert(x->rank == 2 && y->rank == 2 && x->dims[0] == y->dims[0]);
	int64_t imm[3] = { (int64_t)x->dims[0], (int64_t)x->dims[1], (int64_t)y->dims[1] };
	uint64_t dims[2] = { x->dims[1], y->dims[1] };
	unsigned frac = x->frac + y->frac;
	ir_id id = ir_add(ir, IR_TNMUL, 2, args, span);
	ir_shape(ir, id, 2, dims);
	memcpy(ir->value[id].imm, imm, sizeof imm);
	ir->value[id].frac = (uint8_t)frac;
	ir_range(ir, id);
	return id;
}

int64_t
ir_trips(const struct ir *ir, ir_id loop)
{
	const struct ir_loop *l = ir->value[loop].loop;
	struct ir_affine d = l->hi;

	if (!ir_affine_add(&d, &l->lo, -1) || d.n > 0)
		return -1;
	return d.base > 0 ? d.base : 0;
}
