/* lower_loop.c: loops and assumptions. */
#include <string.h>

#include "ir_const.h"
#include "low.h"

static unsigned
carried_width(const struct ir_value *a)
{
	if (a->domain == DOM_B || a->domain == DOM_Y)
		return low_bits(a);
	return a->domain == DOM_A ? a->width : low_width_plain(a);
}

/* Each carried variable has a slot of its own for the whole loop: its first value is copied
 * there, and at the end of an iteration its next one. */
static void
open_carried(struct low *l, const struct ir_value *loop)
{
	struct ir *ir = l->ir;

	for (uint32_t k = 0; k < loop->loop->n_carried; k++) {
		ir_id arg = loop->loop->arg[k];
		struct ir_value *a = &ir->value[arg];
		bool shared = a->domain != DOM_P && a->domain != DOM_L;
		unsigned width = carried_width(a);
		const struct ir_value *first = &ir->value[loop->args[k]];
		low_id d = low_new(l, a->domain, width, a->n, a->part);
		low_id s = low_get(l, loop->args[k], shared ? a->domain : first->domain, width);
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
		bool shared = a->domain != DOM_P && a->domain != DOM_L;
		low_id s = low_get(l, p->yield[k], shared ? a->domain : y->domain, width);
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

/* The flag of a partition, or of everybody (P), or under clear of what is shared (A): made 1 at the
 * start, times each check. */
static low_id
flag_of(struct low *l, enum domain domain, uint32_t part, struct span span)
{
	low_id *flag = domain == DOM_P ? &l->flag_p : domain == DOM_A ? &l->flag_a : &l->flag[part];

	if (*flag == SLOT_NONE) {
		uint64_t n = domain != DOM_L || l->ir->part[part].whole ? 1 : l->ir->part[part].start[16];
		*flag = low_new(l, domain, 64, n, domain == DOM_L ? part : 0);
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
		part = l->ir->part[s.part].whole ? s.part : ir_partition_members(l->ir, s.part);
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

/* The flag of what is checked on shares is a bit that starts as 1. */
static void
check_shared(struct low *l, ir_id ok, struct span span)
{
	int64_t imm[3] = { 1, 0, 0 };

	if (l->c->options->target->plain_shares) {
		low_id flag = flag_of(l, DOM_A, 0, span);
		low_op(l, l->at, OP_MUL_X, flag, flag, low_get(l, ok, DOM_A, 64), SLOT_NONE, NULL, span);
		return;
	}
	if (l->flag_bits == SLOT_NONE) {
		l->flag_bits = low_new(l, l->bits, 1, 1, 0);
		low_op(l, l->top, l->bits == DOM_B ? OP_LIFT_B : OP_LIFT_Y, l->flag_bits,
		    low_const1(l, 1, 64), SLOT_NONE, SLOT_NONE, imm, span);
	}
	low_id both = low_mask(l, l->at, low_get(l, ok, l->bits, 1), l->flag_bits, span);
	low_copy(l, l->at, l->flag_bits, both, span);
}

void
lower_assume(struct low *l, ir_id id)
{
	struct ir_value *v = &l->ir->value[id], *a = &l->ir->value[v->args[0]];
	const struct compile_options *o = l->c->options;
	struct ir_assumption *as = &l->ir->assumption[v->imm[0]];

	/* What is checked is a, in a width that holds it, whatever the assumption says. */
	v->domain = a->domain;
	v->part = a->part;
	l->alias[id] = true;
	if (a->domain == DOM_P || a->domain == DOM_L) {
		v->slot = a->slot;
		if (o->unchecked)
			return;
		as->checked = true;
		if (v->n > 0)
			check_range(l, v, a->slot);
		return;
	}
	v->slot = v->domain == DOM_A ? low_get(l, v->args[0], DOM_A, v->width) : a->slot;
	if (o->unchecked)
		return;
	as->checked = true;
	if (v->n_args > 1)
		check_shared(l, v->args[1], v->span);
	else if (v->n > 0 && l->c->options->target->plain_shares)
		check_range(l, v, low_get(l, v->args[0], DOM_A, a->width));
}

/* Every one of the bits that say what holds. */
static low_id
conjunction(struct low *l, low_id all, low_id one, struct span span)
{
	return all == SLOT_NONE ? one : low_mask(l, l->top, one, all, span);
}

/* A flag of the members or of everybody as shared bits; under clear that is a number. */
static low_id
flag_bits(struct low *l, low_id flag, struct span span)
{
	int64_t imm[3] = { 1, 0, 0 };
	const struct slot s = l->slot[flag].slot;
	bool known = s.domain == DOM_P;
	low_id d = low_new(l, l->bits, 1, s.n, 0);
	enum insn_id op = l->bits == DOM_B ? (known ? OP_LIFT_B : OP_SHARE_B)
	    : known ? OP_LIFT_Y : OP_SHARE_Y;

	if (s.domain == DOM_A)                   /* clear */
		return low_split(l, l->top, DOM_B, FAMILY_PARTS, flag, 1, span);
	low_op(l, l->top, op, d, flag, SLOT_NONE, SLOT_NONE, imm, span);
	return d;
}

low_id
lower_ok(struct low *l)
{
	struct span span = { 0 };
	low_id all = l->ok;

	if (all != SLOT_NONE)
		return all;
	for (uint32_t p = 0; p < l->ir->n_parts; p++) {
		if (l->flag[p] == SLOT_NONE)
			continue;
		low_id s = flag_bits(l, l->flag[p], span);
		for (uint64_t i = 0; i < l->slot[s].slot.n; i++)
			all = conjunction(l, all, low_element(l, l->top, s, i, span), span);
	}
	if (l->flag_p != SLOT_NONE)
		all = conjunction(l, all, flag_bits(l, l->flag_p, span), span);
	if (l->flag_a != SLOT_NONE)
		all = conjunction(l, all, flag_bits(l, l->flag_a, span), span);
	if (l->flag_bits != SLOT_NONE)
		all = conjunction(l, all, l->flag_bits, span);
	l->ok = all;
	return all;
}
