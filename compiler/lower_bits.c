/* lower_bits.c: operations on bits: each is a circuit, applied to all elements at once.
 *
 * Numbers that live in arithmetic shares are compared by the sign, or the zero, of their
 * difference: of its shares only as many low bits as the difference can have are added up.
 * requires: ir_homes; of what has no circuit, ir_expand has left nothing. */
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
	{ IR_NORM, FAMILY_NORM, true }, { IR_SQRT, FAMILY_SQRT, true }, { IR_CATB, FAMILY_PAIR, false },
	{ IR_SORT2, FAMILY_SORT2, true },
};

static bool
family_of(const struct ir_value *v, enum family *family, int64_t *imm0)
{
	for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
		if (families[i].op == v->op) {
			*family = families[i].family;
			*imm0 = v->op == IR_SQRT ? v->frac : families[i].imm0 ? v->imm[0] : 0;
			return true;
		}
	return false;
}

static low_id
bits_of(struct low *l, ir_id id, enum domain domain)
{
	return low_get(l, id, domain, low_bits(&l->ir->value[id]));
}

/* The low `width` bits of a number, in two's complement, as limbs. */
static uint64_t *
limbs_of(struct low *l, const mpz_t x, unsigned width, uint64_t *limb)
{
	size_t n = (width + 63) / 64;
	mpz_t low;

	if (limb == NULL)
		limb = compile_alloc(l->c, n * sizeof *limb);
	mpz_init(low);
	mpz_fdiv_r_2exp(low, x, width);
	memset(limb, 0, n * sizeof *limb);
	(void)mpz_export(limb, NULL, -1, sizeof *limb, 0, 0, low);
	return limb;
}

/* What is known while compiling goes into the circuit. */
static low_id
by_family(struct low *l, const struct ir_value *v)
{
	struct family_spec s = { .out = (uint16_t)low_bits(v) };
	low_id x[3] = { SLOT_NONE, SLOT_NONE, SLOT_NONE };
	const uint64_t *constant[3] = { NULL, NULL, NULL };
	bool known = family_of(v, &s.family, &s.imm[0]);
	uint32_t n = 0;
	mpz_t c;

	assert(known);
	(void)known;
	mpz_init(c);
	for (uint32_t i = 0; i < v->n_args; i++) {
		const struct ir_value *a = &l->ir->value[v->args[i]];
		s.in[i].width = (uint16_t)low_bits(a);
		s.in[i].is_signed = low_signed(a);
		if (ir_is_const(l->ir, v->args[i], &c) && n + v->n_args - i > 1)
			constant[i] = limbs_of(l, c, s.in[i].width, NULL);
		else
			x[n++] = bits_of(l, v->args[i], (enum domain)v->domain);
	}
	uint32_t circuit = low_circuit_const(l, (enum domain)v->domain, &s, constant, v->n, v->span);
	return low_circ(l, l->at, circuit, x[0], x[1], x[2], v->n, v->span);
}

/* Of a row of several elements, element k. */
static void
pick_column(struct low *l, const struct ir_value *v, low_id d, low_id rows, uint64_t k)
{
	uint16_t w = (uint16_t)low_bits(v);
	uint64_t inner = (uint64_t)v->imm[0], n = v->n / inner;
	struct family_spec slice = { .family = FAMILY_SLICE,
		.in = { { l->slot[rows].slot.width, false } }, .out = w, .imm = { (int64_t)(k * w), 0 } };
	uint32_t c = low_circuit(l, (enum domain)v->domain, &slice, n, v->span);
	low_id one = low_circ(l, l->at, c, rows, SLOT_NONE, SLOT_NONE, n, v->span);
	struct view view;

	memset(&view, 0, sizeof view);
	view.rank = 1;
	view.count[0] = n;
	view.sstride[0] = 1;
	view.dstride[0] = (int64_t)inner;
	view.doff = (int64_t)k;
	if (k == 0)
		low_begin(l, l->at, d, one, v->span);
	low_copy_view(l, l->at, d, one, &view, v->span);
}

/* Column k of rows side by side, as a view shows it. */
low_id
lower_column(struct low *l, const struct ir_value *v, const struct ir_value *rows)
{
	uint16_t w = (uint16_t)low_bits(rows);
	low_id all = rows->slot;
	struct family_spec slice = { .family = FAMILY_SLICE,
		.in = { { l->slot[all].slot.width, false } }, .out = w,
		.imm = { v->view->offset.base * w, 0 } };
	uint32_t c = low_circuit(l, (enum domain)v->domain, &slice, v->n, v->span);
	low_id d = low_circ(l, l->at, c, all, SLOT_NONE, SLOT_NONE, v->n, v->span);

	return low_resize(l, l->at, d, low_signed(rows), low_bits(v), v->span);
}

