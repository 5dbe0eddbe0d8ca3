/* lower_shared.c: arithmetic on shares: linear operations are local, products and truncations
 * interactive. */
#include <assert.h>
#include <string.h>

#include "ir_const.h"
#include "low.h"

enum { TRUNC_BITS_MAX = 64, RING_BITS_MAX = 126 };

static low_id
emit2(struct low *l, const struct ir_value *v, enum insn_id op, low_id a, low_id b, unsigned width)
{
	low_id d = low_new(l, DOM_A, width, v->n, 0);

	low_op(l, l->at, op, d, a, b, SLOT_NONE, NULL, v->span);
	return d;
}

static low_id
emit1(struct low *l, const struct ir_value *v, enum insn_id op, low_id a, int64_t imm0, uint64_t n)
{
	low_id d = low_new(l, DOM_A, l->slot[a].slot.width, n, 0);
	int64_t imm[3] = { imm0, 0, 0 };

	low_op(l, l->at, op, d, a, SLOT_NONE, SLOT_NONE, imm, v->span);
	return d;
}

/* a in Z_2^width, whatever it lives in; a local value is shared. */
static low_id
share(struct low *l, ir_id id, unsigned width)
{
	return low_get(l, id, DOM_A, width);
}

static bool
is_public(const struct low *l, ir_id id)
{
	return l->ir->value[id].domain == DOM_P;
}

/* A public operand of a linear instruction, modulo the ring of its result. */
static low_id
public(struct low *l, ir_id id, unsigned width)
{
	return low_get(l, id, DOM_P, width);
}

/* An operand of one element must not become a result of many by itself: shares of a scalar are
 * spread by the instruction. */
static low_id
sum2(struct low *l, const struct ir_value *v, ir_id a, ir_id b)
{
	unsigned w = v->width;

	if (is_public(l, b))
		return emit2(l, v, OP_ADDP_A, share(l, a, w), public(l, b, w), w);
	if (is_public(l, a))
		return emit2(l, v, OP_ADDP_A, share(l, b, w), public(l, a, w), w);
	return emit2(l, v, OP_ADD_A, share(l, a, w), share(l, b, w), w);
}

low_id
lower_difference(struct low *l, const struct ir_value *v, ir_id a, ir_id b)
{
	unsigned w = v->width;

	if (is_public(l, b)) {
		low_id p = public(l, b, w), m = low_new(l, DOM_P, w, l->slot[p].slot.n, 0);
		low_op(l, l->at, OP_NEG_X, m, p, SLOT_NONE, SLOT_NONE, NULL, v->span);
		return emit2(l, v, OP_ADDP_A, share(l, a, w), m, w);
	}
	if (is_public(l, a)) {
		low_id s = share(l, b, w);
		return emit2(l, v, OP_ADDP_A, emit1(l, v, OP_NEG_A, s, 0, l->slot[s].slot.n),
		    public(l, a, w), w);
	}
	return emit2(l, v, OP_SUB_A, share(l, a, w), share(l, b, w), w);
}

/* A secret bool: it is a bit, or becomes one for nothing. */
static bool
is_bit(const struct low *l, ir_id id)
{
	const struct ir_value *v = &l->ir->value[id];
	bool in_bits = v->domain == DOM_B || v->domain == DOM_Y;

	return v->domain != DOM_P && v->frac == 0 && low_bits(v) == 1 && !low_signed(v) &&
	    (in_bits || !l->c->options->target->plain_shares);
}

/* A bool that is a number of this ring already, where a product is one message and one round:
 * cheaper than a product by a bit. */
static bool
is_factor(const struct low *l, ir_id id, unsigned width)
{
	const struct ir_value *v = &l->ir->value[id];

	return l->c->options->target->held > 1 && v->domain == DOM_A && v->width == width;
}

