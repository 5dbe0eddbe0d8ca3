/* lower_output.c: opening what the outputs show, and computing after opening.
 *
 * A root for what depends on a checked assumption is opened as (ok ? v : 0, ok); one under a guard
 * as (g ? v : 0, g), cell by cell where cells are withheld, and there ok as ok * condition; one
 * with a mask, which says where it is there, as v * mask.  Nothing else is ever opened for an
 * output. */
#include <assert.h>
#include <string.h>

#include "ir_const.h"
#include "low.h"

struct low_real {
	struct low_real *next;
	ir_id value;
	const struct ir_part *part;      /* NULL: of any without a guard */
	uint32_t recipients;
	low_id slot;
};

struct low_guard {
	struct low_guard *next;
	uint32_t recipients;
	low_id slot;
};

static low_id
times(struct low *l, enum insn_id op, low_id a, low_id b, struct span span)
{
	low_id d = low_new(l, DOM_A, l->slot[a].slot.width, l->slot[a].slot.n, 0);

	low_op(l, l->top, op, d, a, b, SLOT_NONE, NULL, span);
	return d;
}

static low_id
open_bits(struct low *l, const struct ir_value *v, low_id a, uint32_t recipients)
{
	int64_t imm[3] = { low_limbs(v), low_signed(v), 0 };
	uint64_t n = l->slot[a].slot.n;

	if (l->slot[a].slot.domain == DOM_Y) {
		low_id b = low_new(l, DOM_B, l->slot[a].slot.width, n, 0);
		low_op(l, l->top, OP_Y_TO_B, b, a, SLOT_NONE, SLOT_NONE, NULL, v->span);
		a = b;
	}
	low_id d = low_new(l, DOM_O, v->bits > 0 ? 64 : low_width_plain(v), n * (uint64_t)imm[0],
	    recipients);
	low_op(l, l->top, OP_OPEN_B, d, a, SLOT_NONE, SLOT_NONE, imm, v->span);
	return d;
}

static low_id
open_to(struct low *l, low_id a, uint32_t recipients, struct span span)
{
	low_id d = low_new(l, DOM_O, l->slot[a].slot.width, l->slot[a].slot.n, recipients);

	low_op(l, l->top, OP_OPEN, d, a, SLOT_NONE, SLOT_NONE, NULL, span);
	return d;
}

static bool
in_bits(const struct ir_value *v)
{
	return v->domain == DOM_B || v->domain == DOM_Y;
}

/* lower_ok as an XOR share. */
static low_id
ok_bit(struct low *l)
{
	low_id ok = lower_ok(l), b;

	if (l->slot[ok].slot.domain == DOM_B)
		return ok;
	b = low_new(l, DOM_B, 1, 1, 0);
	low_op(l, l->top, OP_Y_TO_B, b, ok, SLOT_NONE, SLOT_NONE, NULL, (struct span){ 0 });
	return b;
}

/* Is it opened only if all assumptions hold? */
static bool
is_withheld(struct low *l, const struct ir_root *r)
{
	return (r->assumed || l->tainted[r->value]) && lower_ok(l) != SLOT_NONE;
}

/* The same for a value in bits: what hides it is a bit as well. */
static void
open_root_bits(struct low *l, uint32_t i)
{
	const struct ir_root *r = &l->ir->root[i];
	const struct ir_value *v = &l->ir->value[r->value];
	enum domain d = in_bits(v) ? (enum domain)v->domain : l->bits;
	low_id a = low_get(l, r->value, d, low_bits(v));

	if (r->part != NULL && ir_shown(r->part) != IR_NONE)
		a = low_mask(l, l->top, low_get(l, ir_shown(r->part), d, 1), a, v->span);
	if (r->mask != IR_NONE)
		a = low_mask(l, l->top, low_get(l, r->mask, d, 1), a, v->span);
	if (is_withheld(l, r))
		a = low_mask(l, l->top, d == l->bits ? lower_ok(l) : ok_bit(l), a, v->span);
	l->root[i] = open_bits(l, v, a, r->recipients);
}

/* a where the mask is 1, else 0. */
static low_id
hidden(struct low *l, low_id a, ir_id mask, struct span span)
{
	const struct ir_value *m = &l->ir->value[mask];
	unsigned width = l->slot[a].slot.width;

	if (m->domain == DOM_P)
		return times(l, OP_MULP_A, a, low_get(l, mask, DOM_P, width), span);
	if (in_bits(m))
		return low_mask(l, l->top, low_get(l, mask, DOM_B, 1), a, span);
	return times(l, OP_MUL_A, a, low_get(l, mask, DOM_A, width), span);
}

