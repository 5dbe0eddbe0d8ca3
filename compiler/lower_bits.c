/* lower_bits.c: operations on bits: each is a circuit, applied to all elements at once.
 *
 * Numbers that live in arithmetic shares are compared by the sign, or the zero, of their
 * difference: of its shares only as many low bits as the difference can have are added up. */
#include <assert.h>
#include <string.h>

#include "ir_const.h"
#include "low.h"

static const struct {
	enum ir_op op;
	enum family family;
	bool imm0;                       /* the family's imm0 is the operation's */
} families[] = {
	{ IR_NEG, FAMILY_NEG, false }, { IR_ADD, FAMILY_ADD, false }, { IR_SUB, FAMILY_SUB, false },
	{ IR_MUL, FAMILY_MUL, false }, { IR_SHL, FAMILY_SHL, true }, { IR_SCALE2, FAMILY_SHL, true },
	{ IR_TRUNC, FAMILY_SHR, true }, { IR_DIV, FAMILY_DIV, true }, { IR_FDIV, FAMILY_DIV, false },
	{ IR_MOD, FAMILY_MOD, false }, { IR_FLOOR, FAMILY_SHR, true }, { IR_ROUND, FAMILY_ROUND, true },
	{ IR_ABS, FAMILY_ABS, false }, { IR_SIGN, FAMILY_SIGN, false }, { IR_MIN, FAMILY_MIN, false },
	{ IR_MAX, FAMILY_MAX, false }, { IR_EQ, FAMILY_EQ, false }, { IR_LT, FAMILY_LT, false },
	{ IR_LE, FAMILY_LE, false }, { IR_SELECT, FAMILY_MUX, false }, { IR_NOT, FAMILY_NOT, false },
	{ IR_AND, FAMILY_AND, false }, { IR_OR, FAMILY_OR, false }, { IR_XOR, FAMILY_XOR, false },
	{ IR_SHLB, FAMILY_SHLB, true }, { IR_SHRB, FAMILY_SLICE, true }, { IR_ROTLB, FAMILY_ROTL, true },
	{ IR_ADDB, FAMILY_ADD, false }, { IR_SLICEB, FAMILY_SLICE, true },
	{ IR_POPCNT, FAMILY_POPCOUNT, false }, { IR_TOBITS, FAMILY_COPY, false },
	{ IR_TONUM, FAMILY_COPY, false }, { IR_BITLEN, FAMILY_BITLEN, false },
	{ IR_NORM, FAMILY_NORM, true },
};

static bool
family_of(const struct ir_value *v, enum family *family, int64_t *imm0)
{
	for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
		if (families[i].op == v->op) {
			*family = families[i].family;
			*imm0 = families[i].imm0 ? v->imm[0] : 0;
			return true;
		}
	return false;
}

static low_id
bits_of(struct low *l, ir_id id, enum domain domain)
{
	return low_get(l, id, domain, low_bits(&l->ir->value[id]));
}

static low_id
by_family(struct low *l, const struct ir_value *v)
{
	struct family_spec s = { .out = (uint16_t)low_bits(v) };
	low_id x[3] = { SLOT_NONE, SLOT_NONE, SLOT_NONE };
	bool known = family_of(v, &s.family, &s.imm[0]);

	assert(known);
	(void)known;
	for (uint32_t i = 0; i < v->n_args; i++) {
		const struct ir_value *a = &l->ir->value[v->args[i]];
		x[i] = bits_of(l, v->args[i], (enum domain)v->domain);
		s.in[i].width = (uint16_t)low_bits(a);
		s.in[i].is_signed = low_signed(a);
	}
	uint32_t c = low_circuit(l, (enum domain)v->domain, &s, v->n, v->span);
	return low_circ(l, l->at, c, x[0], x[1], x[2], v->n, v->span);
}

static low_id
inverted(struct low *l, low_id a, struct span span)
{
	const struct slot s = l->slot[a].slot;
	struct family_spec not = { .family = FAMILY_NOT, .in = { { s.width, false } }, .out = s.width };

	return low_circ(l, l->at, low_circuit(l, (enum domain)s.domain, &not, s.n, span), a, SLOT_NONE,
	    SLOT_NONE, s.n, span);
}

/* Bits of a - b. */
static unsigned
difference_bits(const struct ir *ir, const struct ir_value *v)
{
	struct ir_value d = *v;

	mpz_inits(d.lo, d.hi, NULL);
	mpz_sub(d.lo, ir->value[v->args[0]].lo, ir->value[v->args[1]].hi);
	mpz_sub(d.hi, ir->value[v->args[0]].hi, ir->value[v->args[1]].lo);
	if (mpz_sgn(d.lo) >= 0)                  /* the sign is looked at, whatever it is */
		mpz_set_si(d.lo, -1);
	if (mpz_sgn(d.hi) < 0)
		mpz_set_ui(d.hi, 0);
	/* b - a, too */
	mpz_neg(d.lo, d.lo);
	if (mpz_cmp(d.lo, d.hi) > 0)
		mpz_set(d.hi, d.lo);
	mpz_neg(d.lo, d.hi);
	return low_bits(&d);
}

