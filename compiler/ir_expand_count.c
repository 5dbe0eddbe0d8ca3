/* ir_expand_count.c: how many of many bits are 1, where a bit that becomes a number costs more than
 * ANDs do.
 *
 * A full adder makes of three bits of one weight a bit of that weight, which is their exclusive or,
 * and one of twice the weight, which is their majority and takes an AND. So all adders of a weight
 * wait for one round only, and the n bits of a weight leave one, and n / 2 of twice the weight: n
 * ANDs in log2 n layers would count all of them [Boyar and Peralta, Tight bounds for the
 * multiplicative complexity of symmetric functions, 2008, section 3]. After a few layers there is
 * so little left that it becomes numbers, and these are added. */
#include <assert.h>

#include "internal.h"
#include "ir_expand.h"

enum {
	N_ADDERS = 64,                   /* one after another: each leaves about a third of its bits */
	N_LAYERS_MAX = 32,
	FEW = 256,                       /* bits that are not worth the instructions of adders */
};

/* The sum of three bits, and the carry. */
static ir_id
full_adder(struct ir *ir, const ir_id x[3], ir_id *carry, struct span span)
{
	ir_id differ = ir_binary(ir, IR_XOR, x[0], x[1], 0, span);

	*carry = ir_select(ir, differ, x[2], x[0], span);
	return ir_binary(ir, IR_XOR, differ, x[2], 0, span);
}

/* Of x, [n, m], the few rows that are left of this weight; *twice: those of twice the weight, or
 * IR_NONE. */
static ir_id
add_weight(struct ir *ir, ir_id x, ir_id *twice, struct span span)
{
	ir_id carry[N_ADDERS], part[3];
	uint32_t n = 0;

	for (uint64_t rows = ir->value[x].dims[0]; rows > 2 && ir->value[x].n >= FEW;
	    rows = ir->value[x].dims[0]) {
		uint64_t third = rows / 3;
		for (unsigned k = 0; k < 3; k++)
			part[k] = expand_part(ir, x, k * third, third, span);
		assert(n < N_ADDERS);
		part[0] = full_adder(ir, part, &carry[n++], span);
		if (rows > 3 * third)
			part[1] = expand_part(ir, x, 3 * third, rows - 3 * third, span);
		x = rows > 3 * third ? ir_concat(ir, part, 2, span) : part[0];
	}
	*twice = n == 0 ? IR_NONE : ir_concat(ir, carry, n, span);
	return x;
}

/* sum + the numbers of x, [n, m], over n, times 2^weight; sum may be IR_NONE. */
static ir_id
plus(struct ir *ir, ir_id sum, ir_id x, unsigned weight, struct span span)
{
	ir_id y = ir_reduce(ir, IR_SUM, x, 0, span);

	if (weight > 0)
		y = ir_unary(ir, IR_SCALE2, y, weight, span);
	return sum == IR_NONE ? y : ir_binary(ir, IR_ADD, sum, y, 0, span);
}

ir_id
expand_count(struct ir *ir, const struct ir_value *v, ir_id a, unsigned layers)
{
	uint64_t flat[2] = { (uint64_t)v->imm[1], (uint64_t)v->imm[0] * (uint64_t)v->imm[2] };
	ir_id x = ir_reshape(ir, expand_front(ir, a, v->imm, v->span), 2, flat, v->span);
	ir_id sum = IR_NONE;
	unsigned weight = 0;

	while (weight < layers && x != IR_NONE) {
		ir_id twice, left = add_weight(ir, x, &twice, v->span);
		sum = plus(ir, sum, left, weight++, v->span);
		x = twice;
	}
	if (x != IR_NONE)
		sum = plus(ir, sum, x, weight, v->span);
	return ir_reshape(ir, sum, v->rank, v->dims, v->span);
}

/* What sums that do not wait for each other count, all together. */
struct counted {
	uint64_t bits, sums;
};

struct plan {
	const struct ir *ir;
	struct expand *e;
	bool *number;                    /* it becomes numbers anyway */
	uint32_t *level;                 /* how many counts in its block a value waits for */
	struct counted *all;             /* of each level of a block */
};

