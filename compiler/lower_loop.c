/* lower_loop.c: loops and assumptions. */
#include <assert.h>
#include <string.h>

#include "ir_const.h"
#include "low.h"

/* Each carried variable has a slot of its own for the whole loop: its first value is copied
 * there, and at the end of an iteration its next one. */
static void
open_carried(struct low *l, const struct ir_value *loop)
{
	struct ir *ir = l->ir;

	for (uint32_t k = 0; k < loop->loop->n_carried; k++) {
		ir_id arg = loop->loop->arg[k];
		struct ir_value *a = &ir->value[arg];
		unsigned width = a->domain == DOM_A ? a->width : low_width_plain(a);
		const struct ir_value *first = &ir->value[loop->args[k]];
		low_id d = low_new(l, a->domain, width, a->n, a->part);
		low_id s = low_get(l, loop->args[k], a->domain == DOM_A ? DOM_A : first->domain, width);
		if (a->domain == DOM_L && l->slot[s].slot.domain == DOM_P)
			low_op(l, l->at, OP_CVT, d, s, SLOT_NONE, SLOT_NONE, NULL, loop->span);
		else if (a->n > 0)
			low_copy(l, l->at, d, s, loop->span);
		a->slot = d;
	}
}

/* Is the slot another carried variable's memory, or a window on it?  Its value must be saved before
 * that variable changes. */
static bool
carried_elsewhere(const struct low *l, const struct ir_loop *p, uint32_t k, low_id s)
{
	for (uint32_t j = 0; j < p->n_carried; j++)
		if (j != k && low_base(l, s) == l->ir->value[p->arg[j]].slot)
			return true;
	return false;
}

static void
close_carried(struct low *l, const struct ir_value *loop)
{
	struct ir *ir = l->ir;
	const struct ir_loop *p = loop->loop;
	low_id *next = compile_alloc(l->c, (p->n_carried + 1) * sizeof *next);

	for (uint32_t k = 0; k < p->n_carried; k++) {
		const struct ir_value *a = &ir->value[p->arg[k]], *y = &ir->value[p->yield[k]];
		unsigned width = l->slot[a->slot].slot.width;
		low_id s = low_get(l, p->yield[k], a->domain == DOM_A ? DOM_A : y->domain, width);
		if (a->domain == DOM_L && y->domain == DOM_P) {
			low_id t = low_new(l, DOM_L, width, a->n, a->part);
			low_op(l, l->at, OP_CVT, t, s, SLOT_NONE, SLOT_NONE, NULL, loop->span);
			s = t;
		} else if (carried_elsewhere(l, p, k, s) && a->n > 0) {
			low_id t = low_new(l, a->domain, width, a->n, a->part);
			low_copy(l, l->at, t, s, loop->span);
			s = t;
		}
		next[k] = s;
	}
	for (uint32_t k = 0; k < p->n_carried; k++) {
		const struct ir_value *a = &ir->value[p->arg[k]];
		if (next[k] != a->slot && a->n > 0)
			low_copy(l, l->at, a->slot, next[k], loop->span);
	}
}

void
lower_loop(struct low *l, ir_id id)
{
	struct ir *ir = l->ir;
	struct ir_value *v = &ir->value[id];
	struct low_block *outer = l->at;
	struct low_block *body = compile_alloc(l->c, sizeof *body);

	*body = (struct low_block){ .parent = outer, .loop = id, .depth = outer->depth + 1 };
	open_carried(l, v);
	l->block[id] = body;
	l->at = body;
	lower_block(l, v->loop->body);
	close_carried(l, v);
	l->at = outer;
	low_op(l, outer, OP_LOOP, SLOT_NONE, SLOT_NONE, SLOT_NONE, SLOT_NONE, NULL, v->span);
	struct low_item *it = &outer->item[outer->n - 1];
	it->loop = true;
	it->body = body;
	it->lo = v->loop->lo;
	it->hi = v->loop->hi;
	for (uint32_t i = 0; i < v->block->n; i++) {
		struct ir_value *r = &ir->value[v->block->value[i]];
		if (r->op == IR_RESULT && r->args[0] == id)
			r->slot = ir->value[v->loop->arg[r->imm[1]]].slot;
	}
}