static void
open_root(struct low *l, uint32_t i)
{
	const struct ir_root *r = &l->ir->root[i];
	const struct ir_value *v = &l->ir->value[r->value];
	unsigned width = v->domain == DOM_A ? v->width : low_width_ring(v);

	/* It may have become known after it was chosen, like a sum of nothing. */
	l->root[i] = SLOT_NONE;
	if (v->open == KNOWN)
		return;
	if (v->domain != DOM_A && (in_bits(v) || v->bits > 0 || !l->c->options->target->has_a)) {
		open_root_bits(l, i);
		return;
	}
	low_id a = low_get(l, r->value, DOM_A, width);
	if (r->part != NULL && ir_shown(r->part) != IR_NONE)
		a = hidden(l, a, ir_shown(r->part), v->span);
	if (r->mask != IR_NONE)
		a = hidden(l, a, r->mask, v->span);
	if (is_withheld(l, r))
		a = low_mask(l, l->top, ok_bit(l), a, v->span);
	l->root[i] = open_to(l, a, r->recipients, v->span);
}

static low_id
opened_ok(struct low *l, uint32_t recipients)
{
	for (struct low_guard *g = l->guard; g != NULL; g = g->next)
		if (g->recipients == recipients)
			return g->slot;
	struct ir_value one = { .n = 1 };
	low_id ok = lower_ok(l);
	if (ok == SLOT_NONE)
		return SLOT_NONE;
	struct low_guard *g = compile_alloc(l->c, sizeof *g);
	*g = (struct low_guard){ .next = l->guard, .recipients = recipients };
	mpz_init(one.lo);
	mpz_init_set_ui(one.hi, 1);
	g->slot = open_bits(l, &one, ok, recipients);
	l->guard = g;
	return g->slot;
}

/* The opened slot that these recipients have of a value, or SLOT_NONE. */
static low_id
opened(struct low *l, const struct ir_part *p, ir_id id)
{
	struct ir_affine at = { 0 };
	uint32_t root;
	uint64_t offset;

	if (!ir_opened(l->ir, p, id, &root, &offset) || l->root[root] == SLOT_NONE)
		return SLOT_NONE;
	int64_t limbs = low_limbs(&l->ir->value[id]);
	at.base = (int64_t)offset * limbs;
	return low_window(l, l->root[root], &at, l->ir->value[id].n * (uint64_t)limbs);
}

static low_id real(struct low *, const struct ir_part *, ir_id);

static low_id
real_op(struct low *l, const struct ir_part *p, const struct ir_value *v, enum insn_id op, low_id a,
    low_id b, low_id c, const int64_t *imm)
{
	low_id d = low_new(l, DOM_R, 64, v->n, p->recipients);

	low_op(l, l->post, op, d, a, b, c, imm, v->span);
	return d;
}

static low_id
real_const(struct low *l, const struct ir_part *p, const struct ir_value *v, i128 x)
{
	int64_t imm[3] = { 0, 0, 0 };
	low_id d = low_new(l, DOM_R, 64, 1, p->recipients);

	low_op(l, l->post, OP_REAL, d, low_const1(l, x, 128), SLOT_NONE, SLOT_NONE, imm, v->span);
	return d;
}

static low_id
real_move(struct low *l, const struct ir_part *p, const struct ir_value *v)
{
	low_id d = low_new(l, DOM_R, 64, v->n, p->recipients);
	struct view w;

	memset(&w, 0, sizeof w);
	if (v->op == IR_CONCAT) {
		w.rank = 1;
		w.sstride[0] = w.dstride[0] = 1;
		for (uint32_t i = 0; i < v->n_args; i++) {
			w.count[0] = l->ir->value[v->args[i]].n;
			if (w.count[0] == 0)
				continue;
			low_id a = real(l, p, v->args[i]);
			if (w.doff == 0 && w.count[0] < v->n)
				low_begin(l, l->post, d, a, v->span);
			low_copy_view(l, l->post, d, a, &w, v->span);
			w.doff += (int64_t)w.count[0];
		}
		return d;
	}
	int64_t s = 1;
	w.rank = v->rank == 0 ? 1 : v->rank;
	w.count[0] = 1;
	for (unsigned i = v->rank; i-- > 0; s *= (int64_t)v->dims[i]) {
		w.count[i] = v->dims[i];
		w.sstride[i] = v->view->stride[i];
		w.dstride[i] = s;
	}
	w.soff = v->view->offset.base;
	if (v->n > 0)
		low_copy_view(l, l->post, d, real(l, p, v->args[0]), &w, v->span);
	return d;
}

