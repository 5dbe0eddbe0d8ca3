/* lower_move.c: views, concatenation, updates and gathers.
 *
 * A view whose elements stand together is a window on the same memory; any other is copied.  An
 * update happens in place when nothing needs the old array any more. */
#include <string.h>

#include "low.h"

static bool
by_rows(const struct low *l, const struct ir_value *v)
{
	return v->domain == DOM_L && !l->ir->part[v->part].whole;
}

static bool
in_bits(const struct ir_value *v)
{
	return v->domain == DOM_B || v->domain == DOM_Y;
}

static bool
contiguous(const struct ir_value *v, const int64_t *stride)
{
	int64_t s = 1;

	for (unsigned i = v->rank; i-- > 0; s *= (int64_t)v->dims[i])
		if (v->dims[i] > 1 && stride[i] != s)
			return false;
	return true;
}

/* The operand in the domain of the result and one width. */
static low_id
operand(struct low *l, ir_id id, const struct ir_value *like, unsigned width)
{
	bool shared = like->domain != DOM_L && like->domain != DOM_P;
	low_id s = low_get(l, id, shared ? like->domain : l->ir->value[id].domain, width);

	if (like->domain == DOM_L && l->slot[s].slot.domain == DOM_P) {
		low_id d = low_new(l, DOM_L, width, l->slot[s].slot.n, like->part);
		low_op(l, l->at, OP_CVT, d, s, SLOT_NONE, SLOT_NONE, NULL, like->span);
		return d;
	}
	return s;
}

static unsigned
width_of(const struct low *l, const struct ir_value *v)
{
	unsigned w = v->domain == DOM_A ? v->width : low_width_plain(v);

	if (in_bits(v))
		return low_bits(v);
	for (uint32_t i = 0; i < v->n_args && v->domain != DOM_A; i++) {
		unsigned x = l->slot[l->ir->value[v->args[i]].slot].slot.width;
		w = x > w && (i == 0 || v->op == IR_UPDATE || v->op == IR_CONCAT || v->op == IR_PUT) ? x : w;
	}
	return w;
}

/* How far a view reaches below and above its offset. */
static void
reach(const struct ir_value *shape, const int64_t *stride, int64_t *below, int64_t *above)
{
	*below = *above = 0;
	for (unsigned i = 0; i < shape->rank; i++) {
		int64_t r = shape->dims[i] == 0 ? 0 : stride[i] * (int64_t)(shape->dims[i] - 1);
		if (r < 0)
			*below += r;
		else
			*above += r;
	}
}

static void
view_counts(struct view *w, const struct ir_value *shape)
{
	memset(w, 0, sizeof *w);
	w->rank = shape->rank;
	for (unsigned i = 0; i < shape->rank; i++)
		w->count[i] = shape->dims[i];
	if (w->rank == 0) {
		w->rank = 1;
		w->count[0] = 1;
	}
}

static void
packed(int64_t *stride, const struct ir_value *shape)
{
	int64_t s = 1;

	for (unsigned i = shape->rank; i-- > 0; s *= (int64_t)shape->dims[i])
		stride[i] = s;
}

/* What the view reaches of a slot: a window if its place depends on a loop, else an offset. */
static low_id
reached(struct low *l, low_id of, const struct ir_value *shape, const struct ir_view *w,
    int64_t *off)
{
	struct ir_affine at = w->offset;
	int64_t below, above;

	if (at.n == 0) {
		*off = at.base;
		return of;
	}
	reach(shape, w->stride, &below, &above);
	at.base += below;
	*off = -below;
	return low_window(l, of, &at, (uint64_t)(above - below) + 1);
}

static void
lower_view(struct low *l, ir_id id)
{
	struct ir_value *v = &l->ir->value[id];
	unsigned width = width_of(l, v);
	bool same = contiguous(v, v->view->stride);
	bool from_rows = by_rows(l, &l->ir->value[v->args[0]]);      /* to one member, if not to rows */
	struct view w;

	if (l->columns[v->args[0]]) {
		low_id d = lower_column(l, v, &l->ir->value[v->args[0]]);
		l->ir->value[id].slot = d;
		return;
	}
	low_id a = operand(l, v->args[0], v, width);

	if (v->n == 0) {
		v->slot = low_new(l, v->domain, width, 0, v->part);
		return;
	}
	/* The elements of bits lie in planes: no part of them is a window. */
	if (same && !from_rows && !in_bits(v)) {
		v->slot = low_window(l, a, &v->view->offset, v->n);
		l->alias[id] = true;
		return;
	}
	if (same && v->n == l->slot[a].slot.n && from_rows == by_rows(l, v)) {
		v->slot = a;
		l->alias[id] = true;
		return;
	}
	view_counts(&w, v);
	memcpy(w.sstride, v->view->stride, v->rank * sizeof *w.sstride);
	packed(w.dstride, v);
	if (by_rows(l, v))                       /* an axis of one row may have any stride */
		w.sstride[0] = (int64_t)(l->slot[a].slot.n / v->dims[0]);
	a = reached(l, a, v, v->view, &w.soff);
	v->slot = low_new(l, v->domain, width, v->n, v->part);
	low_copy_view(l, l->at, v->slot, a, &w, v->span);
}

