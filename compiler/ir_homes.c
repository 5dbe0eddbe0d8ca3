/* ir_homes.c: what each shared value is computed as: numbers (A), XOR shares of bits (B) or garbled
 * labels (Y).
 *
 * Sums and products of numbers are cheapest as numbers; everything else is a circuit on bits.
 * Bools live in bits and become numbers where they are added up (of many, ir_expand_count.c leaves
 * a few).  What only moves elements goes where its operands are; but numbers that are repeated, and
 * then only added and multiplied, become numbers before.  A value that IR_HOME names a domain for
 * goes there.
 * Inputs that are shared as they come in stay at their owner until something asks for them, so
 * that each use gets the form that it wants.
 * requires: ir_domains (P, L; A stands for shared), ir_expand.  sets: domain, part.  keeps:
 * everything else. */
#include <string.h>

#include "internal.h"
#include "ir_build.h"
#include "ir_const.h"

struct homes {
	struct ir *ir;
	const struct target *target;
	const struct homes_choice *choice;
	uint32_t *uses;                  /* of each value */
	uint8_t *wish;                   /* 1 + domain: what IR_HOME says */
	bool *compared;                  /* something uses it that is not computed on numbers */
	bool *repeated;                  /* it is a number already, for a view that repeats it */
};

/* B or Y: where this value is computed with if that is in bits. */
static enum domain
bits_of(const struct homes *h, const struct ir_value *v)
{
	ptrdiff_t id = v - h->ir->value;

	return (enum domain)(h->choice->of == NULL || h->choice->of[id] == 0 ? h->choice->bits
	    : h->choice->of[id]);
}

static void
count_uses(struct homes *h, const struct ir_block *b)
{
	for (uint32_t i = 0; i < b->n; i++) {
		const struct ir_value *v = &h->ir->value[b->value[i]];
		for (uint32_t k = 0; k < v->n_args; k++)
			h->uses[v->args[k]]++;
		if (v->op != IR_LOOP)
			continue;
		for (uint32_t k = 0; k < v->loop->n_carried; k++)
			h->uses[v->loop->yield[k]]++;
		count_uses(h, v->loop->body);
	}
}

static bool
has_domain(const struct homes *h, int64_t d)
{
	return d == DOM_A ? h->target->has_a : d == DOM_B ? h->target->has_b && h->target->has_a
	    : d == DOM_Y && h->target->has_y;
}

/* Backwards, so that a wish reaches the value that it names, and what makes that, as long as
 * nothing else uses it.  Of two wishes for one value the later holds. */
static void
wishes(struct homes *h, const struct ir_block *b)
{
	for (uint32_t i = b->n; i-- > 0;) {
		ir_id id = b->value[i];
		const struct ir_value *v = &h->ir->value[id];
		if (v->op == IR_LOOP)
			wishes(h, v->loop->body);
		if (v->op == IR_HOME && has_domain(h, v->imm[0]))
			h->wish[id] = (uint8_t)(1 + v->imm[0]);
		for (uint32_t k = 0; k < v->n_args && h->wish[id] != 0; k++)
			if ((h->uses[v->args[k]] == 1 || v->op == IR_HOME) && h->wish[v->args[k]] == 0)
				h->wish[v->args[k]] = h->wish[id];
	}
}

static bool
in_bits(const struct ir_value *v)
{
	return v->domain == DOM_B || v->domain == DOM_Y;
}

static bool
is_bool(const struct ir_value *v)
{
	return v->frac == 0 && mpz_sgn(v->lo) >= 0 && mpz_cmp_ui(v->hi, 1) <= 0;
}

/* Where the shared operands from `first` on are.  Of some here and some there, numbers are put
 * together as numbers and bools as bits: a bool's way from A to bits is free, the other way not.
 * What an owner or everybody knows goes anywhere. */
