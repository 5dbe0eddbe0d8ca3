/* lower.c: from IR values to instructions on slots.
 *
 * requires: homes, roots.  Each value gets a slot in its own domain; other domains and widths are
 * made from it when something needs them, right behind it. */
#include <string.h>

#include "ir_const.h"
#include "low.h"

/* The names of up to two inputs that a value is made from. */
static void
origins(const struct ir *ir, ir_id id, const char *name[2], int depth)
{
	const struct ir_value *v = &ir->value[id];

	if (v->op == IR_INPUT) {
		const char *n = ir->input[v->imm[0]].name;
		if (name[0] == NULL || strcmp(name[0], n) == 0)
			name[0] = n;
		else if (name[1] == NULL)
			name[1] = n;
		return;
	}
	for (uint32_t i = 0; i < v->n_args && depth < 64 && name[1] == NULL; i++)
		origins(ir, v->args[i], name, depth + 1);
}

/* ir_expand and ir_homes leave nothing that a protocol cannot do.  Should they ever, the program is
 * refused with its line before anything runs. */
void
lower_refuse(struct low *l, ir_id id)
{
	const struct ir_value *v = &l->ir->value[id];
	const char *name[2] = { NULL, NULL }, *note = NULL;

	origins(l->ir, id, name, 0);
	if (name[0] != NULL)
		note = compile_printf(l->c, name[1] == NULL ? "shared: computed from input \"%s\"" :
		    "shared: computed from inputs \"%s\" and \"%s\"", name[0], name[1]);
	compile_fail(l->c, v->span, note, "it works on public values and on those of one party",
	    "this is not available on shares");
}

low_id
lower_contributed(struct low *l, ir_id id)
{
	const struct ir_value *v = &l->ir->value[id];
	int64_t imm[3] = { v->imm[0], v->imm[1], 0 };
	low_id d = v->bits > 0 ? low_new(l, DOM_B, v->bits, v->n, 0) :
	    low_new(l, DOM_A, v->width, v->n, 0);

	low_op(l, l->at, v->bits > 0 ? OP_INPUT_B : OP_INPUT_A, d, SLOT_NONE, SLOT_NONE, SLOT_NONE,
	    imm, v->span);
	return d;
}

/* On public and local values every operation is one instruction. */
static void
lower_plain(struct low *l, ir_id id)
{
	struct ir *ir = l->ir;
	struct ir_value *v = &ir->value[id];
	low_id a[3] = { SLOT_NONE, SLOT_NONE, SLOT_NONE };
	unsigned width = low_width_plain(v);
	int64_t imm[3];
	bool each = ir_ops[v->op].class == CLASS_EACH;

	memcpy(imm, v->imm, sizeof imm);
	imm[0] = each ? ir_plain_imm(ir, v) : v->imm[0];
	if (each)
		imm[1] = 0;
	for (uint32_t i = 0; i < v->n_args; i++) {
		const struct ir_value *x = &ir->value[v->args[i]];
		if (l->slot[x->slot].slot.width > width)
			width = l->slot[x->slot].slot.width;
		if (low_width_plain(x) > width)
			width = low_width_plain(x);
	}
	for (uint32_t i = 0; i < v->n_args; i++)
		a[i] = low_get(l, v->args[i], ir->value[v->args[i]].domain, width);
	v->slot = low_new(l, v->domain, width, v->n, v->part);
	low_op(l, l->at, ir_plain_insn(v->op), v->slot, a[0], a[1], a[2], imm, v->span);
}

/* The parts of m members, n numbers each, added up as bits. */
static low_id
members_in_bits(struct low *l, const struct ir_value *v, low_id part, uint64_t m)
{
	unsigned bits = low_bits(v);
	bool y = v->domain == DOM_Y;
	struct family_spec add = { .family = FAMILY_ADD, .in = { { (uint16_t)bits, low_signed(v) },
		{ (uint16_t)bits, low_signed(v) } }, .out = (uint16_t)bits };
	int64_t imm[3] = { 1, 0, 0 };
	low_id all = low_new(l, (enum domain)v->domain, bits, m * v->n, 0), sum = SLOT_NONE;

	low_op(l, l->at, y ? OP_SHARE_Y : OP_SHARE_B, all, part, SLOT_NONE, SLOT_NONE, imm, v->span);
	for (uint64_t i = 0; i < m; i++) {
		struct view w;
		memset(&w, 0, sizeof w);
		w.rank = 1;
		w.count[0] = v->n;
		w.sstride[0] = w.dstride[0] = 1;
		w.soff = (int64_t)(i * v->n);
		low_id one = low_new(l, (enum domain)v->domain, bits, v->n, 0);
		low_copy_view(l, l->at, one, all, &w, v->span);
		sum = sum == SLOT_NONE ? one : low_circ(l, l->at, low_circuit(l, (enum domain)v->domain, &add,
		    v->n, v->span), sum, one, SLOT_NONE, v->n, v->span);
	}
	return sum;
}