/* The flag of a partition, or of everybody (P): made 1 at the start, times each check. */
static low_id
flag_of(struct low *l, enum domain domain, uint32_t part, struct span span)
{
	low_id *flag = domain == DOM_P ? &l->flag_p : &l->flag[part];

	if (*flag == SLOT_NONE) {
		uint64_t n = domain == DOM_P || l->ir->part[part].whole ? 1 : l->ir->part[part].start[16];
		*flag = low_new(l, domain, 64, n, domain == DOM_P ? 0 : part);
		low_op(l, l->top, OP_CVT, *flag, low_const1(l, 1, 64), SLOT_NONE, SLOT_NONE, NULL, span);
	}
	return *flag;
}

static void
check_range(struct low *l, const struct ir_value *v, low_id a)
{
	const struct slot s = l->slot[a].slot;
	uint32_t part = 0;
	uint64_t n = 1;

	if (s.domain == DOM_L) {
		part = l->ir->part[s.part].whole ? s.part : low_members_of(l->ir, s.part);
		n = l->ir->part[part].whole ? 1 : l->ir->part[part].start[16];
	}
	low_id ok = low_new(l, s.domain, s.width, n, part);
	low_op(l, l->at, OP_CHECK_X, ok, a, low_const1(l, ir_from_mpz(v->lo), s.width),
	    low_const1(l, ir_from_mpz(v->hi), s.width), NULL, v->span);
	if (s.width != 64) {
		low_id t = low_new(l, s.domain, 64, n, part);
		low_op(l, l->at, OP_CVT, t, ok, SLOT_NONE, SLOT_NONE, NULL, v->span);
		ok = t;
	}
	low_id flag = flag_of(l, s.domain, part, v->span);
	low_op(l, l->at, OP_MUL_X, flag, flag, ok, SLOT_NONE, NULL, v->span);
}

void
lower_assume(struct low *l, ir_id id)
{
	struct ir_value *v = &l->ir->value[id], *a = &l->ir->value[v->args[0]];
	const struct compile_options *o = l->c->options;
	struct ir_assumption *as = &l->ir->assumption[v->imm[0]];

	v->domain = a->domain;
	v->part = a->part;
	l->alias[id] = true;
	if (o->unchecked) {
		v->slot = v->domain == DOM_A ? low_get(l, v->args[0], DOM_A, v->width) : a->slot;
		return;
	}
	if (a->domain == DOM_A)
		compile_fail(l->c, v->span, "an assumption about a shared value",
		    "write the range where it can be derived, or run with --unchecked (the sheet will say so)",
		    "a range of a shared value cannot be checked in this version of Konsil");
	/* The width must hold what is checked, whatever the assumption says. */
	v->slot = a->slot;
	as->checked = true;
	if (v->n > 0)
		check_range(l, v, a->slot);
}

/* The product of all flags, shared: 1 if no assumption is violated. */
low_id
lower_ok(struct low *l, unsigned width)
{
	low_id *done = width == 64 ? &l->ok64 : &l->ok128, all = SLOT_NONE;
	struct span span = { 0 };

	if (*done != SLOT_NONE)
		return *done;
	for (uint32_t p = 0; p < l->ir->n_parts; p++) {
		if (l->flag[p] == SLOT_NONE)
			continue;
		uint64_t n = l->slot[l->flag[p]].slot.n;
		low_id s = low_new(l, DOM_A, width, n, 0);
		low_op(l, l->top, OP_SHARE, s, l->flag[p], SLOT_NONE, SLOT_NONE, NULL, span);
		for (uint64_t i = 0; i < n; i++) {
			struct ir_affine at = { .base = (int64_t)i };
			low_id one = low_window(l, s, &at, 1), d = low_new(l, DOM_A, width, 1, 0);
			if (all == SLOT_NONE) {
				all = one;
				continue;
			}
			low_op(l, l->top, OP_MUL_A, d, all, one, SLOT_NONE, NULL, span);
			all = d;
		}
	}
	if (l->flag_p != SLOT_NONE) {
		low_id d = low_new(l, DOM_A, width, 1, 0), p = l->flag_p;
		if (width == 128) {
			p = low_new(l, DOM_P, 128, 1, 0);
			low_op(l, l->top, OP_CVT, p, l->flag_p, SLOT_NONE, SLOT_NONE, NULL, span);
		}
		if (all == SLOT_NONE)
			low_op(l, l->top, OP_LIFT, d, p, SLOT_NONE, SLOT_NONE, NULL, span);
		else
			low_op(l, l->top, OP_MULP_A, d, all, p, SLOT_NONE, NULL, span);
		all = d;
	}
	*done = all;
	return all;
}
