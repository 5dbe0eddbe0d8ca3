/* check_index.c: x[i], x[a..b], x[.., 2], and assignments to them.
 *
 * An index that is an affine function of loop counters is a view; any other known or opened one is
 * a gather or a put, checked when it is used; a secret one is refused.  Where a condition may keep
 * an affine index inside the array, it is clamped instead of refused. */
#include <string.h>

#include "check_impl.h"

struct item {
	bool slice, affine;
	struct ir_affine from;
	uint64_t count;                 /* slice */
	struct val at;
	bool clamp;
	struct span span;
};

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

	if (v->op == IR_CONST && v->rank == 1 && from->n == 0 && drop)
		return ir_const(ck->ir, v->data[from->base], v->frac, at_span(ck, at));
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
need_index(struct check *ck, const struct val *i, const struct val *x, struct span at)
{
	(void)x;
	if (i->kind == V_BOOL && i->rank > 0)
		compile_fail(ck->c, at, val_note(ck, i),
		    "`x.where(c)` keeps the shape and makes the others missing; sum, mean and count skip them",
		    "a mask cannot be an index: how many elements it takes is %s",
		    val_open(ck, i) == SECRET ? "secret" : "not known before the program runs");
	if (i->kind != V_INT && i->kind != V_NUMBER && i->kind != V_BOOL)
		compile_fail(ck->c, at, NULL, NULL, "an index is a whole number, and this is %s",
		    type_text(ck, i));
	if (val_open(ck, i) == SECRET)
		compile_fail(ck->c, at, val_note(ck, i), "reveal(i) opens it, if everybody may know it",
		    "a secret index is not available in this version");
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

static void
parse_at(struct check *ck, struct item *it, const struct expr *e, const struct val *x,
    unsigned axis)
{
	it->at = eval(ck, e);
	need_index(ck, &it->at, x, e->span);
	it->at = to_kind(ck, it->at, V_INT, 0, e->span);
	it->affine = it->at.rank == 0 && ir_affine_of(ck->ir, it->at.v, &it->from);
	if (it->affine) {
		check_at(ck, it, x->dims[axis], axis);
		return;
	}
	const struct ir_value *v = &ck->ir->value[it->at.v];
	if (v->n > 0 && (mpz_sgn(v->hi) < 0 || mpz_cmp_ui(v->lo, x->dims[axis]) >= 0))
		compile_fail(ck->c, e->span, NULL, NULL,
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

static struct item *
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
		if (in[i].at != NULL)
			parse_at(ck, &it[i], in[i].at, x, i);
		else
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

static ir_id
gather_fn(struct check *ck, ir_id a, void *arg, struct span at)
{
	const struct gather_arg *g = arg;

	a = move_axis(ck, a, g->axis, 0, at);
	a = ir_gather(ck->ir, a, g->it->at.v, g->it->clamp, at_span(ck, at));
	for (unsigned i = g->it->at.rank; i-- > 0 && g->axis > 0;)
		a = move_axis(ck, a, 0, g->axis + g->it->at.rank - 1, at);
	return a;
}

static struct val
read_items(struct check *ck, struct val x, uint32_t n, const struct item *it)
{
	unsigned axis = 0;

	for (uint32_t i = 0; i < n; i++) {
		if (it[i].affine) {
			x = slice_val(ck, &x, axis, &it[i].from, it[i].slice ? it[i].count : 1, !it[i].slice,
			    it[i].span);
			axis += it[i].slice;
			continue;
		}
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
	struct item *it = parse_items(ck, &x, e->n_items, e->items, e->span);
	return read_items(ck, x, e->n_items, it);
}

/* The view of the elements that affine items mean. */
static void
view_of(const struct val *x, uint32_t n, const struct item *it, struct ir_view *w, unsigned *rank,
    uint64_t *dims)
{
	int64_t stride = 1, strides[N_RANK_MAX];

	*w = (struct ir_view){ 0 };
	*rank = 0;
	for (unsigned i = x->rank; i-- > 0;) {
		strides[i] = stride;
		stride *= (int64_t)x->dims[i];
	}
	for (unsigned i = 0; i < x->rank; i++) {
		if (i < n)
			(void)ir_affine_add(&w->offset, &it[i].from, strides[i]);
		if (i < n && !it[i].slice)
			continue;
		w->stride[*rank] = strides[i];
		dims[(*rank)++] = i < n ? it[i].count : x->dims[i];
	}
}

struct write {
	struct check *ck;
	const struct item *it;          /* a put, if not affine */
	struct ir_view view;
	struct span at;
};

static ir_id
write_id(struct write *w, ir_id a, ir_id b)
{
	struct check *ck = w->ck;

	if (w->it != NULL)
		return ir_put(ck->ir, a, b, w->it->at.v, w->it->clamp, at_span(ck, w->at));
	return ir_update(ck->ir, a, b, &w->view, at_span(ck, w->at));
}

/* x with y written to it; both of one kind, y of the right shape. */
static struct val
write_val(struct write *w, struct val x, struct val y)
{
	struct check *ck = w->ck;
	struct span s = at_span(ck, w->at);
	bool any_p = x.p != IR_NONE || y.p != IR_NONE;
	bool masked = (x.p == IR_NONE || x.masked) && (y.p == IR_NONE || y.masked);

	if (any_p) {
		ir_id like_x = x.v != IR_NONE ? x.v : x.plane[0], like_y = y.v != IR_NONE ? y.v : y.plane[0];
		ir_id p = x.p != IR_NONE ? x.p : full_like(ck, like_x, 1, 0, s);
		ir_id q = y.p != IR_NONE ? y.p : full_like(ck, like_y, 1, 0, s);
		x.p = write_id(w, p, q);
	}
	if (x.v != IR_NONE)
		x.v = write_id(w, x.v, y.v);
	if (x.kind == V_CATEGORY) {
		ir_id *plane = compile_alloc(ck->c, x.n_levels * sizeof *plane);
		for (uint32_t i = 0; i < x.n_levels; i++)
			plane[i] = write_id(w, x.plane[i], y.plane[i]);
		x.plane = plane;
	}
	x.masked = masked;
	return x;
}

static struct val
write_items(struct check *ck, struct val x, uint32_t n, const struct item *it, struct val y,
    struct span at)
{
	struct write w = { .ck = ck, .at = at };
	uint64_t dims[N_RANK_MAX] = { 0 };
	unsigned rank;
	bool affine = true;

	for (uint32_t i = 0; i < n; i++)
		affine &= it[i].affine;
	if (affine) {
		view_of(&x, n, it, &w.view, &rank, dims);
		y = broadcast_to(ck, y, rank, dims, at);
		return y.n == 0 ? x : write_val(&w, x, y);
	}
	if (it[0].slice || it[0].at.rank > 0)
		compile_fail(ck->c, it[0].span, NULL, "write a loop over the elements",
		    "an assignment to several elements whose places are opened while the program runs");
	struct val row = read_items(ck, x, 1, it);
	if (n > 1)
		y = write_items(ck, row, n - 1, it + 1, y, at);
	y = broadcast_to(ck, y, row.rank, row.dims, at);
	unify(ck, &x, &y, at);
	if (!it[0].affine)
		w.it = &it[0];
	else
		view_of(&x, 1, it, &w.view, &rank, dims);
	return write_val(&w, x, y);
}

static struct val
element_value(struct check *ck, struct binding *b, struct val y, const struct stmt *s)
{
	struct span at = s->value->span;

	if (b->spec == NULL) {
		unify(ck, &b->val, &y, at);
		return settle(ck, y, at);
	}
	struct spec t = *b->spec;
	t.rank = y.rank;
	memcpy(t.dims, y.dims, sizeof t.dims);
	memset(t.open_dim, 0, sizeof t.open_dim);
	if (y.p != IR_NONE && !t.optional)
		compile_fail(ck->c, at, NULL, "coalesce(x, 0) fills what is missing",
		    "\"%s\" is declared without `?`, and this may be missing", b->name);
	return concrete(ck, to_spec(ck, y, &t, b->source, compile_printf(ck->c, "\"%s\"", b->name), at),
	    at);
}

/* name[items] op= value.  Under conditions that the array's value does not stand under yet, what is
 * written is the old element unless they hold. */
void
assign_index(struct check *ck, struct binding *b, const struct stmt *s)
{
	struct span at = s->span;

	if (b->val.kind == V_RECORD || b->val.kind == V_STRING)
		compile_fail(ck->c, at, NULL, NULL, "%s has no elements to assign to", type_text(ck, &b->val));
	struct item *it = parse_items(ck, &b->val, s->n_items, s->items, at);
	struct val y = eval(ck, s->value), old = val_new(V_MISSING);
	bool guarded = cond_depth(ck) > b->whole_at;
	if (s->op >= 0 || guarded)
		old = read_items(ck, b->val, s->n_items, it);
	if (s->op >= 0)
		y = binary_op(ck, (enum binary)s->op, old,
		    s->op == BIN_ADD || s->op == BIN_SUB ? settle(ck, y, at) : y, at);
	y = element_value(ck, b, y, s);
	if (guarded) {
		struct val c = conditions_since(ck, b->whole_at, at);
		if (c.rank > 0)
			compile_fail(ck->c, at, NULL, NULL, "an assignment to elements under a condition on arrays");
		y = select_val(ck, &c, y, old, at);
	}
	unify(ck, &b->val, &y, at);
	b->val = write_items(ck, b->val, s->n_items, it, y, at);
}