static enum domain
follow(const struct homes *h, const struct ir_value *v, uint32_t first)
{
	enum domain d = DOM_A;
	bool numbers = false;

	if (v->bits > 0)
		return bits_of(h, v);
	for (uint32_t i = first; i < v->n_args; i++) {
		const struct ir_value *a = &h->ir->value[v->args[i]];
		numbers |= a->domain == DOM_A;
		if (in_bits(a))
			d = (enum domain)a->domain;
	}
	return numbers && !is_bool(v) ? DOM_A : d;
}

static bool
is_moving(const struct ir_value *v)
{
	return ir_ops[v->op].class == CLASS_MOVE || v->op == IR_HOME || v->op == IR_ASSUME ||
	    v->op == IR_SHL || v->op == IR_SCALE2 || v->op == IR_TRUNC;
}

static enum domain
home_of_op(const struct homes *h, const struct ir_value *v)
{
	switch ((enum ir_op)v->op) {
	case IR_ADD: case IR_SUB: case IR_NEG: case IR_DIV: case IR_SUM: case IR_CUMSUM: case IR_MATMUL:
	case IR_TNMUL:
		return DOM_A;
	case IR_PICK:
		return h->ir->value[v->args[0]].op == IR_CONST ? bits_of(h, v) : DOM_A;
	case IR_MUL:
		return is_bool(&h->ir->value[v->args[0]]) && is_bool(&h->ir->value[v->args[1]])
		    ? bits_of(h, v) : DOM_A;
	case IR_SELECT:
		return is_bool(v) ? bits_of(h, v) : follow(h, v, 1);
	default:
		return is_moving(v) ? follow(h, v, 0) : bits_of(h, v);
	}
}

/* Under clear a share is the number itself: what has a kernel needs no bits. */
static enum domain
home_in_clear(const struct homes *h, const struct ir_value *v)
{
	if (v->bits > 0)
		return DOM_B;
	if (v->op == IR_EQ && h->ir->value[v->args[0]].bits > 0)
		return DOM_B;
	if (is_moving(v) || v->op == IR_SUM || v->op == IR_ARG || v->op == IR_RESULT ||
	    v->op == IR_TNMUL)
		return DOM_A;
	return ir_plain_insn(v->op) == N_INSN ? DOM_B : DOM_A;
}

/* Whether what v computes with are numbers. */
static bool
as_number(const struct homes *h, const struct ir_value *v)
{
	return v->op == IR_VIEW ? !h->compared[v - h->ir->value] :
	    v->op == IR_ADD || v->op == IR_SUB || v->op == IR_NEG || v->op == IR_SUM ||
	    v->op == IR_CUMSUM || v->op == IR_MATMUL || v->op == IR_TNMUL || v->op == IR_MUL;
}

/* Backwards. */
static void
note_compared(struct homes *h, const struct ir_block *b)
{
	for (uint32_t i = b->n; i-- > 0;) {
		const struct ir_value *v = &h->ir->value[b->value[i]];
		for (uint32_t k = 0; v->op == IR_LOOP && k < v->loop->n_carried; k++)
			h->compared[v->loop->yield[k]] = true;
		if (v->op == IR_LOOP)
			note_compared(h, v->loop->body);
		for (uint32_t k = 0; k < v->n_args; k++)
			h->compared[v->args[k]] |= !as_number(h, v);
	}
}

/* Is v, a view of numbers in bits, better one of numbers?  If it has more elements than what it
 * shows, or that is a number anyway. */
static bool
repeats(struct homes *h, ir_id id)
{
	const struct ir_value *v = &h->ir->value[id];
	const struct ir_value *of = v->op == IR_VIEW ? &h->ir->value[v->args[0]] : NULL;

	if (of == NULL || !in_bits(of) || v->bits > 0 || is_bool(v) || h->compared[id])
		return false;
	h->repeated[v->args[0]] |= v->n > of->n;
	return h->repeated[v->args[0]];
}