/* Sums over all rows of values that the members hold: each member's part, shared, added. */
static void
lower_members(struct low *l, ir_id id)
{
	struct ir *ir = l->ir;
	struct ir_value *v = &ir->value[id];
	ir_id x = v->args[0];
	if (ir->value[x].domain != DOM_L)
		x = v->args[v->n_args - 1];
	uint32_t members = ir_partition_members(ir, ir->value[x].part);
	uint64_t m = ir->part[members].start[16];
	unsigned width = low_width_plain(v);
	low_id a[2] = { SLOT_NONE, SLOT_NONE };
	int64_t imm[3] = { v->imm[0], v->imm[1], v->imm[2] };

	for (uint32_t i = 0; i < v->n_args; i++)
		if (l->slot[ir->value[v->args[i]].slot].slot.width > width)
			width = l->slot[ir->value[v->args[i]].slot].slot.width;
	for (uint32_t i = 0; i < v->n_args; i++) {
		const struct ir_value *y = &ir->value[v->args[i]];
		a[i] = low_get(l, v->args[i], y->domain, width);
		if (y->domain == DOM_P) {        /* a public factor, as if the members held it */
			low_id t = low_new(l, DOM_L, width, y->n, ir->value[x].part);
			low_op(l, l->at, OP_CVT, t, a[i], SLOT_NONE, SLOT_NONE, NULL, v->span);
			a[i] = t;
		}
	}
	if (v->op == IR_MATMUL) {                /* an inner product */
		low_id t = low_new(l, DOM_L, width, (uint64_t)v->imm[1], ir->value[x].part);
		low_op(l, l->at, OP_MUL_X, t, a[0], a[1], SLOT_NONE, NULL, v->span);
		a[0] = t;
	}
	low_id part = low_new(l, DOM_L, width, m * v->n, members);
	if (v->op == IR_TNMUL)
		low_op(l, l->at, OP_TN_L, part, a[0], a[1], SLOT_NONE, imm, v->span);
	else
		low_op(l, l->at, OP_SUM_L, part, a[0], SLOT_NONE, SLOT_NONE, NULL, v->span);
	if (v->domain != DOM_A) {
		v->slot = members_in_bits(l, v, part, m);
		return;
	}
	low_id s = low_new(l, DOM_A, v->width, m * v->n, 0);
	low_op(l, l->at, OP_SHARE, s, part, SLOT_NONE, SLOT_NONE, NULL, v->span);
	int64_t sum[3] = { 1, (int64_t)m, (int64_t)v->n };
	v->slot = low_new(l, DOM_A, v->width, v->n, 0);
	low_op(l, l->at, OP_SUM_A, v->slot, s, SLOT_NONE, SLOT_NONE, sum, v->span);
}

/* Bits as limbs of 64. */
static void
lower_const_bits(struct low *l, struct ir_value *v)
{
	uint64_t limbs = (uint64_t)low_limbs(v);
	i128 *x = compile_alloc(l->c, (v->n * limbs + 1) * sizeof *x);
	mpz_t limb;

	mpz_init(limb);
	for (uint64_t i = 0; i < v->n * limbs; i++) {
		mpz_tdiv_q_2exp(limb, v->data[i / limbs], (mp_bitcnt_t)(i % limbs * 64));
		mpz_tdiv_r_2exp(limb, limb, 64);
		x[i] = ir_from_mpz(limb);
	}
	v->slot = low_const(l, x, v->n * limbs, 64);
}

static void
lower_const(struct low *l, struct ir_value *v)
{
	if (v->bits > 0) {
		lower_const_bits(l, v);
		return;
	}
	i128 *x = compile_alloc(l->c, (v->n + 1) * sizeof *x);

	for (uint64_t i = 0; i < v->n; i++)
		x[i] = ir_from_mpz(v->data[i]);
	v->slot = low_const(l, x, v->n, low_width_plain(v));
}

