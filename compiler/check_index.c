/* check_index.c: x[i], x[a..b], x[.., 2], and bits of bits.
 *
 * An index that is an affine function of loop counters is a view; any other known or opened one is
 * a gather or a put, checked when it is used; a secret one is a pass over the axis, and its range
 * must lie within it.  Where a condition may keep an affine index inside the array, it is clamped
 * instead of refused. */
#include <string.h>

#include "check_index.h"

static uint32_t
loop_depth_of(const struct check *ck, ir_id loop)
{
	return ck->ir->value[loop].loop->body->depth;
}

/* The least or greatest value: counters are replaced by their ends, the innermost first. */
static bool
extreme(struct check *ck, struct ir_affine f, bool least, int64_t *out)
{
	while (f.n > 0) {
		uint32_t in = 0;
		for (uint32_t i = 1; i < f.n; i++)
			if (loop_depth_of(ck, f.term[i].loop) > loop_depth_of(ck, f.term[in].loop))
				in = i;
		const struct ir_loop *l = ck->ir->value[f.term[in].loop].loop;
		int64_t k = f.term[in].coef;
		struct ir_affine end = (k > 0) == least ? l->lo : l->hi;
		if ((k > 0) != least)
			end.base -= 1;
		f.term[in] = f.term[--f.n];
		if (!ir_affine_add(&f, &end, k))
			return false;
	}
	*out = f.base;
	return true;
}

void
affine_bounds(struct check *ck, const struct ir_affine *f, int64_t *least, int64_t *most,
    bool *known)
{
	*known = extreme(ck, *f, true, least) && extreme(ck, *f, false, most);
}

/* A slice; of known elements, at a known place, known elements. */
ir_id
view_slice(struct check *ck, ir_id a, unsigned axis, const struct ir_affine *from, uint64_t count,
    bool drop, struct span at)
{
	const struct ir_value *v = &ck->ir->value[a];

	if (v->op == IR_CONST && v->rank == 1 && from->n == 0 && drop && v->bits == 0)
		return ir_const(ck->ir, v->data[from->base], v->frac, at_span(ck, at));
	if (v->op == IR_CONST && v->rank == 1 && from->n == 0 && v->bits == 0 && count <= N_RANK_MAX) {
		mpz_t *data = compile_alloc(ck->c, (count + 1) * sizeof *data);
		for (uint64_t i = 0; i < count; i++)
			mpz_init_set(data[i], v->data[(uint64_t)from->base + i]);
		return ir_const_array(ck->ir, data, 1, &count, v->frac, at_span(ck, at));
	}
	if (!drop && from->n == 0 && from->base == 0 && count == v->dims[axis])
		return a;
	return ir_slice(ck->ir, a, axis, from, count, drop, at_span(ck, at));
}

struct slice_arg {
	unsigned axis;
	const struct ir_affine *from;
	uint64_t count;
	bool drop;
};

static ir_id
slice_fn(struct check *ck, ir_id a, void *arg, struct span at)
{
	const struct slice_arg *s = arg;

	return view_slice(ck, a, s->axis, s->from, s->count, s->drop, at);
}

static void
keep_axes(struct val *y, const struct val *x, unsigned axis, bool drop, bool all)
{
	for (unsigned i = 0, k = 0; i < x->rank; i++) {
		if (i == axis && drop)
			continue;
		if (i != axis || all)
			y->label[k] = x->label[i];
		k++;
	}
	if (axis > 0 || all) {
		y->axis = x->axis;
		y->group = x->group;
	}
}

struct val
slice_val(struct check *ck, const struct val *x, unsigned axis, const struct ir_affine *from,
    uint64_t count,
    bool drop, struct span at)
{
	struct slice_arg s = { axis, from, count, drop };
	struct val y = val_map(ck, x, slice_fn, &s, at);

	keep_axes(&y, x, axis, drop, !drop && count == x->dims[axis]);
	return y;
}