/* A known table: a circuit whose outputs are exclusive ors of the bits that say which row it is. */
static low_id
pick(struct low *l, const struct ir_value *v)
{
	const struct ir_value *a = &l->ir->value[v->args[0]], *b = &l->ir->value[v->args[1]];
	enum domain domain = (enum domain)v->domain;
	unsigned w = low_bits(v);
	uint64_t inner = (uint64_t)v->imm[0], rows = a->n / inner, n = v->n / inner;
	size_t limbs = (inner * w + 63) / 64;
	mpz_t row, one;

	mpz_inits(row, one, NULL);
	if (mpz_cmp_ui(b->hi, rows) < 0)         /* no row above is ever asked for */
		rows = mpz_sgn(b->hi) < 0 ? 0 : mpz_get_ui(b->hi) + 1;
	uint64_t *entry = compile_alloc(l->c, (rows * limbs + 1) * sizeof *entry);
	for (uint64_t i = 0; i < rows; i++) {
		mpz_set_ui(row, 0);
		for (uint64_t k = inner; k-- > 0;) {
			mpz_fdiv_r_2exp(one, a->data[i * inner + k], w);
			mpz_mul_2exp(row, row, w);
			mpz_add(row, row, one);
		}
		(void)limbs_of(l, row, (unsigned)inner * w, &entry[i * limbs]);
	}
	struct family_table_spec s = { .entry = entry, .n = (uint32_t)rows,
		.index_width = (uint16_t)low_bits(b), .width = (uint16_t)(inner * w) };
	low_id x = bits_of(l, v->args[1], domain);
	low_id all = low_circ(l, l->at, low_table(l, domain, &s, v->span), x, SLOT_NONE, SLOT_NONE, n,
	    v->span);
	if (inner == 1 || l->columns[v - l->ir->value])
		return all;
	low_id d = low_new(l, domain, w, v->n, 0);
	for (uint64_t k = 0; k < inner; k++)
		pick_column(l, v, d, all, k);
	return d;
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

/* Numbers that several operations want as bits are converted once; then comparing them with what is
 * known takes fewer ANDs than another sum of shares. */
static bool
converted(const struct low *l, const struct ir_value *v)
{
	for (uint32_t i = 0; i < 2; i++) {
		const struct ir_value *a = &l->ir->value[v->args[i]];
		if (a->domain == DOM_A ? l->bit_uses[v->args[i]] < 2 : a->op != IR_CONST)
			return false;
	}
	return true;
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
	const struct circuit *c = l->ir->circuit[v->imm[0]], *shallow = l->ir->circuit[v->imm[1]];
	uint32_t use = low_own_circuit(l, (enum domain)v->domain, c, shallow, v->n);
	low_id x[3] = { SLOT_NONE, SLOT_NONE, SLOT_NONE };

	for (uint32_t i = 0; i < v->n_args; i++)
		x[i] = low_get(l, v->args[i], (enum domain)v->domain, c->width[i]);
	return low_circ(l, l->at, use, x[0], x[1], x[2], v->n, v->span);
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
ordered(struct low *l, const struct ir_value *v)
{
	low_id x = bits_of(l, v->args[0], DOM_B), d = low_new(l, DOM_B, low_bits(v), v->n, 0);

	low_op(l, l->at, v->op == IR_SORTB ? OP_SORT_B : OP_SHUF_B, d, x, SLOT_NONE, SLOT_NONE, v->imm,
	    v->span);
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
	case IR_PICK:
		return pick(l, v);
	case IR_SORTB: case IR_SHUFB:
		return ordered(l, v);
	case IR_HOME:
		return bits_of(l, v->args[0], (enum domain)v->domain);
	default:
		return by_difference(l->ir, v) && !converted(l, v) ? compare(l, v) : by_family(l, v);
	}
}

void
lower_bits(struct low *l, ir_id id)
{
	struct ir_value *v = &l->ir->value[id];
	enum family family;
	int64_t imm0;

	if (v->op == IR_INPUT) {
		v->slot = lower_contributed(l, id);
		return;
	}
	if (v->n == 0) {
		v->slot = low_new(l, (enum domain)v->domain, low_bits(v), 0, 0);
		return;
	}
	bool table = v->op == IR_PICK && l->ir->value[v->args[0]].op == IR_CONST &&
	    (uint64_t)v->imm[0] * low_bits(v) <= N_BITS_MAX;
	if (v->op != IR_RANDOM && v->op != IR_CIRCUIT && v->op != IR_ONEHOT && v->op != IR_HOME &&
	    v->op != IR_SORTB && v->op != IR_SHUFB && !table && !family_of(v, &family, &imm0))
		lower_refuse(l, id);
	low_id d = lowered(l, id);
	l->ir->value[id].slot = d;
	l->alias[id] = v->op == IR_HOME;
}

low_id
low_mask(struct low *l, struct low_block *b, low_id bit, low_id a, struct span span)
{
	const struct slot s = l->slot[a].slot, g = l->slot[bit].slot;
	uint64_t n = s.n == 1 ? g.n : s.n;

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