static void
lower_leaf(struct low *l, ir_id id)
{
	struct ir *ir = l->ir;
	struct ir_value *v = &ir->value[id];
	int64_t imm[3] = { v->imm[0], v->imm[1], 0 };

	switch (v->op) {
	case IR_CONST:
		lower_const(l, v);
		return;
	case IR_COUNTER:
		v->slot = low_new(l, DOM_P, 64, 1, 0);
		imm[0] = ir->value[v->imm[0]].loop->body->depth - 1;
		low_op(l, l->at, OP_TRIP, v->slot, SLOT_NONE, SLOT_NONE, SLOT_NONE, imm, v->span);
		return;
	case IR_IOTA:
		v->slot = low_new(l, DOM_P, low_width_plain(v), v->n, 0);
		low_op(l, l->at, OP_IOTA, v->slot, SLOT_NONE, SLOT_NONE, SLOT_NONE, imm, v->span);
		return;
	case IR_INPUT: {
		if (v->domain != DOM_L) {
			v->slot = lower_contributed(l, id);
			return;
		}
		uint32_t part = ir_partition_rows(ir, (uint32_t)v->imm[0]);
		unsigned width = v->bits > 0 ? 64 : low_width_plain(v);
		low_id s = low_new(l, DOM_L, width, v->n * (uint64_t)low_limbs(v), part);
		low_op(l, l->at, OP_INPUT, s, SLOT_NONE, SLOT_NONE, SLOT_NONE, imm, v->span);
		v->slot = s;
		return;
	}
	default:
		return;
	}
}

static void
lower_reveal(struct low *l, ir_id id)
{
	struct ir_value *v = &l->ir->value[id];
	const struct ir_value *x = &l->ir->value[v->args[0]];
	unsigned width = x->domain == DOM_A ? x->width : low_width_ring(x);
	int64_t imm[3] = { low_limbs(x), low_signed(x), 0 };

	if (x->bits == 0 && (x->domain == DOM_A || (x->domain == DOM_L && l->c->options->target->has_a))) {
		low_id a = low_get(l, v->args[0], DOM_A, width);
		v->slot = low_new(l, DOM_P, width, v->n, 0);
		low_op(l, l->at, OP_REVEAL, v->slot, a, SLOT_NONE, SLOT_NONE, NULL, v->span);
		return;
	}
	low_id b = low_bits_open(l, v->args[0]);
	v->slot = low_new(l, DOM_P, x->bits > 0 ? 64 : low_width_plain(x), v->n * (uint64_t)imm[0], 0);
	low_op(l, l->at, OP_REVEAL_B, v->slot, b, SLOT_NONE, SLOT_NONE, imm, v->span);
}

static void
lower_flow(struct low *l, ir_id id)
{
	struct ir *ir = l->ir;
	struct ir_value *v = &ir->value[id];

	if (v->op == IR_LOOP) {
		lower_loop(l, id);
	} else if (v->op == IR_ASSUME) {
		lower_assume(l, id);
	} else if (v->op == IR_ASSERT) {
		low_id a = low_get(l, v->args[0], DOM_P, l->slot[ir->value[v->args[0]].slot].slot.width);
		low_op(l, l->at, OP_ASSERT, SLOT_NONE, a, SLOT_NONE, SLOT_NONE, NULL, v->span);
	} else {
		lower_reveal(l, id);
	}
}

static _Noreturn void
refuse_distribution(struct low *l, const struct ir_value *v)
{
	compile_fail(l->c, v->span, NULL,
	    "let the statistic and its degrees of freedom be outputs, too: a whole result, "
	    "as `output r = welch(x, g)`, has them; or compare the statistic with a quantile",
	    "a probability or quantile of this kind is computed from numbers that its recipients learn, "
	    "not on shares");
}

static void
lower_value(struct low *l, ir_id id)
{
	struct ir_value *v = &l->ir->value[id];

	if (l->last[id] == 0 && v->op != IR_LOOP && !ir_is_check(v))
		return;                          /* nothing uses it */
	if (v->op == IR_ARG || v->op == IR_RESULT)
		return;                          /* its loop did it */
	if (ir_is_distribution(v->op) && v->domain != DOM_L)
		refuse_distribution(l, v);
	if (ir_ops[v->op].class == CLASS_LEAF && v->op != IR_RANDOM)
		lower_leaf(l, id);
	else if (ir_ops[v->op].class == CLASS_FLOW)
		lower_flow(l, id);
	else if (ir_ops[v->op].class == CLASS_MOVE)
		lower_move(l, id);
	else if (v->domain != DOM_P && v->domain != DOM_L && ir_sum_of_members(l->ir, v))
		lower_members(l, id);
	else if (v->domain == DOM_B || v->domain == DOM_Y)
		lower_bits(l, id);
	else if (v->domain == DOM_A)
		lower_shared(l, id);
	else if (v->op == IR_HOME) {         /* beside the data it is at home already */
		v->slot = l->ir->value[v->args[0]].slot;
		l->alias[id] = true;
	} else if (v->op == IR_TNMUL)
		lower_shared(l, id);             /* transposes, then multiplies as its domain does */
	else
		lower_plain(l, id);
}