/* Only numbers are added and, but for bits with numbers, multiplied. */
static void
find_numbers(struct plan *p)
{
	for (ir_id id = 0; id < p->ir->n; id++) {
		const struct ir_value *v = &p->ir->value[id];
		if (p->e->shared[id] && (v->op == IR_ADD || v->op == IR_SUB || v->op == IR_NEG ||
		    v->op == IR_CUMSUM || v->op == IR_MATMUL || v->op == IR_TNMUL))
			for (uint32_t k = 0; k < v->n_args; k++)
				p->number[v->args[k]] = true;
	}
}

static bool
is_count(const struct plan *p, ir_id id)
{
	const struct ir_value *v = &p->ir->value[id], *x;

	if (v->op != IR_SUM || !p->e->shared[id] || v->domain != DOM_A || v->n == 0 || v->imm[1] < 3)
		return false;
	x = &p->ir->value[v->args[0]];
	return x->domain == DOM_A && x->bits == 0 && x->frac == 0 && mpz_sgn(x->lo) >= 0 &&
	    mpz_cmp_ui(x->hi, 1) <= 0 && !p->number[v->args[0]] &&
	    expand_made_of_bits(p->ir, v->args[0]);
}

/* As many layers as are soonest done. */
static uint8_t
choose_layers(const struct plan *p, const struct counted *all)
{
	const struct target *t = p->e->target;
	u128 least = expand_us(p->ir, 0, (u128)all->bits * t->number_bits);
	unsigned best = 0;

	for (unsigned k = 1; k <= N_LAYERS_MAX; k++) {
		uint64_t left = all->bits >> k;
		u128 now = expand_us(p->ir, k, (u128)(all->bits - left) * t->and_bits +
		    ((u128)left + (u128)k * all->sums) * t->number_bits);
		if (now < least) {
			least = now;
			best = k;
		}
	}
	return (uint8_t)best;
}

static void plan_block(struct plan *, const struct ir_block *);

static void
find_levels(struct plan *p, const struct ir_block *b)
{
	for (uint32_t i = 0; i < b->n; i++) {
		ir_id id = b->value[i];
		const struct ir_value *v = &p->ir->value[id];
		uint32_t level = 0;
		for (uint32_t k = 0; k < v->n_args; k++)
			if (p->level[v->args[k]] > level)
				level = p->level[v->args[k]];
		if (v->op == IR_LOOP)
			plan_block(p, v->loop->body);
		p->level[id] = level + (v->op == IR_LOOP || is_count(p, id));
	}
}

/* In a loop a value of the block around it stands at that block's level: there are as many levels
 * as values at most. */
static void
plan_block(struct plan *p, const struct ir_block *b)
{
	find_levels(p, b);
	for (uint32_t i = 0; i < b->n; i++) {
		const struct ir_value *v = &p->ir->value[b->value[i]];
		if (is_count(p, b->value[i])) {
			p->all[p->level[b->value[i]]].bits += p->ir->value[v->args[0]].n;
			p->all[p->level[b->value[i]]].sums += v->n;
		}
	}
	for (uint32_t i = 0; i < b->n; i++)
		if (is_count(p, b->value[i]))
			p->e->layers[b->value[i]] = choose_layers(p, &p->all[p->level[b->value[i]]]);
	for (uint32_t i = 0; i < b->n; i++)
		p->all[p->level[b->value[i]]] = (struct counted){ 0 };
}

void
expand_plan_counts(const struct ir *ir, struct expand *e)
{
	const struct target *t = e->target;
	struct compile *c = ir->compile;
	struct plan p = { .ir = ir, .e = e };

	e->layers = compile_alloc(c, ir->n + 1);
	if (!t->has_a || !t->has_b || t->has_y || t->plain_shares)
		return;
	p.number = compile_alloc(c, ir->n + 1);
	p.level = compile_alloc(c, (ir->n + 1) * sizeof *p.level);
	p.all = compile_alloc(c, (ir->n + 1) * sizeof *p.all);
	find_numbers(&p);
	plan_block(&p, ir->top);
}