static low_id
product(struct low *l, const struct ir_value *v, ir_id a, ir_id b)
{
	unsigned w = v->width;

	if (is_factor(l, a, w) && !is_public(l, b))
		return emit2(l, v, OP_MUL_A, share(l, a, w), share(l, b, w), w);
	if (is_factor(l, b, w) && !is_public(l, a))
		return emit2(l, v, OP_MUL_A, share(l, a, w), share(l, b, w), w);
	if (is_bit(l, a) && !is_public(l, b))
		return emit2(l, v, OP_MULB_A, low_get(l, a, DOM_B, 1), share(l, b, w), w);
	if (is_bit(l, b) && !is_public(l, a))
		return emit2(l, v, OP_MULB_A, low_get(l, b, DOM_B, 1), share(l, a, w), w);
	if (is_public(l, b))
		return emit2(l, v, OP_MULP_A, share(l, a, w), public(l, b, w), w);
	if (is_public(l, a))
		return emit2(l, v, OP_MULP_A, share(l, b, w), public(l, a, w), w);
	return emit2(l, v, OP_MUL_A, share(l, a, w), share(l, b, w), w);
}

/* c ? a : b = b + c (a - b), where c is made a bit: that is free, or it is one already */
static low_id
choice(struct low *l, const struct ir_value *v)
{
	ir_id c = v->args[0], a = v->args[1], b = v->args[2];
	struct ir_value d = *v;
	low_id diff;

	/* As many as a and b have, of which one may be a scalar. */
	d.n = l->ir->value[a].n == 1 ? l->ir->value[b].n : l->ir->value[a].n;
	if (is_public(l, a) && is_public(l, b)) {
		diff = low_new(l, DOM_P, v->width, d.n, 0);
		low_op(l, l->at, OP_SUB_X, diff, public(l, a, v->width), public(l, b, v->width), SLOT_NONE,
		    NULL, v->span);
		diff = emit2(l, v, OP_MULP_A, share(l, c, v->width), diff, v->width);
	} else {
		diff = lower_difference(l, &d, a, b);
		if (is_public(l, c))
			diff = emit2(l, v, OP_MULP_A, diff, public(l, c, v->width), v->width);
		else
			diff = emit2(l, v, OP_MULB_A, low_get(l, c, DOM_B, 1), diff, v->width);
	}
	if (is_public(l, b))
		return emit2(l, v, OP_ADDP_A, diff, public(l, b, v->width), v->width);
	return emit2(l, v, OP_ADD_A, diff, share(l, b, v->width), v->width);
}

static low_id
narrow(struct low *l, const struct ir_value *v, low_id a, unsigned width)
{
	if (l->slot[a].slot.width == width)
		return a;
	low_id d = low_new(l, DOM_A, width, l->slot[a].slot.n, 0);
	low_op(l, l->at, OP_NARROW, d, a, SLOT_NONE, SLOT_NONE, NULL, v->span);
	return d;
}

/* a >> bits, in a's ring, which its range fits; then in the ring of the result. */
static low_id
truncate(struct low *l, const struct ir_value *v, low_id a, uint64_t bits)
{
	int64_t most = l->slot[a].slot.width == 64 ? 62 : TRUNC_BITS_MAX;

	while (bits > 0) {
		int64_t now = bits > (uint64_t)most ? most : (int64_t)bits;
		a = emit1(l, v, OP_TRUNC_A, a, now, l->slot[a].slot.n);
		bits -= (uint64_t)now;
	}
	return narrow(l, v, a, v->width);
}

static unsigned
bits_of(const struct ir_value *v)
{
	size_t a = mpz_sizeinbase(v->lo, 2), b = mpz_sizeinbase(v->hi, 2);

	return (unsigned)(a > b ? a : b);
}

/* 2^(imm0 + scale) / divisor to the nearest, with as many bits as the dividend has: the quotient is
 * off by a quarter of a unit, or by up to one where there is no room. */