static void
lower_concat(struct low *l, ir_id id)
{
	struct ir_value *v = &l->ir->value[id];
	unsigned width = width_of(l, v);
	struct view w;

	bool begun = false;
	v->slot = low_new(l, v->domain, width, v->n, v->part);
	memset(&w, 0, sizeof w);
	w.rank = 1;
	w.sstride[0] = w.dstride[0] = 1;
	for (uint32_t i = 0; i < v->n_args; i++) {
		low_id a = operand(l, v->args[i], v, width);
		w.count[0] = l->ir->value[v->args[i]].n;
		if (!begun && w.count[0] > 0 && w.count[0] < v->n)
			low_begin(l, l->at, v->slot, a, v->span);
		if (w.count[0] > 0)
			low_copy_view(l, l->at, v->slot, a, &w, v->span);
		begun = begun || w.count[0] > 0;
		w.doff += (int64_t)w.count[0];
	}
}

/* The slot that the changed array may have: the old one if it is dead, else a copy. */
static low_id
changed(struct low *l, ir_id id, unsigned width)
{
	const struct ir_value *v = &l->ir->value[id], *a = &l->ir->value[v->args[0]];
	low_id from = operand(l, v->args[0], v, width);
	bool mine = from == a->slot && l->slot[from].slot.kind == SLOT_MEMORY &&
	    !l->alias[v->args[0]] && a->block == v->block && l->last[v->args[0]] == l->pos[id] &&
	    a->op != IR_INPUT && v->args[1] != v->args[0];

	if (mine)
		return from;
	low_id d = low_new(l, v->domain, width, v->n, v->part);
	low_copy(l, l->at, d, from, v->span);
	return d;
}

/* What is written into an array may be a part of that same array. */
static low_id
apart(struct low *l, low_id from, low_id array, struct span span)
{
	const struct slot s = l->slot[from].slot;

	if (low_base(l, from) != low_base(l, array))
		return from;
	low_id d = low_new(l, (enum domain)s.domain, s.width, s.n, s.part);
	low_copy(l, l->at, d, from, span);
	return d;
}

static void
lower_update(struct low *l, ir_id id)
{
	struct ir_value *v = &l->ir->value[id];
	const struct ir_value *b = &l->ir->value[v->args[1]];
	unsigned width = width_of(l, v);
	low_id from = operand(l, v->args[1], v, width);
	struct view w;

	v->slot = changed(l, id, width);
	if (b->n == 0)
		return;
	from = apart(l, from, v->slot, v->span);
	view_counts(&w, b);
	memcpy(w.dstride, v->view->stride, b->rank * sizeof *w.dstride);
	packed(w.sstride, b);
	if (b->rank == 0)
		w.sstride[0] = w.dstride[0] = 1;
	if (by_rows(l, v))                       /* as in a view */
		w.dstride[0] = (int64_t)(v->n / v->dims[0]);
	low_id d = reached(l, v->slot, b, v->view, &w.doff);
	low_copy_view(l, l->at, d, from, &w, v->span);
}

/* GATHER and PUT want the index in the width of the numbers that they move. */
static low_id
index_of(struct low *l, ir_id id, const struct ir_value *v, unsigned width)
{
	return low_get(l, id, DOM_P, in_bits(v) ? 64 : width);
}

static void
lower_gather(struct low *l, ir_id id)
{
	struct ir_value *v = &l->ir->value[id];
	unsigned width = width_of(l, v);
	int64_t imm[3] = { v->imm[0], v->imm[1], 0 };
	low_id a = operand(l, v->args[0], v, width), index = index_of(l, v->args[1], v, width);

	v->slot = low_new(l, v->domain, width, v->n, v->part);
	low_op(l, l->at, OP_GATHER, v->slot, a, index, SLOT_NONE, imm, v->span);
}

static void
lower_put(struct low *l, ir_id id)
{
	struct ir_value *v = &l->ir->value[id];
	unsigned width = width_of(l, v);
	int64_t imm[3] = { v->imm[0], v->imm[1], 0 };
	low_id from = operand(l, v->args[1], v, width), index = index_of(l, v->args[2], v, width);

	v->slot = changed(l, id, width);
	from = apart(l, from, v->slot, v->span);
	low_op(l, l->at, OP_PUT, v->slot, from, index, SLOT_NONE, imm, v->span);
}

void
lower_move(struct low *l, ir_id id)
{
	switch (l->ir->value[id].op) {
	case IR_VIEW:
		lower_view(l, id);
		return;
	case IR_CONCAT:
		lower_concat(l, id);
		return;
	case IR_UPDATE:
		lower_update(l, id);
		return;
	case IR_GATHER:
		lower_gather(l, id);
		return;
	default:
		lower_put(l, id);
		return;
	}
}