static enum domain
home_of(struct homes *h, ir_id id)
{
	const struct ir_value *v = &h->ir->value[id];

	if (h->target->plain_shares)
		return home_in_clear(h, v);
	if (!h->target->has_a)
		return bits_of(h, v);
	/* Bools, too, where the program says numbers. */
	if (v->op == IR_HOME && has_domain(h, v->imm[0]) && v->bits == 0)
		return (enum domain)v->imm[0];
	/* What is assumed of a value is checked where that is. */
	if (h->wish[id] != 0 && v->op != IR_SUM && v->op != IR_CUMSUM && v->op != IR_MATMUL &&
	    v->op != IR_TNMUL && v->op != IR_ASSUME && !(h->wish[id] == 1 + DOM_A && (v->bits > 0 ||
	    home_of_op(h, v) != DOM_A)))
		return (enum domain)(h->wish[id] - 1);
	return repeats(h, id) ? DOM_A : home_of_op(h, v);
}

static bool
settle(struct ir *ir, ir_id id, enum domain d)
{
	bool changed = ir->value[id].domain != d;

	ir->value[id].domain = (uint8_t)d;
	return changed;
}

static void place(struct homes *, const struct ir_block *);

/* A carried number is in bits only if its first value and every later one are. */
static void
place_loop(struct homes *h, ir_id loop)
{
	struct ir *ir = h->ir;
	struct ir_loop *l = ir->value[loop].loop;
	bool changed = true;

	for (uint32_t k = 0; k < l->n_carried; k++) {
		const struct ir_value *a = &ir->value[l->arg[k]];
		if (a->domain != DOM_P && a->domain != DOM_L)
			(void)settle(ir, l->arg[k], !h->target->has_a || a->bits > 0 ||
			    (!h->target->plain_shares && (is_bool(a) ||
			    in_bits(&ir->value[ir->value[loop].args[k]]))) ? bits_of(h, a) : DOM_A);
	}
	while (changed) {
		changed = false;
		place(h, l->body);
		for (uint32_t k = 0; k < l->n_carried; k++) {
			const struct ir_value *a = &ir->value[l->arg[k]];
			if (in_bits(a) && a->bits == 0 && !is_bool(a) && h->target->has_a &&
			    ir->value[l->yield[k]].domain == DOM_A)
				changed |= settle(ir, l->arg[k], DOM_A);
		}
	}
}

static void
place(struct homes *h, const struct ir_block *b)
{
	const struct compile_options *o = h->ir->compile->options;

	for (uint32_t i = 0; i < b->n; i++) {
		ir_id id = b->value[i];
		struct ir_value *v = &h->ir->value[id];
		if (v->op == IR_LOOP)
			place_loop(h, id);
		else if (v->op == IR_RESULT)
			(void)settle(h->ir, id, (enum domain)
			    h->ir->value[h->ir->value[v->args[0]].loop->arg[v->imm[1]]].domain);
		else if (v->op == IR_INPUT && ir_contributed(h->ir, (uint32_t)v->imm[0]))
			v->domain = v->bits > 0 ? DOM_B : DOM_A;
		else if (v->op == IR_INPUT && v->domain != DOM_P && !(o->local && o->target->has_local)) {
			v->domain = DOM_L;
			v->part = ir_partition_rows(h->ir, (uint32_t)v->imm[0]);
		} else if (v->op != IR_ARG && v->domain != DOM_P && v->domain != DOM_L)
			(void)settle(h->ir, id, home_of(h, id));
	}
}

void
ir_homes(struct ir *ir, const struct homes_choice *choice)
{
	struct homes h = { .ir = ir, .target = ir->compile->options->target, .choice = choice };

	h.uses = compile_alloc(ir->compile, (ir->n + 1) * sizeof *h.uses);
	h.wish = compile_alloc(ir->compile, (ir->n + 1) * sizeof *h.wish);
	h.compared = compile_alloc(ir->compile, (ir->n + 1) * sizeof *h.compared);
	h.repeated = compile_alloc(ir->compile, (ir->n + 1) * sizeof *h.repeated);
	count_uses(&h, ir->top);
	note_compared(&h, ir->top);
	wishes(&h, ir->top);
	place(&h, ir->top);
}