static unsigned
reciprocal(mpz_t r, const struct ir_value *v, const struct ir_value *a, const mpz_t divisor)
{
	unsigned bits = bits_of(a), scale = bits + 1;
	size_t above = (size_t)v->imm[0] + scale + 2;

	mpz_set_ui(r, 1);
	mpz_mul_2exp(r, r, (mp_bitcnt_t)v->imm[0]);
	if (mpz_divisible_p(r, divisor))
		scale = 0;
	else if (bits + above - mpz_sizeinbase(divisor, 2) > RING_BITS_MAX)
		scale -= 2;
	mpz_mul_2exp(r, r, scale + 1);
	mpz_fdiv_q(r, r, divisor);
	mpz_add_ui(r, r, 1);
	mpz_fdiv_q_2exp(r, r, 1);
	return scale;
}

/* Is each element of a, which is public, one known number, written or as its range says? */
static bool
one_number(const struct ir *ir, ir_id a, mpz_t *value)
{
	const struct ir_value *v = &ir->value[a];

	if (ir_is_const(ir, a, value))
		return true;
	if (v->n == 0 || mpz_cmp(v->lo, v->hi) != 0)
		return false;
	mpz_set(*value, v->lo);
	return true;
}

unsigned
low_divide_width(const struct ir *ir, const struct ir_value *v)
{
	const struct ir_value *a = &ir->value[v->args[0]];
	mpz_t d, r;

	mpz_inits(d, r, NULL);
	if (!one_number(ir, v->args[1], &d) || mpz_sgn(d) == 0)
		return 128;
	(void)reciprocal(r, v, a, d);
	return bits_of(a) + mpz_sizeinbase(r, 2) > 62 ? 128 : 64;
}

/* By a constant: times its reciprocal, and truncated. */
static low_id
divide_const(struct low *l, const struct ir_value *v, const mpz_t divisor)
{
	const struct ir_value *a = &l->ir->value[v->args[0]];
	unsigned w = low_divide_width(l->ir, v);
	mpz_t r;

	mpz_init(r);
	unsigned scale = reciprocal(r, v, a, divisor);
	unsigned need = bits_of(a) + (unsigned)mpz_sizeinbase(r, 2);
	if (need > RING_BITS_MAX)
		compile_fail(l->c, v->span, NULL, "declare a narrower range for the dividend",
		    "this division of a shared value needs %u bits; the widest ring holds %d", need,
		    RING_BITS_MAX);
	if (a->domain == DOM_A && a->width > w)
		w = a->width;
	if (v->width > w)
		w = v->width;
	low_id x = share(l, v->args[0], w);
	return truncate(l, v, emit2(l, v, OP_MULP_A, x, low_const1(l, ir_from_mpz(r), w), w), scale);
}

/* By a public value: its reciprocal is computed by everybody. */
static low_id
divide_public(struct low *l, const struct ir_value *v)
{
	const struct ir_value *a = &l->ir->value[v->args[0]], *b = &l->ir->value[v->args[1]];
	unsigned bits = bits_of(a), scale = bits + 1;
	int64_t imm[3] = { scale + v->imm[0], 0, 0 };

	if (bits + scale + v->imm[0] > RING_BITS_MAX)
		compile_fail(l->c, v->span, NULL, "declare a narrower range for the dividend",
		    "this division of a shared value needs %u bits; the widest ring holds %d",
		    (unsigned)(bits + scale + v->imm[0]), RING_BITS_MAX);
	low_id r = low_new(l, DOM_P, 128, b->n, 0);
	low_op(l, l->at, OP_DIV_X, r, low_const1(l, 1, 128), low_get(l, v->args[1], DOM_P, 128),
	    SLOT_NONE, imm, v->span);
	low_id x = emit2(l, v, OP_MULP_A, share(l, v->args[0], 128), r, 128);
	return truncate(l, v, x, scale);
}

static low_id
divide(struct low *l, ir_id id)
{
	const struct ir_value *v = &l->ir->value[id];
	mpz_t d;

	mpz_init(d);
	if (!is_public(l, v->args[1]))
		lower_refuse(l, id);
	if (one_number(l->ir, v->args[1], &d) && mpz_sgn(d) != 0)
		return divide_const(l, v, d);
	return divide_public(l, v);
}