static void
need_index(struct check *ck, const struct val *i, struct span at)
{
	if (i->kind == V_BOOL && i->rank > 0)
		compile_fail(ck->c, at, val_note(ck, i),
		    "`x.where(c)` keeps the shape and makes the others missing; sum, mean and count skip them",
		    "a mask cannot be an index: how many elements it takes is %s",
		    val_open(ck, i) == SECRET ? "secret" : "not known before the program runs");
	if (i->kind != V_INT && i->kind != V_NUMBER && i->kind != V_BOOL)
		compile_fail(ck->c, at, NULL, NULL, "an index is a whole number, and this is %s",
		    type_text(ck, i));
	if (i->p != IR_NONE)
		compile_fail(ck->c, at, NULL, "coalesce(i, 0) fills it", "this index may be missing");
}

static _Noreturn void
out_of_range(struct check *ck, int64_t i, uint64_t n, unsigned axis, struct span at)
{
	compile_fail(ck->c, at, NULL, i < 0 ? "count from the front: the last element is x[len(x) - 1]" :
	    NULL,
	    "index %lld is outside axis %u, which has %llu element%s", (long long)i, axis,
	    (unsigned long long)n,
	    n == 1 ? "" : "s");
}

static void
check_at(struct check *ck, struct item *it, uint64_t n, unsigned axis)
{
	int64_t least, most;
	bool known;

	affine_bounds(ck, &it->from, &least, &most, &known);
	if (known && least >= 0 && (uint64_t)most < n && most >= 0)
		return;
	if (it->from.n == 0 || !known || (cond_depth(ck) == 0))
		out_of_range(ck, known && least < 0 ? least : most, n, axis, it->span);
	if (n == 0)
		out_of_range(ck, least, n, axis, it->span);
	it->clamp = true;
	it->affine = false;
}

/* Nobody could say during the run that it lies outside. */
static void
need_inside(struct check *ck, const struct item *it, uint64_t n, unsigned axis)
{
	const struct ir_value *v = &ck->ir->value[it->at.v];

	if (v->n == 0 || (mpz_sgn(v->lo) >= 0 && mpz_cmp_ui(v->hi, n) < 0))
		return;
	if (n == 0)
		out_of_range(ck, 0, n, axis, it->span);
	compile_fail(ck->c, it->span, val_note(ck, &it->at),
	    compile_printf(ck->c, "`clamp(i, 0, %llu)` takes the nearest; "
	    "`i as int in 0..%llu` is an assumption", (unsigned long long)n - 1,
	    (unsigned long long)n - 1),
	    "this index is secret and may lie outside axis %u, which has %llu element%s: it is in %s..%s",
	    axis, (unsigned long long)n, n == 1 ? "" : "s", mpz_get_str(NULL, 10, v->lo),
	    mpz_get_str(NULL, 10, v->hi));
}

/* it->at is the index. */
static void
place_at(struct check *ck, struct item *it, const struct val *x, unsigned axis)
{
	need_index(ck, &it->at, it->span);
	it->at = to_kind(ck, it->at, V_INT, 0, it->span);
	if (val_open(ck, &it->at) == SECRET) {
		need_inside(ck, it, x->dims[axis], axis);
		it->secret = true;
		ir_note(ck->ir, compile_printf(ck->c,
		    "line %u: a secret index costs a pass over the %llu elements of its axis",
		    at_span(ck, it->span).line, (unsigned long long)x->dims[axis]));
		return;
	}
	it->affine = it->at.rank == 0 && ir_affine_of(ck->ir, it->at.v, &it->from);
	if (it->affine) {
		check_at(ck, it, x->dims[axis], axis);
		return;
	}
	const struct ir_value *v = &ck->ir->value[it->at.v];
	if (v->n > 0 && (mpz_sgn(v->hi) < 0 || mpz_cmp_ui(v->lo, x->dims[axis]) >= 0))
		compile_fail(ck->c, it->span, NULL, NULL,
		    "this index is always outside axis %u, which has %llu elements",
		    axis, (unsigned long long)x->dims[axis]);
	it->clamp = cond_depth(ck) > 0;
}

