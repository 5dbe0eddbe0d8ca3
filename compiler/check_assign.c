/* check_assign.c: assignments to elements, x[i] = e, x[a..b] += e, and to bits.
 *
 * To a place that is an affine function of loop counters it is an update through a view, to any
 * other known or opened one a put; to a secret one a choice in every row. */
#include <string.h>

#include "check_index.h"

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
	ir_id hot;                      /* of a secret index: is it this row */
	struct ir_view view;
	struct span at;
};

/* a, but b in the row that is hot. */
static ir_id
write_hot(struct write *w, ir_id a, ir_id b)
{
	struct check *ck = w->ck;
	struct span s = at_span(ck, w->at);
	uint64_t dims[N_RANK_MAX], thin[N_RANK_MAX];
	unsigned rank = ck->ir->value[a].rank;

	memcpy(dims, ck->ir->value[a].dims, sizeof dims);
	for (unsigned i = 0; i < rank; i++)
		thin[i] = i == 0 ? dims[0] : 1;
	ir_id hot = ir_broadcast(ck->ir, ir_reshape(ck->ir, w->hot, rank, thin, s), rank, dims, s);
	thin[0] = 1;
	memcpy(thin + 1, dims + 1, (rank - 1) * sizeof *thin);
	b = ir_broadcast(ck->ir, ir_reshape(ck->ir, b, rank, thin, s), rank, dims, s);
	return sel(ck, hot, b, a, s);
}

static ir_id
write_id(struct write *w, ir_id a, ir_id b)
{
	struct check *ck = w->ck;

	if (w->hot != IR_NONE)
		return write_hot(w, a, b);
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

static bool
any_secret(uint32_t n, const struct item *it)
{
	for (uint32_t i = 0; i < n; i++)
		if (it[i].secret)
			return true;
	return false;
}

static struct val
write_items(struct check *ck, struct val x, uint32_t n, const struct item *it, struct val y,
    struct span at)
{
	struct write w = { .ck = ck, .at = at, .hot = IR_NONE };
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
		    "an assignment to several elements whose places are %s",
		    any_secret(n, it) ? "secret" : "opened while the program runs");
	struct val row = read_items(ck, x, 1, it);
	if (n > 1)
		y = write_items(ck, row, n - 1, it + 1, y, at);
	y = broadcast_to(ck, y, row.rank, row.dims, at);
	unify(ck, &x, &y, at);
	if (it[0].secret)
		w.hot = ir_onehot(ck->ir, it[0].at.v, x.dims[0], at_span(ck, at));
	else if (!it[0].affine)
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

/* The value with the bits that the last item names replaced; the others name an element. */
static void
assign_bits(struct check *ck, struct binding *b, const struct stmt *s)
{
	uint32_t n = s->n_items - 1;
	struct item *it = parse_bit_items(ck, &b->val, s->n_items, s->items, s->span);
	struct val y = eval(ck, s->value), old = read_items(ck, b->val, n, it);
	uint64_t from = (uint64_t)it[n].from.base, count = it[n].slice ? it[n].count : 0;

	if (!it[n].affine || it[n].from.n > 0)
		compile_fail(ck->c, it[n].span, NULL, "keep bools in an array, or write the loop out",
		    "which bit is assigned must be known");
	if (s->op >= 0)
		y = binary_op(ck, (enum binary)s->op, bits_slice(ck, old, from, count, s->span), y, s->span);
	y = bits_replace(ck, old, from, count, y, s->value->span);
	if (n == 0) {
		assign_whole(ck, b, y, b->name, s->value->span);
		return;
	}
	if (cond_depth(ck) > b->whole_at) {
		struct val c = conditions_since(ck, b->whole_at, s->span);
		y = select_val(ck, &c, y, old, s->span);
	}
	unify(ck, &b->val, &y, s->span);
	b->val = write_items(ck, b->val, n, it, y, s->span);
}

/* name[items] op= value.  Under conditions that the array's value does not stand under yet, what is
 * written is the old element unless they hold. */
void
assign_index(struct check *ck, struct binding *b, const struct stmt *s)
{
	struct span at = s->span;

	if (b->val.kind == V_RECORD || b->val.kind == V_STRING)
		compile_fail(ck->c, at, NULL, NULL, "%s has no elements to assign to", type_text(ck, &b->val));
	if (b->val.kind == V_BITS && s->n_items == b->val.rank + 1) {
		assign_bits(ck, b, s);
		return;
	}
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