/* transpose(a), so that the product is an ordinary one. */
static low_id
transposed(struct low *l, const struct ir_value *v, low_id a)
{
	struct view w;
	const struct slot s = l->slot[a].slot;

	memset(&w, 0, sizeof w);
	w.rank = 2;
	w.count[0] = (uint64_t)v->imm[1];
	w.count[1] = (uint64_t)v->imm[0];
	w.sstride[0] = 1;
	w.sstride[1] = v->imm[1];
	w.dstride[0] = v->imm[0];
	w.dstride[1] = 1;
	low_id d = low_new(l, s.domain, s.width, s.n, s.part);
	low_copy_view(l, l->at, d, a, &w, v->span);
	return d;
}

static low_id
matrix_product(struct low *l, const struct ir_value *v)
{
	unsigned w = v->width;
	enum insn_id op = OP_MATMUL_A;
	int64_t imm[3] = { v->imm[0], v->imm[1], v->imm[2] };
	low_id a, b;

	if (v->domain != DOM_A) {                /* TNMUL of one party's, or public */
		w = low_width_plain(v);
		for (int i = 0; i < 2; i++) {
			unsigned x = l->slot[l->ir->value[v->args[i]].slot].slot.width;
			w = x > w ? x : w;
		}
		a = low_get(l, v->args[0], l->ir->value[v->args[0]].domain, w);
		b = low_get(l, v->args[1], l->ir->value[v->args[1]].domain, w);
		op = OP_MATMUL_X;
	} else {
		a = is_public(l, v->args[0]) ? public(l, v->args[0], w) : share(l, v->args[0], w);
		b = is_public(l, v->args[1]) ? public(l, v->args[1], w) : share(l, v->args[1], w);
		if (is_public(l, v->args[0]))
			op = OP_PMAT_A;
		else if (is_public(l, v->args[1]))
			op = OP_MATP_A;
	}
	if (v->op == IR_TNMUL) {
		a = transposed(l, v, a);
		imm[0] = v->imm[1];
		imm[1] = v->imm[0];
	}
	low_id d = low_new(l, v->domain, w, v->n, v->part);
	low_op(l, l->at, op, d, a, b, SLOT_NONE, imm, v->span);
	return d;
}

static low_id
reduction(struct low *l, const struct ir_value *v)
{
	low_id d = low_new(l, DOM_A, v->width, v->n, 0);

	low_op(l, l->at, v->op == IR_SUM ? OP_SUM_A : OP_CUMSUM_A, d, share(l, v->args[0], v->width),
	    SLOT_NONE, SLOT_NONE, v->imm, v->span);
	return d;
}

/* Under clear every operation has a kernel that works on the numbers themselves. */
static low_id
in_clear(struct low *l, const struct ir_value *v)
{
	bool each = ir_ops[v->op].class == CLASS_EACH;
	int64_t imm[3] = { each ? ir_plain_imm(l->ir, v) : v->imm[0], each ? 0 : v->imm[1],
		each ? 0 : v->imm[2] };
	low_id a[3] = { SLOT_NONE, SLOT_NONE, SLOT_NONE };
	unsigned w = low_width_plain(v) > v->width ? 128 : v->width;

	for (uint32_t i = 0; i < v->n_args; i++)
		if (low_width_plain(&l->ir->value[v->args[i]]) > w)
			w = 128;
	for (uint32_t i = 0; i < v->n_args; i++)
		a[i] = is_public(l, v->args[i]) ? public(l, v->args[i], w) : share(l, v->args[i], w);
	low_id d = low_new(l, DOM_A, w, v->n, 0);
	low_op(l, l->at, ir_plain_insn(v->op), d, a[0], a[1], a[2], imm, v->span);
	return d;
}