static void
slice_end(struct check *ck, const struct expr *e, struct ir_affine *f)
{
	struct val x = eval(ck, e);

	if ((x.kind != V_INT && x.kind != V_NUMBER) || x.rank != 0)
		compile_fail(ck->c, e->span, NULL, NULL, "a slice's end is a whole number, and this is %s",
		    type_text(ck, &x));
	if (val_open(ck, &x) != KNOWN)
		compile_fail(ck->c, e->span, val_note(ck, &x),
		    "`x.where(range(len(x)) < n)` keeps the shape and makes the others missing",
		    val_open(ck, &x) == SECRET ? "a secret cannot decide how long a slice is" :
		    "an opened value cannot decide how long a slice is: that must be known before the run");
	x = to_kind(ck, x, V_INT, 0, e->span);
	if (!ir_affine_of(ck->ir, x.v, f))
		compile_fail(ck->c, e->span, NULL, NULL,
		    "a slice's end is a sum of numbers and multiples of loop counters");
}

static void
parse_slice(struct check *ck, struct item *it, const struct index_item *i, uint64_t n,
    unsigned axis)
{
	struct ir_affine hi = { .base = (int64_t)n }, count;
	int64_t least, most, last, ignored;
	bool known, known_hi;

	it->slice = it->affine = true;
	if (i->lo != NULL)
		slice_end(ck, i->lo, &it->from);
	if (i->hi != NULL)
		slice_end(ck, i->hi, &hi);
	count = hi;
	if (!ir_affine_add(&count, &it->from, -1) || count.n > 0)
		compile_fail(ck->c, i->span, NULL, "make it a fixed number of elements: `x[i..i + 3]`",
		    "a slice's length may not depend on a loop counter");
	if (count.base < 0)
		compile_fail(ck->c, i->span, NULL, NULL, "this slice ends before it begins");
	it->count = (uint64_t)count.base;
	affine_bounds(ck, &it->from, &least, &ignored, &known);
	affine_bounds(ck, &hi, &last, &most, &known_hi);
	if (!known || !known_hi || least < 0 || most > (int64_t)n)
		compile_fail(ck->c, i->span, NULL,
		    least < 0 && i->lo != NULL ? "count from the front: the last three are x[len(x) - 3..]" :
		    NULL,
		    "this slice goes from %lld to %lld, and axis %u has %llu elements", (long long)least,
		    (long long)most, axis, (unsigned long long)n);
}

struct item *
parse_items(struct check *ck, const struct val *x, uint32_t n, const struct index_item *in,
    struct span at)
{
	struct item *it = compile_alloc(ck->c, (n + 1) * sizeof *it);

	if (n > x->rank)
		compile_fail(ck->c, at, NULL, NULL, x->rank == 0 ?
		    "this is one value, not an array: it has no index" :
		    "%u indices for an array of shape %s", n, dims_text(ck, x->rank, x->dims));
	for (uint32_t i = 0; i < n; i++) {
		it[i].span = in[i].span;
		if (in[i].at != NULL) {
			it[i].span = in[i].at->span;
			it[i].at = eval(ck, in[i].at);
			place_at(ck, &it[i], x, i);
		} else
			parse_slice(ck, &it[i], &in[i], x->dims[i], i);
	}
	return it;
}

struct gather_arg {
	const struct item *it;
	unsigned axis;
};