static bool
by_difference(const struct ir *ir, const struct ir_value *v)
{
	bool numbers = false;

	if (v->op != IR_EQ && v->op != IR_LT && v->op != IR_LE)
		return false;
	for (uint32_t i = 0; i < 2; i++) {
		const struct ir_value *a = &ir->value[v->args[i]];
		if (a->bits > 0 || a->domain == DOM_B || a->domain == DOM_Y)
			return false;
		numbers |= a->domain == DOM_A;
	}
	return numbers;
}

unsigned
low_compare_width(const struct ir *ir, const struct ir_value *v)
{
	return by_difference(ir, v) && difference_bits(ir, v) > 64 ? 128 : 64;
}

static low_id
compare(struct low *l, const struct ir_value *v)
{
	const struct ir *ir = l->ir;
	unsigned k = difference_bits(ir, v), width = k > 64 ? 128 : 64;
	ir_id a = v->args[v->op == IR_LE], b = v->args[v->op != IR_LE];
	uint64_t n = ir->value[a].n > ir->value[b].n ? ir->value[a].n : ir->value[b].n;
	struct ir_value like = *v;

	like.n = n;
	like.width = (uint16_t)width;
	low_id d = lower_difference(l, &like, a, b);
	if (v->op == IR_EQ)
		return low_split(l, l->at, (enum domain)v->domain, FAMILY_PARTS_ZERO, d, k, v->span);
	d = low_split(l, l->at, (enum domain)v->domain, FAMILY_PARTS_NEG, d, k, v->span);
	return v->op == IR_LE ? inverted(l, d, v->span) : d;
}

static low_id
random_bits(struct low *l, const struct ir_value *v)
{
	low_id d = low_new(l, DOM_B, low_bits(v), v->n, 0);

	low_op(l, l->at, OP_RANDOM_B, d, SLOT_NONE, SLOT_NONE, SLOT_NONE, NULL, v->span);
	return v->domain == DOM_B ? d : low_to_bits(l, v, d, DOM_Y);
}

static low_id
given_circuit(struct low *l, const struct ir_value *v)
{
	const struct circuit *c = l->ir->circuit[v->imm[0]];
	low_id x[3] = { SLOT_NONE, SLOT_NONE, SLOT_NONE };

	for (uint32_t i = 0; i < v->n_args; i++)
		x[i] = low_get(l, v->args[i], (enum domain)v->domain, c->width[i]);
	return low_circ(l, l->at, low_own_circuit(l, c), x[0], x[1], x[2], v->n, v->span);
}

static low_id
onehot(struct low *l, const struct ir_value *v)
{
	const struct ir_value *a = &l->ir->value[v->args[0]];
	struct family_spec s = { .family = FAMILY_ONEHOT, .in = { { (uint16_t)low_bits(a),
	    low_signed(a) } }, .out = (uint16_t)v->imm[0], .imm = { v->imm[0], 0 } };
	low_id x = bits_of(l, v->args[0], (enum domain)v->domain);
	uint32_t c = low_circuit(l, (enum domain)v->domain, &s, a->n, v->span);
	low_id side_by_side = low_circ(l, l->at, c, x, SLOT_NONE, SLOT_NONE, a->n, v->span);
	low_id d = low_new(l, (enum domain)v->domain, 1, v->n, 0);

	low_op(l, l->at, OP_SPREAD, d, side_by_side, SLOT_NONE, SLOT_NONE, NULL, v->span);
	return d;
}

static low_id
lowered(struct low *l, ir_id id)
{
	const struct ir_value *v = &l->ir->value[id];

	switch ((enum ir_op)v->op) {
	case IR_RANDOM:
		return random_bits(l, v);
	case IR_CIRCUIT:
		return given_circuit(l, v);
	case IR_ONEHOT:
		return onehot(l, v);
	case IR_HOME:
		return bits_of(l, v->args[0], (enum domain)v->domain);
	default:
		return by_difference(l->ir, v) ? compare(l, v) : by_family(l, v);
	}
}

void
lower_bits(struct low *l, ir_id id)
{
	struct ir_value *v = &l->ir->value[id];
	enum family family;
	int64_t imm0;

	if (v->n == 0) {
		v->slot = low_new(l, (enum domain)v->domain, low_bits(v), 0, 0);
		return;
	}
	if (v->op != IR_RANDOM && v->op != IR_CIRCUIT && v->op != IR_ONEHOT && v->op != IR_HOME &&
	    !family_of(v, &family, &imm0))
		lower_refuse(l, id);
	low_id d = lowered(l, id);
	l->ir->value[id].slot = d;
	l->alias[id] = v->op == IR_HOME;
}

low_id
low_mask(struct low *l, struct low_block *b, low_id bit, low_id a, struct span span)
{
	const struct slot s = l->slot[a].slot, g = l->slot[bit].slot;
	uint64_t n = s.n > g.n ? s.n : g.n;

	if (s.domain == DOM_A) {
		low_id d = low_new(l, DOM_A, s.width, n, 0);
		low_op(l, b, OP_MULB_A, d, bit, a, SLOT_NONE, NULL, span);
		return d;
	}
	struct family_spec and = { .family = FAMILY_AND, .in = { { 1, false }, { s.width, false } },
		.out = s.width };
	uint32_t c = low_circuit(l, (enum domain)s.domain, &and, n, span);
	return low_circ(l, b, c, bit, a, SLOT_NONE, n, span);
}