/* What is no sum and no product. */
static bool
is_kernel(const struct low *l, const struct ir_value *v)
{
	switch (v->op) {
	case IR_NEG: case IR_ADD: case IR_SUB: case IR_MUL: case IR_SHL: case IR_SCALE2: case IR_TRUNC:
	case IR_SUM: case IR_CUMSUM: case IR_MATMUL: case IR_TNMUL: case IR_HOME:
		return false;
	case IR_DIV:
		return !is_public(l, v->args[1]);
	default:
		return ir_plain_insn(v->op) != N_INSN;
	}
}

static low_id
lowered(struct low *l, ir_id id)
{
	const struct ir_value *v = &l->ir->value[id];
	unsigned w = v->width;

	if (l->c->options->target->plain_shares && is_kernel(l, v))
		return in_clear(l, v);
	switch ((enum ir_op)v->op) {
	case IR_NEG:
		return emit1(l, v, OP_NEG_A, share(l, v->args[0], w), 0, v->n);
	case IR_ADD:
		return sum2(l, v, v->args[0], v->args[1]);
	case IR_SUB:
		return lower_difference(l, v, v->args[0], v->args[1]);
	case IR_MUL:
		return product(l, v, v->args[0], v->args[1]);
	case IR_SHL: case IR_SCALE2:
		return emit1(l, v, OP_SHL_A, share(l, v->args[0], w), v->imm[0], v->n);
	case IR_TRUNC: {
		const struct ir_value *a = &l->ir->value[v->args[0]];
		unsigned x = a->domain == DOM_A ? a->width : low_width_ring(a);
		return truncate(l, v, share(l, v->args[0], x > w ? x : w), (uint64_t)v->imm[0]);
	}
	case IR_DIV:
		return divide(l, id);
	case IR_SELECT:
		return choice(l, v);
	case IR_HOME:
		l->alias[id] = true;
		return share(l, v->args[0], w);
	case IR_SUM: case IR_CUMSUM:
		return reduction(l, v);
	case IR_MATMUL: case IR_TNMUL:
		return matrix_product(l, v);
	case IR_FDIV: case IR_MOD: case IR_FLOOR: case IR_ROUND: case IR_ABS: case IR_SIGN: case IR_SQRT:
	case IR_EXP: case IR_LOG: case IR_MIN: case IR_MAX: case IR_EQ: case IR_LT: case IR_LE:
	case IR_MINR: case IR_MAXR: case IR_MINM: case IR_MAXM:
	case IR_RANDOM: case IR_SHUFFLE: case IR_CIRCUIT: case IR_PICK:
	case IR_TAKE: case IR_ONEHOT: case IR_ORDER:
	case IR_NOT: case IR_AND: case IR_OR: case IR_XOR:
	case IR_SHLB: case IR_SHRB: case IR_ROTLB: case IR_ADDB: case IR_SLICEB: case IR_TOBITS:
	case IR_CATB: case IR_SORT2: case IR_SORTB: case IR_SHUFB:
	case IR_POPCNT: case IR_TONUM: case IR_BITLEN: case IR_NORM:
	DISTRIBUTIONS
	case IR_RSQRT: case IR_LOG2: case IR_SIN: case IR_COS: case IR_TANH: case IR_SIGMOID: case IR_ERF:
		lower_refuse(l, id);
	case IR_CONST: case IR_IOTA: case IR_INPUT: case IR_COUNTER: case IR_ARG: case IR_RESULT:
	case IR_VIEW: case IR_CONCAT: case IR_UPDATE: case IR_GATHER: case IR_PUT: case IR_REVEAL:
	case IR_ASSUME: case IR_ASSERT: case IR_LOOP: case N_IR_OP:
		break;
	}
	assert(false && "no arithmetic");
	return SLOT_NONE;
}

void
lower_shared(struct low *l, ir_id id)
{
	low_id d = l->ir->value[id].op == IR_INPUT ? lower_contributed(l, id) : lowered(l, id);

	l->ir->value[id].slot = d;
}