/* Axis `from` becomes axis `to`, the others keep their order. */
static ir_id
move_axis(struct check *ck, ir_id a, unsigned from, unsigned to, struct span at)
{
	const struct ir_value *v = &ck->ir->value[a];
	unsigned rank = v->rank, order[N_RANK_MAX], k = 0;
	uint64_t dims[N_RANK_MAX];
	int64_t stride[N_RANK_MAX], s = 1;
	struct ir_view w = { 0 };

	if (from == to)
		return a;
	for (unsigned i = rank; i-- > 0;) {
		stride[i] = s;
		s *= (int64_t)v->dims[i];
	}
	for (unsigned i = 0; i < rank; i++) {
		if (k == from)
			k++;
		order[i] = i == to ? from : k;
		k += i != to;
	}
	for (unsigned i = 0; i < rank; i++) {
		dims[i] = v->dims[order[i]];
		w.stride[i] = stride[order[i]];
	}
	return ir_view(ck->ir, a, rank, dims, &w, at_span(ck, at));
}

/* Rows of a by a secret index of any shape. */
static ir_id
pick(struct check *ck, ir_id a, const struct val *i, struct span at)
{
	uint64_t dims[N_RANK_MAX], n = i->n;
	unsigned rank = i->rank, row = ck->ir->value[a].rank;
	struct span s = at_span(ck, at);

	if (i->rank < 2)
		return ir_pick(ck->ir, a, i->v, s);
	memcpy(dims, i->dims, i->rank * sizeof *dims);
	for (unsigned k = 1; k < row; k++)
		dims[rank++] = ck->ir->value[a].dims[k];
	a = ir_pick(ck->ir, a, ir_reshape(ck->ir, i->v, 1, &n, s), s);
	return ir_reshape(ck->ir, a, rank, dims, s);
}

static ir_id
gather_fn(struct check *ck, ir_id a, void *arg, struct span at)
{
	const struct gather_arg *g = arg;

	a = move_axis(ck, a, g->axis, 0, at);
	if (g->it->secret)
		a = pick(ck, a, &g->it->at, at);
	else
		a = ir_gather(ck->ir, a, g->it->at.v, g->it->clamp, at_span(ck, at));
	for (unsigned i = g->it->at.rank; i-- > 0 && g->axis > 0;)
		a = move_axis(ck, a, 0, g->axis + g->it->at.rank - 1, at);
	return a;
}

struct place_arg {
	uint32_t n;
	const struct item *it;
};

/* The first n axes at their places, in one view: as an assignment to it has it. */
static ir_id
place_fn(struct check *ck, ir_id a, void *arg, struct span at)
{
	const struct place_arg *p = arg;
	const struct ir_value *v = &ck->ir->value[a];
	struct ir_view w = { 0 };
	uint64_t dims[N_RANK_MAX] = { 0 };
	int64_t stride = 1;

	for (unsigned i = v->rank; i-- > 0; stride *= (int64_t)v->dims[i]) {
		if (i >= p->n) {
			w.stride[i - p->n] = stride;
			dims[i - p->n] = v->dims[i];
		} else if (!ir_affine_add(&w.offset, &p->it[i].from, stride)) {
			compile_fail(ck->c, at, NULL, NULL, "these indices are too large");
		}
	}
	return ir_view(ck->ir, a, v->rank - p->n, dims, &w, at_span(ck, at));
}

static bool
all_places(uint32_t n, const struct item *it)
{
	for (uint32_t i = 0; i < n; i++)
		if (!it[i].affine || it[i].slice)
			return false;
	return n >= 2;
}

static struct val
at_place(struct check *ck, const struct val *x, uint32_t n, const struct item *it)
{
	struct place_arg p = { n, it };
	struct val y = val_map(ck, x, place_fn, &p, it[0].span);

	for (unsigned i = 0; i < y.rank; i++)
		y.label[i] = x->label[i + n];
	return y;
}