static low_id
real_compare(struct low *l, const struct ir_part *p, const struct ir_value *v, enum insn_id op,
    ir_id a, low_id zero)
{
	struct ir_value like = *v;

	like.n = l->ir->value[a].n;
	return real_op(l, p, &like, op, real(l, p, a), zero, SLOT_NONE, NULL);
}

/* What is not defined is 0, as everywhere else: it is hidden by what says whether it is there. */
static low_id
real_defined(struct low *l, const struct ir_part *p, const struct ir_value *v, low_id d)
{
	bool quotient = v->op == IR_DIV || v->op == IR_FDIV || v->op == IR_MOD;

	if (ir_defined(l->ir, v))
		return d;
	low_id zero = real_const(l, p, v, 0);
	low_id none = real_compare(l, p, v, quotient ? OP_EQ_R : v->op == IR_LOG ? OP_LE_R : OP_LT_R,
	    v->args[quotient], zero);
	return real_op(l, p, v, OP_SEL_R, none, zero, d, NULL);
}

/* An operation on real values: what only moves the binary point is nothing. */
static low_id
real_value(struct low *l, const struct ir_part *p, ir_id id)
{
	const struct ir_value *v = &l->ir->value[id];
	low_id a[3] = { SLOT_NONE, SLOT_NONE, SLOT_NONE };
	int64_t imm[3] = { 0, 0, 0 };

	if (v->op == IR_VIEW || v->op == IR_CONCAT)
		return real_move(l, p, v);
	for (uint32_t i = 0; i < v->n_args && i < 3; i++)
		a[i] = real(l, p, v->args[i]);
	if (v->op == IR_TRUNC || v->op == IR_SHL || v->op == IR_ASSUME)
		return a[0];
	if (v->op == IR_SCALE2)
		return real_op(l, p, v, OP_MUL_R, a[0], real_const(l, p, v, (i128)1 << v->imm[0]), SLOT_NONE,
		    imm);
	if (v->op == IR_NOT)
		return real_op(l, p, v, OP_SUB_R, real_const(l, p, v, 1), a[0], SLOT_NONE, imm);
	if (v->op == IR_XOR) {
		low_id d = real_op(l, p, v, OP_SUB_R, a[0], a[1], SLOT_NONE, imm);
		return real_op(l, p, v, OP_ABS_R, d, SLOT_NONE, SLOT_NONE, imm);
	}
	if (v->op == IR_FDIV) {
		low_id q = real_op(l, p, v, OP_DIV_R, a[0], a[1], SLOT_NONE, imm);
		return real_defined(l, p, v, real_op(l, p, v, OP_FLOOR_R, q, SLOT_NONE, SLOT_NONE, imm));
	}
	if (ir_ops[v->op].class == CLASS_REDUCE)
		memcpy(imm, v->imm, sizeof imm);
	assert(ir_real_insn(v->op) != N_INSN);
	return real_defined(l, p, v, real_op(l, p, v, ir_real_insn(v->op), a[0], a[1], a[2], imm));
}

static low_id
real(struct low *l, const struct ir_part *p, ir_id id)
{
	const struct ir_value *v = &l->ir->value[id];
	int64_t imm[3] = { v->frac, 0, 0 };
	low_id from = opened(l, p, id), d;
	/* What a guarded part opens is its own, 0 if it is withheld. */
	const struct ir_part *part = ir_shown(p) == IR_NONE ? NULL : p;

	for (struct low_real *r = l->real; r != NULL; r = r->next)
		if (r->value == id && r->part == part && r->recipients == p->recipients)
			return r->slot;
	if (from == SLOT_NONE && v->open != SECRET)
		from = v->slot;
	else if (from == SLOT_NONE && v->n == 0)
		from = low_const(l, NULL, 0, 64);
	if (from != SLOT_NONE) {
		d = low_new(l, DOM_R, 64, v->n, p->recipients);
		low_op(l, l->post, OP_REAL, d, from, SLOT_NONE, SLOT_NONE, imm, v->span);
	} else {
		d = real_value(l, p, id);
	}
	struct low_real *r = compile_alloc(l->c, sizeof *r);
	*r = (struct low_real){ .next = l->real, .value = id, .part = part,
		.recipients = p->recipients, .slot = d };
	l->real = r;
	return d;
}

