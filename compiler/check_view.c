/* check_view.c: builtins that look at an array in another way, by strides: nothing is computed. */
#include <string.h>

#include "check_impl.h"

struct order_arg {
	unsigned order[N_RANK_MAX];     /* axis i of the result is that axis of the operand */
};

static void
strides_of(int64_t stride[N_RANK_MAX], const struct ir_value *v)
{
	int64_t s = 1;

	for (unsigned i = v->rank; i-- > 0; s *= (int64_t)v->dims[i])
		stride[i] = s;
}

static ir_id
transpose_fn(struct check *ck, ir_id a, void *arg, struct span at)
{
	const struct ir_value *v = &ck->ir->value[a];
	const struct order_arg *o = arg;
	uint64_t dims[N_RANK_MAX];
	int64_t stride[N_RANK_MAX];
	struct ir_view w = { 0 };

	strides_of(stride, v);
	for (unsigned i = 0; i < v->rank; i++) {
		dims[i] = v->dims[o->order[i]];
		w.stride[i] = stride[o->order[i]];
	}
	return ir_view(ck->ir, a, v->rank, dims, &w, at_span(ck, at));
}

/* A known array that has each axis once. */
static void
order_given(struct check *ck, const struct call_args *a, unsigned rank, struct order_arg *o)
{
	const struct val *x = &a->val[1];
	struct span at = a->expr[1]->span;
	bool seen[N_RANK_MAX] = { false };

	if (x->rank != 1 || x->kind != V_INT || x->n != rank)
		compile_fail(ck->c, at, NULL, "transpose(x, [0, 2, 1]) swaps the last two of three",
		    "an order of %u axes is an array of %u whole numbers, and this is %s", rank, rank,
		    type_text(ck, x));
	for (unsigned i = 0; i < rank; i++) {
		struct val e = val_ir(ck, V_INT, take(ck, x->v, 0, i, at), 0);
		int64_t k = known_int_val(ck, &e, "an axis", at);
		if (k < 0 || k >= rank || seen[k])
			compile_fail(ck->c, at, NULL, NULL, "an order of %u axes has each of 0 to %u once", rank,
			    rank - 1);
		seen[k] = true;
		o->order[i] = (unsigned)k;
	}
}

struct val
builtin_transpose(struct check *ck, struct call_args *a)
{
	struct val x = settled_array(ck, a, 0), y;
	struct order_arg o;

	for (unsigned i = 0; i < x.rank; i++)
		o.order[i] = x.rank - 1 - i;
	if (a->expr[1] != NULL)
		order_given(ck, a, x.rank, &o);
	if (x.rank < 2)
		return x;
	y = val_map(ck, &x, transpose_fn, &o, a->call->span);
	for (unsigned i = 0; i < x.rank; i++)
		y.label[i] = x.label[o.order[i]];
	if (o.order[0] == 0) {
		y.axis = x.axis;
		y.group = x.group;
	}
	return y;
}

struct window_arg {
	unsigned axis;
	uint64_t size, step;
};

static ir_id
windows_fn(struct check *ck, ir_id a, void *arg, struct span at)
{
	const struct ir_value *v = &ck->ir->value[a];
	const struct window_arg *g = arg;
	uint64_t dims[N_RANK_MAX];
	struct ir_view w = { 0 };

	memcpy(dims, v->dims, v->rank * sizeof *dims);
	strides_of(w.stride, v);
	w.stride[v->rank] = w.stride[g->axis];
	w.stride[g->axis] *= (int64_t)g->step;
	dims[v->rank] = g->size;
	dims[g->axis] = v->dims[g->axis] < g->size ? 0 : (v->dims[g->axis] - g->size) / g->step + 1;
	return ir_view(ck->ir, a, v->rank + 1u, dims, &w, at_span(ck, at));
}

struct val
builtin_windows(struct check *ck, struct call_args *a)
{
	struct val x = settled_array(ck, a, 0), y;
	struct span at = a->call->span;
	int64_t size = int_arg(ck, a, 2, "the length of a window");
	int64_t step = a->expr[3] != NULL ? int_arg(ck, a, 3, "the step between windows") : 1;

	if (x.rank == 0 || x.rank == N_RANK_MAX)
		compile_fail(ck->c, at, NULL, NULL, x.rank == 0 ? "windows needs an array" :
		    "an array of more than %d axes", N_RANK_MAX);
	if (size < 1 || step < 1)
		compile_fail(ck->c, at, NULL, NULL, "windows of length %lld, every %lld", (long long)size,
		    (long long)step);
	struct window_arg g = { (unsigned)axis_arg(ck, a, 1, x.rank), (uint64_t)size, (uint64_t)step };
	y = val_map(ck, &x, windows_fn, &g, at);
	for (unsigned i = 0; i < x.rank; i++)
		y.label[i] = i == g.axis ? NULL : x.label[i];
	if (g.axis > 0) {
		y.axis = x.axis;
		y.group = x.group;
	}
	return y;
}

struct pad_arg {
	unsigned axis;
	uint64_t before, after;
	int64_t value;
};

/* x in the middle of an array of one value. */
static ir_id
pad_fn(struct check *ck, ir_id a, void *arg, struct span at)
{
	const struct ir_value *v = &ck->ir->value[a];
	const struct pad_arg *g = arg;
	uint64_t dims[N_RANK_MAX];
	struct ir_view w = { 0 };
	struct ir_value wide = { .rank = v->rank };
	mpz_t z;

	memcpy(dims, v->dims, v->rank * sizeof *dims);
	dims[g->axis] += g->before + g->after;
	memcpy(wide.dims, dims, sizeof dims);
	strides_of(w.stride, &wide);
	w.offset.base = (int64_t)g->before * w.stride[g->axis];
	mpz_init_set_si(z, g->value);
	ir_id d = full(ck, z, v->frac, v->rank, dims, at_span(ck, at));
	return ir_update(ck->ir, d, a, &w, at_span(ck, at));
}

struct val
builtin_pad(struct check *ck, struct call_args *a)
{
	struct val x = numeric_arg(ck, a, 0), y;
	struct span at = a->call->span;
	int64_t before = int_arg(ck, a, 2, "how many zeros");
	int64_t after = a->expr[3] != NULL ? int_arg(ck, a, 3, "how many zeros") : before;

	if (x.rank == 0)
		compile_fail(ck->c, at, NULL, NULL, "pad needs an array");
	if (before < 0 || after < 0 || before > INT32_MAX || after > INT32_MAX)
		compile_fail(ck->c, at, NULL, NULL, "%lld zeros before and %lld after",
		    (long long)before, (long long)after);
	struct pad_arg g = { (unsigned)axis_arg(ck, a, 1, x.rank), (uint64_t)before, (uint64_t)after, 0 };
	if (before + after == 0)
		return x;
	y = x;
	y.v = pad_fn(ck, x.v, &g, at);
	g.value = 1;                     /* the zeros are there */
	if (x.p != IR_NONE)
		y.p = pad_fn(ck, x.p, &g, at);
	y.label[g.axis] = NULL;
	val_set_dims(&y, x.rank, ck->ir->value[y.v].dims);
	if (g.axis == 0)
		y.axis = AXIS_FREE;
	return y;
}