/* Slices first, so that gathers go over less. */
struct val
read_items(struct check *ck, struct val x, uint32_t n, const struct item *it)
{
	unsigned axis = 0;

	if (all_places(n, it))
		return at_place(ck, &x, n, it);
	for (uint32_t i = n; i-- > 0;)
		if (it[i].affine)
			x = slice_val(ck, &x, i, &it[i].from, it[i].slice ? it[i].count : 1, !it[i].slice,
			    it[i].span);
	for (uint32_t i = 0; i < n; i++) {
		axis += it[i].slice;
		if (it[i].affine)
			continue;
		struct gather_arg g = { &it[i], axis };
		if (x.rank + it[i].at.rank > N_RANK_MAX)
			compile_fail(ck->c, it[i].span, NULL, NULL, "an array of more than %d axes", N_RANK_MAX);
		x = val_map(ck, &x, gather_fn, &g, it[i].span);
		axis += it[i].at.rank;
	}
	return x;
}

static struct val
index_strings(struct check *ck, const struct val *x, const struct expr *e)
{
	if (e->n_items != 1 || x->rank != 1 || e->items[0].at == NULL)
		compile_fail(ck->c, e->span, NULL, NULL, "texts are taken one by one");
	int64_t i = known_int(ck, e->items[0].at, "the index of a text");
	if (i < 0 || (uint64_t)i >= x->n)
		out_of_range(ck, i, x->n, 0, e->items[0].span);
	return val_strings(ck, 1, x->text + i, true);
}

struct item *
parse_bit_items(struct check *ck, const struct val *x, uint32_t n, const struct index_item *in,
    struct span at)
{
	struct val apart = *x;

	apart.dims[apart.rank++] = x->bits;
	struct item *it = parse_items(ck, &apart, n, in, at), *bit = &it[n - 1];
	if (bit->slice && bit->from.n > 0)
		compile_fail(ck->c, bit->span, NULL, "x >> k, with a known k, moves bits",
		    "which bits are taken must be known");
	if (bit->slice && bit->count == 0)
		compile_fail(ck->c, bit->span, NULL, NULL,
		    "these are no bits: a string of bits has at least one");
	return it;
}

/* A bit, or some, of each element: the item behind those of the axes. */
static struct val
index_bits(struct check *ck, struct val x, const struct expr *e)
{
	struct item *it = parse_bit_items(ck, &x, e->n_items, e->items, e->span);
	const struct item *bit = &it[e->n_items - 1];

	if (!bit->affine || bit->from.n > 0)
		return read_items(ck, bits_apart(ck, x, e->span), e->n_items, it);
	x = read_items(ck, x, e->n_items - 1, it);
	return bits_slice(ck, x, (uint64_t)bit->from.base, bit->slice ? bit->count : 0, bit->span);
}

struct val
index_by(struct check *ck, struct val x, struct val i, struct span at)
{
	struct item it = { .span = at, .at = i };

	place_at(ck, &it, &x, 0);
	return read_items(ck, x, 1, &it);
}

struct val
builtin_lookup(struct check *ck, struct call_args *a)
{
	struct val x = a->val[0];

	if (x.kind == V_STRING || x.rank == 0)
		compile_fail(ck->c, a->expr[0]->span, NULL, NULL, "lookup needs an array, and this is %s",
		    type_text(ck, &x));
	return index_by(ck, settle(ck, x, a->call->span), a->val[1], a->expr[1]->span);
}

struct val
index_val(struct check *ck, struct val x, const struct expr *e)
{
	if (x.kind == V_STRING)
		return index_strings(ck, &x, e);
	if (x.kind == V_RECORD || x.kind == V_MISSING)
		compile_fail(ck->c, e->span, NULL, NULL, "%s has no index", type_text(ck, &x));
	if (x.kind == V_NUMBER)
		x = concrete(ck, x, e->span);
	x = settle(ck, x, e->span);
	if (x.kind == V_BITS && e->n_items == x.rank + 1)
		return index_bits(ck, x, e);
	struct item *it = parse_items(ck, &x, e->n_items, e->items, e->span);
	return read_items(ck, x, e->n_items, it);
}