static low_id
shown(struct low *l, const struct ir_part *p, ir_id id, bool in_post)
{
	low_id s;

	if (id == IR_NONE)
		return SLOT_NONE;
	if ((s = in_post ? SLOT_NONE : opened(l, p, id)) != SLOT_NONE)
		return s;
	if (l->ir->value[id].open != SECRET)
		return l->ir->value[id].slot;
	assert(in_post);
	return real(l, p, id);
}

/* The opened, or public, bits of a guard. */
static low_id
guard_slot(struct low *l, const struct ir_part *p, ir_id id)
{
	const struct ir_part bits = ir_guard_part(p, id, l->tainted[id]);

	return shown(l, &bits, id, false);
}

/* ok, and whatever else there is, as a real. */
static low_id
guard_real(struct low *l, const struct ir_part *p, low_id a)
{
	const struct ir_value one = { .n = 1, .span = l->ir->value[p->guard].span };
	const int64_t imm[3] = { 0, 0, 0 };

	return real_op(l, p, &one, OP_REAL, a, SLOT_NONE, SLOT_NONE, imm);
}

/* Of what is under `require` and depends on assumptions: 1 shows it, 0 withholds it by the one, -1
 * by the others: both * 2 - guard, where both is the condition and all assumptions.  What does not
 * meet its condition tells nothing of assumptions; but of a secret condition that depends on
 * assumptions itself `both` is opened, and both + ok - 1. */
static low_id
both_guards(struct low *l, const struct ir_part *p)
{
	const struct ir_value *v = &l->ir->value[p->guard];
	struct ir_value one = { .n = 1, .span = v->span };
	const int64_t imm[3] = { 0, 0, 0 };
	low_id ok = lower_ok(l), d, g;

	if (ok == SLOT_NONE)
		return guard_slot(l, p, p->guard);
	mpz_init(one.lo);
	mpz_init_set_ui(one.hi, 1);
	if (v->open == SECRET && l->tainted[p->guard]) {
		d = guard_real(l, p, guard_slot(l, p, p->guard));
		g = guard_real(l, p, opened_ok(l, p->recipients));
		g = real_op(l, p, &one, OP_SUB_R, real_const(l, p, &one, 1), g, SLOT_NONE, imm);
		return real_op(l, p, &one, OP_SUB_R, d, g, SLOT_NONE, imm);
	}
	ok = low_mask(l, l->top, low_get(l, p->guard, l->slot[ok].slot.domain, 1), ok, v->span);
	d = guard_real(l, p, open_bits(l, &one, ok, p->recipients));
	g = guard_real(l, p, guard_slot(l, p, p->guard));
	g = real_op(l, p, &one, OP_SUB_R, d, g, SLOT_NONE, imm);
	return real_op(l, p, &one, OP_ADD_R, d, g, SLOT_NONE, imm);
}

static void
lower_part(struct low *l, const struct ir_part *p, struct low_out *out)
{
	out->value = shown(l, p, p->value, p->value_post);
	out->present = shown(l, p, p->present, p->present_post);
	if (p->guard != IR_NONE) {
		out->guard = p->assumed ? both_guards(l, p) : guard_slot(l, p, p->guard);
		out->rule = p->rule != RULE_NONE ? p->rule : RULE_REQUIRE;
	} else if (p->assumed) {
		out->guard = opened_ok(l, p->recipients);
		out->rule = out->guard == SLOT_NONE ? RULE_NONE : RULE_RANGE;
	}
	if (p->cells != IR_NONE) {
		out->cells = guard_slot(l, p, p->cells);
		out->cell_rule = p->cell_rule;
	}
}

void
lower_outputs(struct low *l)
{
	struct ir *ir = l->ir;
	uint32_t n = 0;

	l->root = compile_alloc(l->c, (ir->n_roots + 1) * sizeof *l->root);
	for (uint32_t i = 0; i < ir->n_roots; i++)
		open_root(l, i);
	for (uint32_t i = 0; i < ir->n_outputs; i++)
		n += ir->output[i].n_parts;
	l->out = compile_alloc(l->c, (n + 1) * sizeof *l->out);
	n = 0;
	for (uint32_t i = 0; i < ir->n_outputs; i++)
		for (uint32_t k = 0; k < ir->output[i].n_parts; k++, n++) {
			l->out[n] = (struct low_out){ SLOT_NONE, SLOT_NONE, SLOT_NONE, SLOT_NONE,
				RULE_NONE, RULE_NONE };
			if (!ir->output[i].withheld)
				lower_part(l, &ir->output[i].part[k], &l->out[n]);
		}
}