void
lower_block(struct low *l, const struct ir_block *b)
{
	for (uint32_t i = 0; i < b->n; i++)
		lower_value(l, b->value[i]);
}

static void
count_bit_uses(struct low *l, const struct ir_block *b)
{
	for (uint32_t i = 0; i < b->n; i++) {
		const struct ir_value *v = &l->ir->value[b->value[i]];
		if (v->op == IR_LOOP)
			count_bit_uses(l, v->loop->body);
		for (uint32_t k = 0; k < v->n_args && (v->domain == DOM_B || v->domain == DOM_Y); k++)
			l->bit_uses[v->args[k]]++;
	}
}

/* Is v a view of one column of the rows p? */
static bool
is_column(const struct ir_value *v, const struct ir_value *p)
{
	return v->op == IR_VIEW && v->domain == p->domain && v->rank == 1 && v->view->offset.n == 0 &&
	    v->view->offset.base >= 0 && v->view->offset.base < p->imm[0] &&
	    v->view->stride[0] == p->imm[0] && v->n == p->n / (uint64_t)p->imm[0];
}

/* Rows that are looked up in bits and used column by column need not be laid out one after another,
 * to be taken apart again. */
static void
find_columns(struct low *l)
{
	const struct ir *ir = l->ir;

	l->columns = compile_alloc(l->c, (ir->n + 1) * sizeof *l->columns);
	for (ir_id i = 0; i < ir->n; i++) {
		const struct ir_value *p = &ir->value[i];
		l->columns[i] = p->op == IR_PICK && p->imm[0] > 1 && p->n > 0 &&
		    (p->domain == DOM_B || p->domain == DOM_Y);
	}
	for (ir_id i = 0; i < ir->n; i++) {
		const struct ir_value *v = &ir->value[i];
		for (uint32_t k = 0; k < v->n_args; k++)
			l->columns[v->args[k]] &= is_column(v, &ir->value[v->args[k]]);
		for (uint32_t k = 0; v->op == IR_LOOP && k < v->loop->n_carried; k++)
			l->columns[v->loop->yield[k]] = false;
	}
	for (uint32_t i = 0; i < ir->n_roots; i++) {
		l->columns[ir->root[i].value] = false;
		if (ir->root[i].mask != IR_NONE)
			l->columns[ir->root[i].mask] = false;
	}
	for (uint32_t i = 0; i < ir->n_outputs; i++)
		for (uint32_t k = 0; k < ir->output[i].n_parts; k++) {
			const struct ir_part *p = &ir->output[i].part[k];
			if (p->guard != IR_NONE)
				l->columns[p->guard] = false;
			if (p->cells != IR_NONE)
				l->columns[p->cells] = false;
		}
}

struct low *
ir_lower(struct ir *ir, enum domain bits)
{
	struct compile *c = ir->compile;
	struct low *l = compile_alloc(c, sizeof *l);

	low_rings(ir);
	l->ir = ir;
	l->c = c;
	l->top = compile_alloc(c, sizeof *l->top);
	l->post = compile_alloc(c, sizeof *l->post);
	l->top->loop = l->post->loop = IR_NONE;
	l->at = l->top;
	l->block = compile_alloc(c, (ir->n + 1) * sizeof(struct low_block *));
	l->last = compile_alloc(c, (ir->n + 1) * sizeof *l->last);
	l->pos = compile_alloc(c, (ir->n + 1) * sizeof *l->pos);
	l->in_post = compile_alloc(c, (ir->n + 1) * sizeof *l->in_post);
	l->alias = compile_alloc(c, (ir->n + 1) * sizeof *l->alias);
	l->tainted = ir_assumed(ir);
	l->variant = compile_alloc(c, (ir->n + 1) * sizeof *l->variant);
	memset(l->variant, 0xff, ir->n * sizeof *l->variant);
	l->flag = compile_alloc(c, (ir->n_parts + ir->n_inputs + 17) * sizeof *l->flag);
	memset(l->flag, 0xff, (ir->n_parts + ir->n_inputs + 17) * sizeof *l->flag);
	l->flag_p = l->flag_a = l->flag_bits = l->ok = SLOT_NONE;
	l->network = network_find(c->options->network);
	if (l->network == NULL)
		l->network = &link_metro;
	l->bits = bits;
	low_uses(l);
	find_columns(l);
	l->bit_uses = compile_alloc(c, (ir->n + 1) * sizeof *l->bit_uses);
	count_bit_uses(l, ir->top);
	lower_block(l, ir->top);
	lower_outputs(l);
	return l;
}
